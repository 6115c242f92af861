# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections that are kept up to date: new files, refused rows, words and status; both engines."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from tests.support.platforms import run_scenario, settings_for
from tests.support.trees import MODEL, insider, plant, tree

from allmende.core import accounts, catalogue, collections, drafts, quarantine
from allmende.core.collections import about as telling
from allmende.core.drafts import Draft, keeping, mappings, renewing
from allmende.core.imports import Mapping, ReadOptions
from allmende.core.imports.mapping import Place
from allmende.core.platform import Platform
from allmende.core.work import registry
from allmende.errors import (
    Conflict,
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotFound,
    PreconditionFailed,
)
from allmende.model.catalogue import ResourceKind
from allmende.model.document import Code
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject

Scenario = Callable[[Platform], Awaitable[None]]
STEWARD = insider(Role.STEWARD)
CONTRIBUTOR = insider(Role.CONTRIBUTOR)
MAPPING = Mapping(
    read=ReadOptions(delimiter=";", decimal=","),
    place=Place(x="lon", y="lat", crs="OGC:CRS84"),
    fields={"number": "Nr", "species": "Art", "height": "Höhe", "note": "Notiz"},
    drop={"Rest": "not needed"},
)
HEAD = "Nr;Art;Höhe;Notiz;lon;lat;Rest"


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    settings = settings_for(engine, tmp_path, jobs=False)
    return lambda scenario: run_scenario(settings, scenario)


def line(number: int, species: str = "", height: str = "", note: str = "") -> str:
    species = species or ("Linde", "Eiche", "Ahorn")[number % 3]
    lon = f"{11.5 + number / 1000:.3f}".replace(".", ",")
    return f"{number};{species};{height or f'{number},0'};{note};{lon};50,9;x"


async def tried(platform: Platform, lines: list[str], head: str = HEAD) -> Draft:
    content = "\n".join([head, *lines]).encode()
    draft = await renewing.start(platform, STEWARD, "trees", "new.csv", [content])
    await renewing.begin(platform, STEWARD, draft, "trial")
    return draft


async def stored(platform: Platform, draft: Draft) -> drafts.Renewal:
    await renewing.begin(platform, STEWARD, draft, "publish")
    assert draft.task.state == "done", draft.task.error
    assert draft.renewal is not None
    return draft.renewal


def numbers(seen: drafts.Renewal | None) -> tuple[int, ...]:
    assert seen is not None
    return seen.created, seen.updated, seen.unchanged, seen.removed, seen.refused


def test_a_trial_says_what_the_file_changes_and_writes_nothing(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 9)
        await mappings.keep(platform, STEWARD, "trees", MAPPING)
        lines = [line(n) for n in range(1, 9)]
        lines[1] = line(2, "Esche", "2,5")
        lines += [line(20), line(1), line(21, height="999999")]
        batch = (await collections.get(platform, SYSTEM, "trees")).batch
        draft = await tried(platform, lines)
        seen = draft.renewal
        assert seen is not None
        assert numbers(seen) == (2, 1, 7, 1, 1)
        assert (seen.before, seen.flagged, seen.whole, seen.loss) == (9, 1, True, False)
        assert seen.fresh == ["20", "21"]
        assert seen.gone == ["9"]
        (altered,) = seen.altered
        assert altered.id == "2"
        assert altered.fields == [("species", "Ahorn", "Esche"), ("height", 2.0, 2.5)]
        assert seen.untaken == []
        assert "planted" in seen.empty
        assert (await collections.get(platform, SYSTEM, "trees")).batch == batch
        assert numbers(await stored(platform, draft)) == (2, 1, 7, 0, 1)
        row = await collections.row(platform, SYSTEM, "trees", "2")
        assert (row.values["species"], row.revision) == ("Esche", 2)
        assert (await collections.get(platform, SYSTEM, "trees")).count == 11
        with pytest.raises(Conflict):  # the collection is not what the trial saw
            await renewing.begin(platform, STEWARD, draft, "publish")
        assert not (platform.settings.data / "drafts" / draft.id / "content").exists()

    run(scenario)


