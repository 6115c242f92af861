# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files deleted with their content: who may, what stays, what the address and old states say."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from allmende.core import catalogue, file_removal, files, history, people, working_copies
from allmende.core.catalogue import Entry
from allmende.core.files import content_path
from allmende.core.platform import Platform
from allmende.core.work import registry
from allmende.errors import AllmendeError, Conflict, Gone, InvalidInput, NotAllowed, NotFound
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]
WHY = "Namen von Kindern"


def member(role: Role, organisation: str = "jena") -> Subject:
    roles = {organisation: frozenset({role})}
    return Subject(kind="user", id=f"{role}@{organisation}", roles=roles)


STEWARD = member(Role.STEWARD)


async def named(
    platform: Platform, ident: str, *names: str, status: Status = Status.PUBLISHED
) -> None:
    """Writes a dataset with distributions of these files."""
    there = [Distribution(download_url=[files.address(platform, ident, name)]) for name in names]
    await catalogue.put(
        platform,
        SYSTEM,
        Entry(
            kind=DATASET,
            id=ident,
            organisation="jena",
            status=status,
            resource=Dataset(title={"de": ident}, distribution=there),
        ),
    )


async def filled(platform: Platform, ident: str, content: bytes = b"a;b\n") -> Path:
    """A published dataset with the file `a.csv`; where its content lies."""
    await named(platform, ident, "a.csv")
    file = await files.store(platform, SYSTEM, ident, "a.csv", content, "text/csv")
    return content_path(platform.files, file.sha256)


async def error_of(deed: Awaitable[object]) -> type[AllmendeError] | None:
    try:
        await deed
    except AllmendeError as error:
        return type(error)
    return None


def test_a_deleted_file_is_gone_and_its_address_says_why(run) -> None:
    async def scenario(platform: Platform) -> None:
        path = await filled(platform, "trees")
        with pytest.raises(Conflict):
            await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)
        await named(platform, "trees")
        with pytest.raises(NotFound) as hidden:
            await files.locate(platform, ANONYMOUS, "trees", "a.csv")
        assert not isinstance(hidden.value, Gone)
        record = await catalogue.get(platform, STEWARD, DATASET, "trees")
        left = await file_removal.leftover(platform, STEWARD, record)
        assert [each.name for each in left] == ["a.csv"]
        assert await file_removal.leftover(platform, ANONYMOUS, record) == []
        for reason in ("", "  ", "x" * 501):
            with pytest.raises(InvalidInput):
                await file_removal.delete(platform, STEWARD, "trees", "a.csv", reason)
        assert path.exists()
        assert await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)
        assert not path.exists()
        for who in (ANONYMOUS, STEWARD):
            with pytest.raises(Gone, match=WHY):
                await files.locate(platform, who, "trees", "a.csv")
            then = await history.at_revision(platform, who, DATASET, "trees", 1)
            assert [each.reason for each in await file_removal.told(platform, who, then)] == [WHY]
            now = await history.at_revision(platform, who, DATASET, "trees", 2)
            assert await file_removal.told(platform, who, now) == []
        noted = await people.audit_log(platform, STEWARD)
        assert ("file-delete", "dataset/trees/a.csv") in [(e.action, e.target) for e in noted]
        with pytest.raises(Gone):
            await files.locate(platform, STEWARD, "trees", "a.csv")
        await named(platform, "trees", "a.csv")
        await files.store(platform, STEWARD, "trees", "a.csv", b"new", "text/csv")
        assert (await files.locate(platform, ANONYMOUS, "trees", "a.csv"))[1].exists()

    run(scenario)


def test_content_that_another_file_has_too_stays(run) -> None:
    async def scenario(platform: Platform) -> None:
        path = await filled(platform, "trees")
        assert path == await filled(platform, "twins")
        await named(platform, "trees")
        assert not await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)
        assert path.exists()
        assert (await files.locate(platform, ANONYMOUS, "twins", "a.csv"))[1] == path
        await named(platform, "twins")
        assert await file_removal.delete(platform, STEWARD, "twins", "a.csv", WHY)
        assert not path.exists()

    run(scenario)


