# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing, seeing, revising and releasing records of the catalogue, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from allmende.core import catalogue, files
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import (
    AllmendeError,
    InvalidInput,
    InvalidRecord,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
)
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]


def member(
    role: Role, organisation: str = "jena", scopes: frozenset[Scope] | None = None
) -> Subject:
    return Subject(
        kind="user",
        id=f"{role}@{organisation}",
        roles={organisation: frozenset({role})},
        scopes=frozenset(Scope) if scopes is None else scopes,
    )


def entry(title: str = "Bäume der Stadt", **changes: object) -> Entry:
    made = Entry(kind=DATASET, resource=Dataset(title={"de": title}), organisation="jena")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_a_record_gets_a_readable_address_and_keeps_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await catalogue.put(platform, SYSTEM, entry(original_id="a", catalogue="c"))
        assert (made.id, made.change, made.revision) == ("baeume-der-stadt", "created", 1)
        other = await catalogue.put(platform, SYSTEM, entry(original_id="b", catalogue="c"))
        assert other.id.startswith("baeume-der-stadt-")
        renamed = entry("Baumkataster", original_id="a", catalogue="c")
        again = await catalogue.put(platform, SYSTEM, renamed)
        assert (again.id, again.change, again.revision) == (made.id, "updated", 2)
        same = await catalogue.put(platform, SYSTEM, renamed)
        assert (same.change, same.revision) == ("unchanged", 2)
        record = await catalogue.get(platform, ANONYMOUS, DATASET, made.id)
        assert record.resource.title == {"de": "Baumkataster"}
        assert catalogue.explain(ANONYMOUS, record) == "open"

    run(scenario)


def test_every_change_is_a_revision_with_its_state(run) -> None:
    async def scenario(platform: Platform) -> None:
        steward = member(Role.STEWARD)
        made = await catalogue.put(platform, steward, entry())
        await catalogue.put(platform, steward, entry("Neu", id=made.id, reason="Tippfehler"))
        history = await catalogue.revisions(platform, member(Role.READER), DATASET, made.id)
        assert [(r.number, r.action, r.actor, r.reason) for r in history] == [
            (2, "updated", "steward@jena", "Tippfehler"),
            (1, "created", "steward@jena", ""),
        ]
        first = await catalogue.revision(platform, ANONYMOUS, DATASET, made.id, 1)
        assert first.resource is not None
        assert first.resource.title == {"de": "Bäume der Stadt"}
        with pytest.raises(NotFound):
            await catalogue.revision(platform, ANONYMOUS, DATASET, made.id, 3)

    run(scenario)


def test_what_was_closed_stays_closed_when_the_record_is_opened(run) -> None:
    async def scenario(platform: Platform) -> None:
        hidden = entry("Vertraulich", metadata_access=Level.INTERNAL, legal_basis="Vertrag")
        made = await catalogue.put(platform, member(Role.STEWARD), hidden)
        opened = entry("Offen", id=made.id)
        await catalogue.put(platform, member(Role.STEWARD), opened)
        seen = await catalogue.revisions(platform, ANONYMOUS, DATASET, made.id)
        assert [(change.number, change.actor) for change in seen] == [(2, "")]
        with pytest.raises(NotFound):
            await catalogue.revision(platform, ANONYMOUS, DATASET, made.id, 1)
        inside = await catalogue.revisions(platform, member(Role.READER), DATASET, made.id)
        assert [(change.number, change.actor) for change in inside] == [
            (2, "steward@jena"),
            (1, "steward@jena"),
        ]

    run(scenario)


VISIBLE = {
    # role in the owning organisation → which of the six records it sees
    None: {"open"},
    Role.READER: {"open", "internal"},
    Role.CONTRIBUTOR: {"open", "internal", "draft"},
    Role.STEWARD: {"open", "internal", "draft", "restricted", "archived", "hidden-draft"},
    Role.GATEKEEPER: {"open", "internal", "draft", "restricted", "archived", "hidden-draft"},
    Role.ADMINISTRATOR: {"open", "internal", "draft", "restricted", "archived", "hidden-draft"},
}