def test_replacing_removes_what_is_missing_but_not_most_of_it(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 9)
        await mappings.keep(platform, STEWARD, "trees", MAPPING)
        draft = await tried(platform, [line(n) for n in range(1, 8)])
        draft.replace = True
        assert numbers(await stored(platform, draft)) == (0, 0, 7, 2, 0)
        draft = await tried(platform, [line(1)])
        draft.replace = True
        with pytest.raises(InvalidInput, match="6 of 7"):
            await renewing.begin(platform, STEWARD, draft, "publish")
        draft.accept_loss = True
        assert numbers(await stored(platform, draft)) == (0, 0, 1, 6, 0)
        states = await collections.history(platform, STEWARD, "trees", "2")
        assert states[0].deleted

    run(scenario)


def test_without_a_kept_mapping_columns_go_by_their_names(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        assert await mappings.kept(platform, STEWARD, "trees") is None
        lines = [f"{n},Tanne,{n}.5,11.5,50.9" for n in range(1, 4)]
        draft = await tried(platform, lines, "number,Species,height,lon,lat")
        assert numbers(draft.renewal) == (0, 3, 0, 0, 0)
        entity = (await collections.get(platform, STEWARD, "trees")).entity
        renewing.choose(draft, entity, {"species": "", "height": "height", "nonsense": "lon"})
        with pytest.raises(Conflict):
            await renewing.begin(platform, STEWARD, draft, "publish")
        await renewing.begin(platform, STEWARD, draft, "trial")
        assert draft.renewal is not None
        assert "species" in draft.renewal.empty
        await stored(platform, draft)
        kept = await mappings.kept(platform, STEWARD, "trees")
        assert kept is not None
        assert "species" not in kept.fields
        row = await collections.row(platform, STEWARD, "trees", "1")
        assert (row.values.get("species"), row.values["height"]) == (None, 1.5)

    run(scenario)


def test_who_may_not_see_a_field_does_not_change_it_with_a_file(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 2)
        changes = [tree(1, inspector="Ada")]
        await collections.write(platform, SYSTEM, "trees", changes)
        content = b"number;species;inspector\n1;Ulme;Eve\n2;Ulme;Eve\n"
        draft = await renewing.start(platform, CONTRIBUTOR, "trees", "new.csv", [content])
        await renewing.begin(platform, CONTRIBUTOR, draft, "trial")
        assert numbers(draft.renewal) == (0, 2, 0, 0, 0)
        assert "inspector" not in {
            name for each in draft.renewal.altered for name, *_ in each.fields
        }
        await renewing.begin(platform, CONTRIBUTOR, draft, "publish")
        row = await collections.row(platform, SYSTEM, "trees", "1")
        assert (row.values["species"], row.values["inspector"]) == ("Ulme", "Ada")
        with pytest.raises(NotAllowed):
            await renewing.start(platform, insider(Role.READER), "trees", "x.csv", [content])
        with pytest.raises(NotFound):
            await drafts.get(platform, msgspec.structs.replace(STEWARD, id="u2"), draft.id)
        assert await drafts.listing(platform, CONTRIBUTOR) == []
        assert len(await drafts.listing(platform, CONTRIBUTOR, "trees")) == 1

    run(scenario)


async def refuse(platform: Platform) -> list[int]:
    """Two rows the model refuses and one whose key came twice; their keys."""
    await mappings.keep(platform, STEWARD, "trees", MAPPING)
    bad = [tree(30, kind="alley"), tree(31, kind="alley", place=None)]
    await collections.write(platform, SYSTEM, "trees", bad, quarantine=True)
    await stored(platform, await tried(platform, [line(1), line(1, "=Trick")]))
    return [each.key for each in await collections.quarantined(platform, STEWARD, "trees")]


def test_a_refused_row_is_stored_when_it_is_put_right(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        kind, _, twice = await refuse(platform)
        attempt = await quarantine.one(platform, STEWARD, "trees", kind)
        assert (attempt.change.values["species"], attempt.current) == ("Linde", None)
        wrong = msgspec.structs.replace(attempt.change, expected_revision=0)
        with pytest.raises(InvalidRecord) as raised:
            await quarantine.correct(platform, STEWARD, "trees", kind, wrong)
        assert [each.field for each in raised.value.findings] == ["kind"]
        values = {**attempt.change.values, "kind": "park"}
        right = msgspec.structs.replace(wrong, values=values)
        done = await quarantine.correct(platform, STEWARD, "trees", kind, right, "telephone")
        assert done == "30"
        row = await collections.row(platform, STEWARD, "trees", "30")
        assert row.values["kind"] == "park"
        assert row.geometry == attempt.change.values["place"]
        with pytest.raises(NotFound):
            await quarantine.correct(platform, STEWARD, "trees", kind, right)
        attempt = await quarantine.one(platform, STEWARD, "trees", twice)
        assert attempt.current is not None
        assert attempt.current.id == "1"
        assert attempt.change.values["height"] == 1.0
        stale = msgspec.structs.replace(attempt.change, expected_revision=0)
        with pytest.raises(PreconditionFailed):
            await quarantine.correct(platform, STEWARD, "trees", twice, stale)
        keys = [each.key for each in await collections.quarantined(platform, STEWARD, "trees")]
        assert twice in keys
        for nobody in (CONTRIBUTOR, insider(Role.GATEKEEPER)):
            with pytest.raises(NotAllowed):
                await quarantine.one(platform, nobody, "trees", twice)

    run(scenario)


def test_refused_rows_fit_after_the_model_has_changed(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        kind, _, twice = await refuse(platform)
        done = await quarantine.retry(platform, STEWARD, "trees")
        assert (done.stored, done.refused) == (0, 3)
        model = msgspec.json.decode(msgspec.json.encode(MODEL), type=type(MODEL))
        model.version = "1.1.0"
        model.entity().find("kind").codes.append(Code(code="alley"))
        await collections.migrate(platform, STEWARD, "trees", model)
        done = await quarantine.retry(platform, STEWARD, "trees")
        assert (done.stored, done.refused) == (2, 1)
        assert (await collections.row(platform, STEWARD, "trees", "31")).values["kind"] == "alley"
        (left,) = await collections.quarantined(platform, STEWARD, "trees")
        assert left.key == twice
        assert [each.code for each in left.findings] == ["key-twice"]
        assert (await collections.row(platform, STEWARD, "trees", "1")).values["species"] == "Eiche"
        with pytest.raises(NotFound):
            await quarantine.retry(platform, STEWARD, "trees", kind)

    run(scenario)


def test_what_came_in_since_is_not_replaced_by_an_older_row(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        bad = [tree(2, kind="alley", species="Alt")]
        await collections.write(platform, SYSTEM, "trees", bad, quarantine=True)
        await collections.write(platform, SYSTEM, "trees", [tree(2, species="Neu")])
        model = msgspec.json.decode(msgspec.json.encode(MODEL), type=type(MODEL))
        model.version = "1.1.0"
        model.entity().find("kind").codes.append(Code(code="alley"))
        await collections.migrate(platform, STEWARD, "trees", model)
        done = await quarantine.retry(platform, STEWARD, "trees")
        assert (done.stored, done.refused) == (0, 1)
        assert (await collections.row(platform, STEWARD, "trees", "2")).values["species"] == "Neu"
        (left,) = await collections.quarantined(platform, STEWARD, "trees")
        assert [each.code for each in left.findings] == ["row-exists"]

    run(scenario)


def test_refused_rows_are_discarded_with_a_reason_and_taken_away_as_a_file(
    run: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        first, *_ = await refuse(platform)
        parts = [part async for part in quarantine.as_csv(platform, STEWARD, "trees", "de")]
        lines = list(csv.DictReader(io.StringIO(b"".join(parts).decode())))
        assert len(lines) == 3
        assert lines[0]["kind"] == "alley"
        assert "kind" in lines[0]["reasons"]
        assert lines[2]["Art"] == "'=Trick"
        with pytest.raises(NotAllowed):
            async for _ in quarantine.as_csv(platform, CONTRIBUTOR, "trees", "de"):
                pass
        with pytest.raises(InvalidInput):
            await quarantine.discard(platform, STEWARD, "trees", "  ", first)
        assert await quarantine.discard(platform, STEWARD, "trees", "a test", first) == 1
        assert await quarantine.discard(platform, STEWARD, "trees", "again", first) == 0
        with pytest.raises(NotAllowed):
            await quarantine.discard(platform, CONTRIBUTOR, "trees", "no")
        assert await quarantine.discard(platform, STEWARD, "trees", "all tests") == 2
        assert await collections.quarantined(platform, STEWARD, "trees") == []
        log = await platform.store.read(_log)
        assert [text for text in log if "a test" in text]

    run(scenario)


def _log(db: object) -> list[str]:
    from allmende.store import audit

    return [each.target for each in audit.entries(db, None, None, 100)]


def test_words_levels_and_status_are_the_stewards(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        said = await telling.about(platform, STEWARD, "trees")
        assert (said.licence, said.status) == ("", Status.PUBLISHED)
        new = msgspec.structs.replace(
            said, title={"de": "Neu"}, licence="http://dcat-ap.de/def/licenses/cc-by/4.0",
            attribution={"de": "Stadt"},
        )  # fmt: skip
        await telling.retell(platform, STEWARD, "trees", new)
        seen = await collections.get(platform, ANONYMOUS, "trees")
        assert (seen.title, seen.licence) == ({"de": "Neu"}, new.licence)
        assert seen.attribution == {"de": "Stadt"}
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        assert {each.license for each in record.resource.distribution} == {new.licence}
        with pytest.raises(PreconditionFailed):
            await telling.retell(platform, STEWARD, "trees", new)
        new.revision = record.revision
        for wrong in ({"title": {}}, {"licence": ""}, {"data_access": Level.INTERNAL}):
            with pytest.raises(InvalidRecord):
                await telling.retell(
                    platform, STEWARD, "trees", msgspec.structs.replace(new, **wrong)
                )
        with pytest.raises(NotAllowed):
            await telling.retell(platform, CONTRIBUTOR, "trees", new)
        keeper = insider(Role.GATEKEEPER)
        await telling.move_to(platform, keeper, "trees", Status.ARCHIVED, "old")
        with pytest.raises(NotFound):
            await collections.get(platform, ANONYMOUS, "trees")
        with pytest.raises(NotAllowed):
            await telling.about(platform, keeper, "trees")
        await telling.move_to(platform, keeper, "trees", Status.PUBLISHED)
        assert (await collections.get(platform, ANONYMOUS, "trees")).count == 3

    run(scenario)


def test_a_large_file_is_worked_on_in_the_background(
    run: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "INLINE", 10)

    async def scenario(platform: Platform) -> None:
        await plant(platform, 3)
        await mappings.keep(platform, STEWARD, "trees", MAPPING)
        await accounts.save_organisation(platform, SYSTEM, "city", {"de": "Stadt"})
        roles = {"city": frozenset({Role.CONTRIBUTOR})}
        account = await accounts.create_account(
            platform, SYSTEM, "ada", "Ada", "Wiesen gehören allen 1887", roles
        )
        person = Subject(kind="user", id=account.id, roles=roles)
        content = "\n".join([HEAD, line(1), line(9)]).encode()
        draft = await renewing.start(platform, person, "trees", "new.csv", [content])
        given = {"draft": draft.id, "owner": person.id}
        for kind, count in (("trial", 3), ("publish", 4)):
            await renewing.begin(platform, person, draft, kind)
            assert draft.task.state == "waiting"
            await renewing.work(platform, given)
            draft = await drafts.get(platform, person, draft.id)
            assert draft.task.state == "done", draft.task.error
            assert (await collections.get(platform, person, "trees")).count == count
        assert numbers(draft.renewal) == (1, 0, 1, 0, 0)
        await renewing.work(platform, given)  # a second time does nothing
        draft.task.state = "waiting"
        await keeping.save(platform, draft)
        await accounts.set_active(platform, SYSTEM, account.id, False)
        await renewing.work(platform, given)
        assert (await drafts.get(platform, person, draft.id)).task.state == "waiting"
        assert renewing.JOB_KIND in registry().handlers

    run(scenario)
