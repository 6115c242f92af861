# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Own records as a list with their problems, and changed many at once, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import bulk, catalogue, own_records, publishers
from allmende.core.bulk import Pick, Wish
from allmende.core.catalogue import Entry
from allmende.core.own_records import Wanted
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, LimitExceeded, NotAllowed, NotAuthenticated
from allmende.model.catalogue import Agent, Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject

CC_BY = "http://dcat-ap.de/def/licenses/cc-by/4.0"
ZERO = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
STEWARD = Subject(kind="user", id="1", name="", roles={"jena": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="2", name="", roles={"jena": frozenset({Role.READER})})


def dataset(title: str, organisation: str = "jena", **more: object) -> Entry:
    """A published dataset, complete when it has files."""
    files = [Distribution(access_url=[f"https://x.example/{n}"], license=CC_BY) for n in (1, 2)]
    resource = Dataset(
        title={"de": title},
        description={"de": "Text"},
        publisher=Agent(name={"de": "Amt"}),
        keyword={"de": ["Alt"], "en": ["Old"]},
        distribution=files,
    )
    return Entry(
        kind=ResourceKind.DATASET,
        resource=resource,
        organisation=organisation,
        status=Status.PUBLISHED,
        **more,  # type: ignore[arg-type]
    )


def test_the_list_holds_own_records_only(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        bare = Entry(
            kind=ResourceKind.DATASET,
            resource=Dataset(title={"de": "Ärmlich"}),
            organisation="jena",
        )
        await catalogue.put(platform, SYSTEM, bare)
        for entry in (dataset("Eins"), dataset("Zwei 50%"), dataset("Fremd", "gera")):
            await catalogue.put(platform, SYSTEM, entry)
        listed = await own_records.listing(platform, STEWARD, Wanted(sort="name", backwards=False))
        assert [record.id for record, _ in listed.rows] == ["aermlich", "eins", "zwei-50"]
        worst = await own_records.listing(platform, STEWARD, Wanted(sort="violations"), limit=1)
        assert worst.total == 3
        assert [(record.id, row.violations > 0) for record, row in worst.rows] == [
            ("aermlich", True)
        ]
        for text, ids in (("50%", ["zwei-50"]), ("%", ["zwei-50"]), ("\\", []), ("EINS", ["eins"])):
            found = await own_records.listing(platform, STEWARD, Wanted(text=text))
            assert [record.id for record, _ in found.rows] == ids, text
        points = await own_records.listing(platform, STEWARD, Wanted(sort="points"))
        assert [row.points is not None for _, row in points.rows] == [True] * 3
        fine = await own_records.listing(platform, STEWARD, Wanted(trouble="violations"))
        assert [record.id for record, _ in fine.rows] == ["aermlich"]
        assert (await own_records.listing(platform, SYSTEM, Wanted())).total == 4
        with pytest.raises(NotAllowed):
            await own_records.listing(platform, READER, Wanted())
        with pytest.raises(NotAuthenticated):
            await own_records.listing(platform, ANONYMOUS, Wanted())

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_a_change_is_shown_and_then_made(engine: str, tmp_path: Path) -> None:
    wish = Wish(licence=ZERO, add_keywords=["Neu", "alt"], drop_keywords=["old"])

    async def scenario(platform: Platform) -> None:
        names = [(await catalogue.put(platform, SYSTEM, dataset(t))).id for t in ("Eins", "Zwei")]
        other = (await catalogue.put(platform, SYSTEM, dataset("Fremd", "gera"))).id
        hidden = await catalogue.put(
            platform,
            SYSTEM,
            dataset("Geheim", "gera", metadata_access=Level.RESTRICTED, legal_basis="§ 1"),
        )
        named = [(ResourceKind.DATASET, each) for each in (*names, other, hidden.id)]
        plans = await bulk.preview(platform, STEWARD, named, wish)
        assert [plan.record.id for plan in plans] == [*names, other]
        changes = {each.field: (each.before, each.after) for each in plans[0].changes}
        assert changes == {
            "license": ([CC_BY], [ZERO]),
            "keyword": ({"de": ["Alt"], "en": ["Old"]}, {"de": ["Alt", "Neu"]}),
        }
        picks = [Pick(kind, ident, 1) for kind, ident in named]
        picks[1] = Pick(ResourceKind.DATASET, names[1], 7)
        done = await bulk.carry_out(platform, STEWARD, picks, wish, "Ordnung")
        became = {each.pick.id: each.became for each in done}
        assert became == {
            names[0]: "changed", names[1]: "refused", other: "refused", hidden.id: "refused",
        }  # fmt: skip
        record = await catalogue.get(platform, STEWARD, ResourceKind.DATASET, names[0])
        assert isinstance(record.resource, Dataset)
        assert {each.license for each in record.resource.distribution} == {ZERO}
        (newest, *_) = await catalogue.revisions(platform, STEWARD, record.kind, record.id)
        assert newest.reason == "Ordnung"
        again = await bulk.carry_out(platform, STEWARD, [Pick(record.kind, record.id, 2)], wish, "")
        assert [each.became for each in again] == ["unchanged"]

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_too_much_and_too_little_is_said() -> None:
    with pytest.raises(InvalidInput, match="Choose"):
        bulk.asked(Wish(licence=ZERO), 0)
    with pytest.raises(InvalidInput, match="Say what"):
        bulk.asked(Wish(), 1)
    with pytest.raises(LimitExceeded):
        bulk.asked(Wish(licence=ZERO), bulk.MOST + 1)
    with pytest.raises(LimitExceeded):
        bulk.asked(Wish(add_keywords=["x"] * (bulk.MOST_KEYWORDS + 1)), 1)


def test_publishers_belong_to_their_stewards(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        from allmende.core import accounts

        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Stadt Jena"})
        known = await publishers.get(platform, STEWARD, "jena")
        assert (known.revision, known.agent.name) == (0, {"de": "Stadt Jena"})
        known.agent.homepage = ["https://jena.example"]
        saved = await publishers.save(platform, STEWARD, known)
        assert saved.revision == 1
        assert (await publishers.get(platform, ANONYMOUS, "jena")).agent == known.agent
        with pytest.raises(NotAllowed):
            await publishers.save(platform, READER, saved)

    run_scenario(settings_for(engine, tmp_path), scenario)
