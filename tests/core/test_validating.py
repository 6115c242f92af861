# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Findings are stored with every write, follow the chosen profiles and are for insiders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue, revalidating, validating
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.errors import (
    DeadlineExceeded,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.catalogue import (
    Agent,
    Catalog,
    Dataset,
    Distribution,
    Location,
    ResourceKind,
)
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Subject

DATASET, CATALOG = ResourceKind.DATASET, ResourceKind.CATALOG
Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Run:
    """Runs a scenario on a fresh platform."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


def member(role: Role, organisation: str = "jena") -> Subject:
    roles = {organisation: frozenset({role})}
    return Subject(kind="user", id=str(role), roles=roles, scopes=frozenset(Scope))


def trees() -> Dataset:
    return Dataset(
        title={"de": "Bäume"},
        description={"de": "Alle Bäume der Stadt."},
        publisher=Agent(name={"de": "Stadt"}),
        spatial=[Location(iri="https://sws.geonames.org/2895044/")],
        in_series=["https://example.org/series"],
        distribution=[
            Distribution(
                access_url=["https://example.org/trees.csv"],
                license="http://dcat-ap.de/def/licenses/dl-zero-de/2.0",
            )
        ],
    )


def entry(resource: Dataset, **more: object) -> Entry:
    return Entry(
        kind=DATASET,
        resource=resource,
        organisation="jena",
        id="trees",
        **more,  # type: ignore[arg-type]
    )


def checks(found: validating.Checked, severity: str = "violation") -> set[tuple[str, str]]:
    return {(each.path, each.check) for each in found.findings if each.severity == severity}


def test_every_write_renews_the_findings(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert (found.violations, checks(found)) == (0, set())
        assert found.hints == len(checks(found, "info")) > 3
        worse = trees()
        worse.publisher = None
        worse.distribution[0].license = None
        await catalogue.put(platform, SYSTEM, entry(worse))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert checks(found) == {
            ("publisher", "Dataset.publisher.min"),
            ("distribution[0].license", "Distribution.license.min"),
        }
        assert found.violations == 2
        assert found.findings[0].severity == "violation"
        assert "Bitte angeben" in found.findings[0].text["de"]
        assert "Please add it" in found.findings[0].text["en"]

    run(scenario)


def test_links_to_things_described_elsewhere_are_trusted_but_publishers_are_not(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        record = trees()
        record.publisher = Agent(iri="https://example.org/city")
        await catalogue.put(platform, SYSTEM, entry(record))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert checks(found) == {("publisher", "Dataset.publisher.class")}

    run(scenario)


def test_a_record_that_claims_high_value_is_held_to_it(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        record = trees()
        record.hvd_category = ["http://data.europa.eu/bna/c_dd313021"]
        await catalogue.put(platform, SYSTEM, entry(record))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert found.profiles == ("dcat-ap-de", "hvd")
        assert ("applicable_legislation", "Dataset.applicable_legislation.min") in checks(found)
        paths = [(each.path, each.check) for each in found.findings]
        assert len(paths) == len(set(paths))  # what both profiles ask is told once

    run(scenario)


def test_profiles_are_chosen_for_a_catalogue(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        city = Entry(
            kind=CATALOG, id="city", organisation="jena", resource=Catalog(title={"de": "Stadt"})
        )
        await catalogue.put(platform, SYSTEM, city)
        await catalogue.put(platform, SYSTEM, entry(trees(), catalogue="city"))
        assert await validating.chosen(platform, SYSTEM, "city") == ("dcat-ap-de",)
        editor = member(Role.STEWARD)
        assert await validating.choose(platform, editor, "city", ["govdata"]) == 1
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert found.profiles == ("govdata",)
        assert checks(found) == {("contributor_id", "contributor-once")}
        await validating.choose(platform, editor, "city", ["govdata-indirect"])
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert checks(found) == set()
        changed = trees()
        changed.title = {}
        await catalogue.put(platform, SYSTEM, entry(changed, catalogue="city"))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert found.profiles == ("govdata-indirect",)
        assert checks(found) == {("title", "Dataset.title.min")}
        sums = await validating.sums(platform, SYSTEM, "city")
        assert (sums.records, sums.fine, sums.violations) == (1, 0, 1)
        await validating.choose(platform, editor, "city", [])
        assert await validating.chosen(platform, SYSTEM, "city") == ("dcat-ap-de",)
        with pytest.raises(InvalidInput):
            await validating.choose(platform, editor, "city", ["nonsense"])
        with pytest.raises(NotAuthenticated):
            await validating.choose(platform, ANONYMOUS, "city", ["hvd"])
        for subject in (member(Role.READER), member(Role.STEWARD, "gera")):
            with pytest.raises(NotAllowed):
                await validating.choose(platform, subject, "city", ["hvd"])
        with pytest.raises(NotFound):
            await validating.choose(platform, editor, "nowhere", ["hvd"])

    run(scenario)


def test_another_process_chose_other_profiles(run: Run) -> None:
    """The choice is read again in the transaction of the write."""

    async def scenario(platform: Platform) -> None:
        city = Entry(kind=CATALOG, id="city", organisation="jena", resource=Catalog())
        await catalogue.put(platform, SYSTEM, city)
        await validating.choose(platform, SYSTEM, "city", ["govdata"])
        revalidating.projection_of(platform).choices.clear()
        await catalogue.put(platform, SYSTEM, entry(trees(), catalogue="city"))
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert found.profiles == ("govdata",)

    run(scenario)


def test_who_sees_a_record_sees_its_findings(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        hidden = entry(trees(), metadata_access=Level.RESTRICTED, legal_basis="§ 1")
        await catalogue.put(platform, SYSTEM, hidden)
        for subject in (ANONYMOUS, member(Role.STEWARD, "gera"), member(Role.READER)):
            with pytest.raises(NotFound):
                await validating.findings(platform, subject, DATASET, "trees")
            assert (await validating.sums(platform, subject)).records == 0
        assert await validating.findings(platform, member(Role.STEWARD), DATASET, "trees")
        assert (await validating.sums(platform, member(Role.STEWARD))).records == 1
        await catalogue.put(platform, SYSTEM, entry(trees()))
        assert await validating.findings(platform, ANONYMOUS, DATASET, "trees")
        assert (await validating.sums(platform, ANONYMOUS)).records == 1

    run(scenario)


def test_records_of_an_older_program_are_checked_when_asked_and_when_rebuilt(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        away = revalidating.projection_of(platform)
        platform.record_projections.remove(away)
        await catalogue.put(platform, SYSTEM, entry(trees()))
        platform.record_projections.append(away)
        assert (await validating.sums(platform, SYSTEM)).records == 0
        found = await validating.findings(platform, SYSTEM, DATASET, "trees")
        assert found.hints > 3
        await revalidating.rebuild(platform)
        assert (await validating.sums(platform, SYSTEM)).hints == found.hints

    run(scenario)


GOOD = (
    b"@prefix dcat: <http://www.w3.org/ns/dcat#> . <https://example.org/d> a dcat:Dataset ; "
    b'dcat:keyword "a" .'
)


def test_documents_have_limits() -> None:
    def check(content: bytes, **limits: float) -> validating.Report:
        return validating.check_document(
            content,
            "turtle",
            ("dcat-ap",),
            validating.Limits(**limits),  # type: ignore[arg-type]
        )

    report = check(GOOD)
    assert not report.conforms
    assert {each.path.rpartition("/")[2] for each in report.results[:2]} == {"title", "description"}
    cut = check(GOOD, results=1)
    assert (len(cut.results), cut.cut, report.cut) == (1, True, False)
    for limits in ({"size": 10}, {"statements": 1}):
        with pytest.raises(LimitExceeded):
            check(GOOD, **limits)
    with pytest.raises(DeadlineExceeded):
        check(GOOD, seconds=-1)
    with pytest.raises(InvalidInput):
        check(b"")
    with pytest.raises(InvalidInput):
        check(b"<a> <b")


def test_profiles_are_named_with_commas() -> None:
    assert validating.named("govdata, hvd,govdata") == ("govdata", "hvd")
    assert validating.named("") == validating.named(None) == ("dcat-ap-de",)
    with pytest.raises(InvalidInput):
        validating.named("dcat")
