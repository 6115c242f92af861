# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Drafts: kept for their owner only, bounded, forgotten; large ones are worked on aside."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import accounts, collections, drafts, models
from allmende.core.drafts import About, Choice, Draft, Where, keeping, publishing
from allmende.core.imports import ReadOptions
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidInput, LimitExceeded, NotAllowed, NotFound
from allmende.model.document import FieldType, Visibility
from allmende.policy import SYSTEM, Role, Subject
from allmende.store import now

ADA = Subject(kind="user", id="ada", roles={"jena": frozenset({Role.STEWARD})})
BEN = Subject(kind="user", id="ben", roles={"jena": frozenset({Role.STEWARD})})
EVE = Subject(kind="user", id="eve", roles={"jena": frozenset({Role.READER})})
LICENCE = "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
TABLE = b"nr;art;x;y\n1;Linde;11,58;50,92\n2;Ahorn;11,59;50,93\n"


async def described(platform: Platform, content: bytes, ident: str, name: str = "") -> Draft:
    draft = await drafts.start(platform, ADA, name or f"{ident}.csv", [content])
    await drafts.look(platform, draft, ReadOptions())
    draft.about = About(
        ident=ident,
        organisation="jena",
        title={"de": ident},
        description={"de": "Probe"},
        licence=LICENCE,
    )
    await drafts.save(platform, draft)
    return draft


