# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where drafts lie: a folder each below `drafts`, seen by their owner only, for some days."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import anyio.to_thread
import msgspec

from allmende.core.address_names import shown
from allmende.core.drafts.types import Draft
from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotFound,
)
from allmende.policy import EVERY_ORGANISATION, Action, Subject, may
from allmende.store import accounts, now

DAYS = 7
MOST = 20  # drafts of one person
DAY = 86_400 * 1_000_000
NAME_LONGEST = 200
_ID = re.compile(r"[A-Za-z0-9_-]{22}\Z")


Work = Callable[[Platform, Subject, Draft], Awaitable[None]]


async def at_work(platform: Platform, arguments: Mapping[str, Any], work: Work) -> None:
    """Does the waiting task of a draft as its owner, with the roles they have now.

    Nothing happens when the draft or the owner has gone, or may no longer see it.
    """
    account = await platform.store.read(accounts.account, str(arguments["owner"]))
    if account is None or not account.active:
        return
    subject = Subject(kind="user", id=account.id, name=account.name, roles=account.roles)
    try:
        draft = await get(platform, subject, str(arguments["draft"]))
    except AllmendeError:
        return
    if draft.task.state in ("waiting", "running"):
        await work(platform, subject, draft)


def may_import(subject: Subject) -> bool:
    """Whether the subject may make collections for some organisation."""
    return any(may(subject, Action.WRITE, each) for each in subject.roles)


def organisations_of(subject: Subject, known: Iterable[str]) -> list[str]:
    """The organisations the subject may make collections for."""
    if may(subject, Action.WRITE, EVERY_ORGANISATION):
        return sorted(known)
    return [each for each in sorted(known) if may(subject, Action.WRITE, each)]


def require(subject: Subject) -> None:
    """NotAllowed for those who may not make collections."""
    if not may_import(subject):
        raise NotAllowed(
            "Only stewards import data. Ask the administrator of your organisation.",
            "Daten importieren nur Datenverantwortliche. Bitte fragen Sie die Verwaltung Ihrer "
            "Organisation.",
        )


async def start(
    platform: Platform, subject: Subject, name: str, content: Iterable[bytes], target: str = ""
) -> Draft:
    """Keeps content as a new draft. NotAllowed, LimitExceeded, InvalidInput when it is empty.

    With `target` it holds rows for that collection, which the caller has checked may be written.
    """
    if not target:
        require(subject)
    await tidy(platform)
    if len(await _mine(platform, subject)) >= MOST:
        raise LimitExceeded(
            f"You have {MOST} drafts. Publish or delete one first.",
            f"Sie haben {MOST} Entwürfe. Bitte erst einen veröffentlichen oder löschen.",
        )
    ident = secrets.token_urlsafe(16)
    folder = _root(platform) / ident
    limit = platform.settings.upload_limit
    try:
        size = await anyio.to_thread.run_sync(_keep, folder, content, limit)
    except BaseException:
        await anyio.to_thread.run_sync(_drop, folder)
        raise
    moment = now()
    draft = Draft(
        id=ident,
        owner=subject.id,
        created=moment,
        changed=moment,
        name=_bare(name),
        size=size,
        target=target,
    )
    await save(platform, draft)
    return draft


async def get(platform: Platform, subject: Subject, ident: str) -> Draft:
    """A draft of the subject's own. NotFound."""
    found = await anyio.to_thread.run_sync(_load, _root(platform), ident)
    if found is None or not found.target:
        require(subject)
    if found is None or found.owner != subject.id:
        raise NotFound(
            f"This draft is not there. Drafts are kept for {DAYS} days.",
            f"Diesen Entwurf gibt es nicht. Entwürfe bleiben {DAYS} Tage erhalten.",
        )
    return found


async def listing(platform: Platform, subject: Subject, target: str = "") -> list[Draft]:
    """The subject's drafts of new collections or for one collection, the newest first."""
    return [each for each in await _mine(platform, subject) if each.target == target]