def six_records() -> list[Entry]:
    closed = {"legal_basis": "§ 3 ThürTG"}
    return [
        entry("open"),
        entry("internal", metadata_access=Level.INTERNAL, data_access=Level.INTERNAL, **closed),
        entry("draft", status=Status.DRAFT),
        entry("restricted", metadata_access=Level.RESTRICTED, **closed),
        entry("archived", status=Status.ARCHIVED),
        entry("hidden draft", status=Status.DRAFT, metadata_access=Level.RESTRICTED, **closed),
    ]


@pytest.mark.parametrize("role", VISIBLE, ids=str)
def test_each_role_sees_its_records_and_no_others(run, role: Role | None) -> None:
    async def scenario(platform: Platform) -> None:
        results = await catalogue.put_many(platform, SYSTEM, six_records())
        assert not [r for r in results if isinstance(r, AllmendeError)]
        subject = member(role) if role else ANONYMOUS
        seen = {record.id async for record in catalogue.each(platform, subject)}
        assert seen == VISIBLE[role]
        assert await catalogue.count(platform, subject) == len(seen)
        for ident in VISIBLE[Role.STEWARD] - seen:
            with pytest.raises(NotFound):
                await catalogue.get(platform, subject, DATASET, ident)
        stranger = member(role or Role.READER, "weimar")
        assert {r.id async for r in catalogue.each(platform, stranger)} == {"open"}

    run(scenario)