def test_who_may_delete_a_file(run) -> None:
    """Published files: those who publish. Files nobody saw: those who write drafts as well."""
    allowed = {Role.STEWARD: (True, True), Role.ADMINISTRATOR: (True, True)}
    allowed |= {Role.CONTRIBUTOR: (False, True)}

    async def scenario(platform: Platform) -> None:
        people_of = [member(role) for role in Role] + [member(Role.STEWARD, "gera"), ANONYMOUS]
        for who in people_of:
            role = next(iter(who.roles.get("jena", [None])))
            for place, name in enumerate(("seen.csv", "new.csv")):
                await named(platform, "trees", "seen.csv")
                await files.store(platform, SYSTEM, "trees", name, b"x", "text/csv")
                await named(platform, "trees")
                deed = file_removal.delete(platform, who, "trees", name, WHY)
                fault = await error_of(deed)
                assert (fault is None) == allowed.get(role, (False, False))[place], (who, name)
                assert fault in (None, NotAllowed, NotFound)

    run(scenario)


def test_a_file_that_was_never_published_tells_strangers_nothing(run) -> None:
    async def scenario(platform: Platform) -> None:
        await named(platform, "trees")
        await files.store(platform, STEWARD, "trees", "secret.csv", b"x", "text/csv")
        await file_removal.delete(platform, STEWARD, "trees", "secret.csv", WHY)
        with pytest.raises(Gone, match=WHY):
            await files.locate(platform, STEWARD, "trees", "secret.csv")
        with pytest.raises(NotFound) as hidden:
            await files.locate(platform, ANONYMOUS, "trees", "secret.csv")
        assert not isinstance(hidden.value, Gone)

    run(scenario)


def test_data_that_were_closed_meanwhile_tell_nothing(run) -> None:
    async def scenario(platform: Platform) -> None:
        await filled(platform, "trees")
        await named(platform, "trees")
        await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)
        entry = catalogue.entry_of(await catalogue.get(platform, SYSTEM, DATASET, "trees"))
        entry.data_access, entry.legal_basis = Level.RESTRICTED, "Gesetz"
        await catalogue.put(platform, SYSTEM, entry)
        then = await history.at_revision(platform, ANONYMOUS, DATASET, "trees", 1)
        assert await file_removal.told(platform, ANONYMOUS, then) == []
        with pytest.raises(NotFound) as hidden:
            await files.locate(platform, ANONYMOUS, "trees", "a.csv")
        assert not isinstance(hidden.value, Gone)

    run(scenario)


def test_a_working_copy_keeps_its_files(run) -> None:
    async def scenario(platform: Platform) -> None:
        await filled(platform, "trees")
        copy = await working_copies.start(platform, STEWARD, DATASET, "trees")
        await named(platform, "trees")
        with pytest.raises(Conflict):
            await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)
        record = await catalogue.get(platform, STEWARD, DATASET, "trees")
        assert await file_removal.leftover(platform, STEWARD, record) == []
        await working_copies.discard(platform, STEWARD, copy.id, copy.version)
        assert await file_removal.delete(platform, STEWARD, "trees", "a.csv", WHY)

    run(scenario)


def test_contents_that_nothing_has_go_after_a_day(run) -> None:
    async def scenario(platform: Platform) -> None:
        old = await filled(platform, "trees", b"old")
        twin = await filled(platform, "twins", b"twin")
        new = await filled(platform, "trees", b"new")
        cut_off = platform.files / ".upload-1"
        cut_off.write_bytes(b"half")
        assert await file_removal.sweep(platform) == 0
        yesterday = time.time() - 2 * file_removal.DAY
        for path in (old, twin, new, cut_off):
            os.utime(path, (yesterday, yesterday))
        await files.keep(platform, b"on its way")
        await registry().handlers["housekeeping"](platform, {})
        assert [path.exists() for path in (old, twin, new, cut_off)] == [False, True, True, False]
        assert len([each for each in platform.files.glob("*/*") if each.is_file()]) == 3

    run(scenario)