async def _mine(platform: Platform, subject: Subject) -> list[Draft]:
    found = await anyio.to_thread.run_sync(_all, _root(platform))
    mine = [each for each in found if each.owner == subject.id]
    return sorted(mine, key=lambda each: -each.changed)


async def save(platform: Platform, draft: Draft) -> None:
    """Writes what is known of a draft."""
    draft.changed = now()
    await anyio.to_thread.run_sync(_save, _root(platform) / draft.id, draft)


def note(platform: Platform, draft: Draft) -> None:
    """The same, at once; for work that counts."""
    draft.changed = now()
    _save(_root(platform) / draft.id, draft)


async def delete(platform: Platform, subject: Subject, ident: str) -> None:
    """Removes a draft. NotFound, Conflict while it is being published."""
    draft = await get(platform, subject, ident)
    if draft.task.state == "running" and now() - draft.changed < DAY:
        raise Conflict(
            "The draft is being worked on. Please wait until that has ended.",
            "Der Entwurf wird gerade verarbeitet. Bitte warten Sie das Ende ab.",
        )
    await forget(platform, draft)


async def forget(platform: Platform, draft: Draft) -> None:
    """Removes a draft and its content."""
    await anyio.to_thread.run_sync(_drop, _root(platform) / draft.id)


async def content(platform: Platform, draft: Draft) -> bytes:
    """The bytes of the upload."""
    path = _root(platform) / draft.id / "content"
    return await anyio.to_thread.run_sync(path.read_bytes)


async def drop_content(platform: Platform, draft: Draft) -> None:
    """Removes the bytes of an upload whose rows are stored; what became of it stays."""
    path = _root(platform) / draft.id / "content"
    await anyio.to_thread.run_sync(path.unlink, True)


async def tidy(platform: Platform) -> int:
    """Removes drafts that nobody has touched for `DAYS` days; how many."""
    return await anyio.to_thread.run_sync(_tidy, _root(platform), now() - DAYS * DAY)


def _root(platform: Platform) -> Path:
    return platform.settings.data / "drafts"


def _bare(name: str) -> str:
    """The name of a file without folders, or an address without passwords and tokens."""
    plain = shown("".join(char for char in name if char.isprintable()).strip())
    if "://" not in plain:
        plain = plain.replace("\\", "/").rpartition("/")[2]
    return plain[:NAME_LONGEST] or "table.csv"


def _keep(folder: Path, content: Iterable[bytes], limit: int) -> int:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(mode=0o700)
    size = 0
    with (folder / "content").open("wb") as target:
        for part in content:
            size += len(part)
            if size > limit:
                raise LimitExceeded(
                    f"The file is larger than {limit} bytes (setting upload_limit).",
                    f"Die Datei ist größer als {limit} Bytes (Einstellung upload_limit).",
                )
            target.write(part)
    if not size:
        raise InvalidInput("The file is empty.", "Die Datei ist leer.")
    return size


def _save(folder: Path, draft: Draft) -> None:
    if not folder.is_dir():
        return
    temporary = folder / f".{secrets.token_hex(4)}"
    temporary.write_bytes(msgspec.json.encode(draft))
    os.replace(temporary, folder / "draft.json")


def _load(root: Path, ident: str) -> Draft | None:
    if not _ID.match(ident):
        return None
    try:
        return msgspec.json.decode((root / ident / "draft.json").read_bytes(), type=Draft)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:  # of an earlier version of the program
        return None


def _all(root: Path) -> list[Draft]:
    if not root.is_dir():
        return []
    found = (_load(root, each.name) for each in root.iterdir())
    return [each for each in found if each is not None]


def _tidy(root: Path, before: int) -> int:
    if not root.is_dir():
        return 0
    old = [each for each in root.iterdir() if _age(each) < before]
    for each in old:
        _drop(each)
    return len(old)


def _age(folder: Path) -> int:
    for each in (folder / "draft.json", folder):
        if each.exists():
            return each.stat().st_mtime_ns // 1000
    return now()


def _drop(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