def test_a_token_without_the_scope_sees_and_writes_nothing(run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        blind = member(Role.STEWARD, scopes=frozenset({Scope.HARVEST_RUN}))
        assert await catalogue.count(platform, blind) == 0
        with pytest.raises(NotAllowed):
            await catalogue.put(platform, blind, entry("Neu"))

    run(scenario)


def test_who_may_write_and_who_may_release(run) -> None:
    async def scenario(platform: Platform) -> None:
        author, keeper = member(Role.CONTRIBUTOR), member(Role.GATEKEEPER)
        with pytest.raises(NotAuthenticated):
            await catalogue.put(platform, ANONYMOUS, entry())
        for subject in (member(Role.READER), keeper, member(Role.STEWARD, "weimar"), author):
            with pytest.raises(NotAllowed, match="roles"):
                await catalogue.put(platform, subject, entry())
        draft = await catalogue.put(platform, author, entry(status=Status.DRAFT))
        with pytest.raises(NotFound):
            await catalogue.get(platform, ANONYMOUS, DATASET, draft.id)
        with pytest.raises(NotAllowed):
            await catalogue.release(platform, author, DATASET, draft.id, Status.PUBLISHED)
        with pytest.raises(NotAllowed):
            await catalogue.put(
                platform, keeper, entry("Anders", id=draft.id, status=Status.PUBLISHED)
            )
        await catalogue.release(platform, keeper, DATASET, draft.id, Status.PUBLISHED, "geprüft")
        assert (await catalogue.get(platform, ANONYMOUS, DATASET, draft.id)).revision == 2
        with pytest.raises(NotAllowed):
            await catalogue.put(platform, author, entry("Anders", id=draft.id, status=Status.DRAFT))

    run(scenario)


def test_one_refused_entry_does_not_stop_the_others(run) -> None:
    async def scenario(platform: Platform) -> None:
        steward = member(Role.STEWARD)
        results = await catalogue.put_many(
            platform, steward, [entry("a"), entry("b", organisation="weimar"), entry("c")]
        )
        assert [getattr(r, "change", type(r).__name__) for r in results] == [
            "created",
            "NotAllowed",
            "created",
        ]

    run(scenario)


def test_lost_updates_and_missing_legal_reason_are_refused(run) -> None:
    async def scenario(platform: Platform) -> None:
        made = await catalogue.put(platform, SYSTEM, entry())
        with pytest.raises(PreconditionFailed, match="revision 1"):
            await catalogue.put(platform, SYSTEM, entry("x", id=made.id, expected_revision=3))
        with pytest.raises(InvalidRecord, match="legal reason"):
            await catalogue.put(platform, SYSTEM, entry("y", data_access=Level.RESTRICTED))

    run(scenario)


def test_the_source_of_a_record_is_kept(run) -> None:
    async def scenario(platform: Platform) -> None:
        first = entry(original_id="1", source_rdf=b"<a> <b> <c> .\n", source_hash=b"1")
        made = await catalogue.put(platform, SYSTEM, first)
        edited = catalogue.entry_of(await catalogue.get(platform, SYSTEM, DATASET, made.id))
        edited.resource.title = {"de": "Handarbeit"}
        await catalogue.put(platform, SYSTEM, edited)
        kept = await catalogue.source_rdf(platform, ANONYMOUS, DATASET, made.id)
        assert kept == b"<a> <b> <c> .\n"

    run(scenario)


def test_changes_are_numbered_in_the_order_of_commits(run) -> None:
    async def scenario(platform: Platform) -> None:
        start = await catalogue.sequence(platform)
        await catalogue.put(platform, SYSTEM, entry())
        middle = await catalogue.sequence(platform)
        await catalogue.put(platform, SYSTEM, entry("zwei"))
        assert start < middle < await catalogue.sequence(platform)

    run(scenario)


def test_files_follow_the_policy_of_the_data(run, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        open_ = await catalogue.put(platform, SYSTEM, entry("offen"))
        hidden = entry("zu", data_access=Level.RESTRICTED, legal_basis="Vertrag")
        closed = await catalogue.put(platform, SYSTEM, hidden)
        source = tmp_path / "t.csv"
        source.write_bytes(b"a;b\n1;2\n")
        await files.store(platform, SYSTEM, open_.id, "t.csv", source, "text/csv")
        kept = await files.store(platform, SYSTEM, closed.id, "t.csv", b"geheim", "text/csv")
        with pytest.raises(NotFound):  # nothing leads to it yet
            await files.locate(platform, ANONYMOUS, open_.id, "t.csv")
        named = entry("offen", id=open_.id)
        address = files.address(platform, open_.id, "t.csv")
        named.resource.distribution = [Distribution(access_url=[address])]
        await catalogue.put(platform, SYSTEM, named)
        file, path = await files.locate(platform, ANONYMOUS, open_.id, "t.csv")
        assert (file.size, path.read_bytes()) == (8, b"a;b\n1;2\n")
        with pytest.raises(NotFound):
            await files.locate(platform, ANONYMOUS, closed.id, "t.csv")
        assert await files.listing(platform, ANONYMOUS, closed.id) == []
        located, _ = await files.locate(platform, member(Role.STEWARD), closed.id, "t.csv")
        assert located.sha256 == kept.sha256
        with pytest.raises(NotAllowed):
            await files.store(platform, ANONYMOUS, open_.id, "t.csv", b"x", "text/csv")
        helper = member(Role.CONTRIBUTOR)
        await files.store(platform, helper, open_.id, "new.csv", b"x", "text/csv")
        with pytest.raises(NotAllowed):  # what is published already
            await files.store(platform, helper, open_.id, "t.csv", b"x", "text/csv")
        draft = await catalogue.put(platform, SYSTEM, entry("entwurf", status=Status.DRAFT))
        for content in (b"1", b"2"):
            await files.store(platform, helper, draft.id, "t.csv", content, "text/csv")

    run(scenario)


@pytest.mark.parametrize("name", ["../x", "a/b", ".htaccess", "", "a..b", "ä.csv", "x" * 200])
def test_file_names_are_plain(run, name: str) -> None:
    async def scenario(platform: Platform) -> None:
        made = await catalogue.put(platform, SYSTEM, entry())
        with pytest.raises(InvalidInput, match="file name"):
            await files.store(platform, SYSTEM, made.id, name, b"x", "text/csv")

    run(scenario)


def test_a_file_that_is_too_large_leaves_nothing_behind(engine: str, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "data",
        database=engine if engine.startswith("postgresql") else "",
        upload_limit=10,
    )

    async def main() -> None:
        async with Platform.open(settings) as platform:
            made = await catalogue.put(platform, SYSTEM, entry())
            with pytest.raises(LimitExceeded, match="upload_limit"):
                await files.store(platform, SYSTEM, made.id, "big.csv", b"x" * 11, "text/csv")
            assert [path for path in platform.files.rglob("*") if path.is_file()] == []

    anyio.run(main)