def test_a_draft_is_its_owners_alone(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(NotAllowed):
            await drafts.start(platform, EVE, "x.csv", [TABLE])
        draft = await described(platform, TABLE, "probe")
        for wrong in (draft.id[:-1], "../secret", "", f"{draft.id}x"):
            with pytest.raises(NotFound):
                await drafts.get(platform, ADA, wrong)
        with pytest.raises(NotFound):
            await drafts.get(platform, BEN, draft.id)
        with pytest.raises(NotFound):
            await drafts.delete(platform, BEN, draft.id)
        assert await drafts.listing(platform, BEN) == []
        assert [each.id for each in await drafts.listing(platform, ADA)] == [draft.id]
        folder = platform.settings.data / "drafts" / draft.id
        assert folder.stat().st_mode & 0o077 == 0
        await drafts.delete(platform, ADA, draft.id)
        assert not folder.exists()

    run_scenario(settings_for(engine, tmp_path), scenario)


def test_drafts_are_bounded_and_forgotten(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(LimitExceeded):
            await drafts.start(platform, ADA, "x", [b"x" * 600, b"y" * 600])
        with pytest.raises(InvalidInput):
            await drafts.start(platform, ADA, "x", [])
        assert list((platform.settings.data / "drafts").iterdir()) == []
        for _ in range(keeping.MOST):
            await drafts.start(platform, ADA, "x", [b"a,b"])
        with pytest.raises(LimitExceeded):
            await drafts.start(platform, ADA, "x", [b"a,b"])
        (old, *_) = await drafts.listing(platform, ADA)
        long_ago = now() / 1e6 - (drafts.DAYS + 1) * 86_400
        os.utime(platform.settings.data / "drafts" / old.id / "draft.json", (long_ago, long_ago))
        assert await drafts.tidy(platform) == 1
        assert len(await drafts.listing(platform, ADA)) == keeping.MOST - 1

    run_scenario(settings_for("", tmp_path, upload_limit=1_000), scenario)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        for content in (b"\0\1\2", b"<html></html>", b"PK\x03\x04", b"{", b"[1,2"):
            draft = await drafts.start(platform, ADA, "x", [content])
            with pytest.raises(AllmendeError) as raised:
                await drafts.look(platform, draft, ReadOptions())
            assert raised.value.status in (400, 413)
            await drafts.forget(platform, draft)

    run_scenario(settings_for("", tmp_path), scenario)


def test_what_a_person_says_becomes_the_model(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        draft = await described(platform, TABLE, "probe")
        assert drafts.where_of(draft) == Where(x="x", y="y", crs=drafts.where_of(draft).crs)
        assert draft.sight.places == [(11.58, 50.92), (11.59, 50.93)]
        chosen = [
            Choice(column="nr", name="Nr. 1", type=FieldType.INTEGER, key=True),
            Choice(column="art", name="nr_1", de="Art", who=Visibility.PUBLIC),
            Choice(column="x", take=False),
            Choice(column="y", take=False),
        ]
        chosen[0].who = Visibility.PUBLIC
        drafts.describe(draft, chosen, drafts.where_of(draft))
        assert draft.model is not None
        entity = draft.model.entity()
        assert [each.name for each in entity.fields] == ["nr_1", "nr_1_2", "geometry"]
        assert entity.key == ["nr_1"]
        assert entity.fields[0].required
        assert set(draft.mapping.drop) == set()
        drafts.describe(draft, chosen, Where())
        assert draft.model.entity().geometry is None
        assert set(draft.mapping.drop) == {"x", "y"}
        for each in chosen:
            each.take = False
        drafts.describe(draft, chosen, Where(x="x"))
        wrong = " ".join(each["en"] for each in drafts.faults(draft))
        assert "at least one column" in wrong
        assert "two columns" in wrong

    run_scenario(settings_for("", tmp_path), scenario)


def test_an_existing_model_is_filled(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        first = await described(platform, TABLE, "erste")
        await drafts.begin(platform, ADA, first, "publish")
        assert first.task.state == "done", first.task.error
        model = await models.get(platform, ADA, "erste")
        second = await described(platform, b"Nr;Baumart;Ost;Nord\n7;Eiche;11,6;50,9\n", "zweite")
        assert drafts.fits(second, model) == 1
        drafts.use_model(second, model)
        columns = {"nr": "Nr", "art": "Baumart", "unknown": "Nr", "y": "no such column"}
        drafts.map_columns(second, columns, Where(x="Ost", y="Nord", crs="OGC:CRS84"))
        await drafts.begin(platform, ADA, second, "publish")
        assert second.task.state == "done", second.task.error
        found = await collections.get(platform, ADA, "zweite")
        assert (found.model, found.count) == ("erste", 1)
        row = await collections.row(platform, ADA, "zweite", "7")
        assert row.values["art"] == "Eiche"

    run_scenario(settings_for("", tmp_path), scenario)


def test_large_drafts_are_worked_on_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "INLINE", 10)

    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        roles = {"jena": frozenset({Role.STEWARD})}
        account = await accounts.create_account(
            platform, SYSTEM, "ada", "Ada", "Wiesen gehören allen 1887", roles
        )
        person = Subject(kind="user", id=account.id, roles=roles)
        draft = await described(platform, TABLE, "probe")
        draft.owner = person.id
        await drafts.begin(platform, person, draft, "publish")
        assert draft.task.state == "waiting"
        given: dict[str, Any] = {"draft": draft.id, "owner": person.id}
        await drafts.work(platform, given)
        draft = await drafts.get(platform, person, draft.id)
        assert draft.task.state == "done", draft.task.error
        assert (await collections.get(platform, person, "probe")).count == 2
        await drafts.work(platform, given)  # a second time does nothing
        await accounts.set_active(platform, SYSTEM, account.id, False)
        draft.task.state = "waiting"
        await drafts.save(platform, draft)
        await drafts.work(platform, given)
        assert (await drafts.get(platform, person, draft.id)).task.state == "waiting"

    run_scenario(settings_for("", tmp_path), scenario)


def test_a_second_try_after_a_failure_goes_on(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        draft = await described(platform, TABLE, "probe")
        draft.about.organisation = "other"
        with pytest.raises(InvalidInput):
            await drafts.begin(platform, ADA, draft, "publish")
        draft.about.organisation = "jena"
        draft.mapping.place = type(draft.mapping.place)(x="x", y="y", crs="EPSG:999999")
        await drafts.begin(platform, ADA, draft, "publish")
        assert draft.task.state == "failed"
        assert draft.made
        draft.mapping.place = type(draft.mapping.place)(x="x", y="y", crs="OGC:CRS84")
        await drafts.begin(platform, ADA, draft, "publish")
        assert draft.task.state == "done", draft.task.error

    run_scenario(settings_for("", tmp_path), scenario)


def test_a_draft_is_not_named_by_a_password_or_token(tmp_path: Path) -> None:
    address = "https://ada:geheim@data.example/b.csv?token=geheim&f=csv"

    async def scenario(platform: Platform) -> None:
        draft = await described(platform, TABLE, "probe", address)
        assert draft.name == "https://data.example/b.csv?f=csv"
        (kept,) = await drafts.listing(platform, ADA)
        assert "geheim" not in str(kept)
        await drafts.begin(platform, ADA, draft, "publish")
        batches = await collections.batches(platform, ADA, "probe")
        assert batches
        assert not any("geheim" in each.source for each in batches)

    run_scenario(settings_for("", tmp_path), scenario)
