# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What city applications bring to the pages: templates and sentences, found by their folders.

The portal knows nothing else of them than their `manifest.toml`: `apps/<name>/templates` is
reached as `<name>/page.html`, the keys of `apps/<name>/messages/{de,en}.po` begin with
`<name>.`. An application with a `page` is offered in the menu where everybody may see its first
collection; `taken_in` names the collection and its field that say whose rows it has taken.
"""

from __future__ import annotations

import time
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.policy import Subject

CACHE = "portal.applications"
KEPT_SECONDS = 30.0  # a new application may appear in the menu so much later


@dataclass(frozen=True, slots=True)
class Application:
    """An application with a page of its own."""

    id: str
    title: dict[str, str]
    gives: dict[str, str]
    page: str
    collection: str
    taken_in: tuple[str, str] | None  # collection and field


@cache
def apps() -> dict[str, Path]:
    """The folders of the applications by name."""
    room = Path(str(files("allmende"))) / "apps"
    folders = (each for each in sorted(room.iterdir()) if (each / "manifest.toml").is_file())
    return {each.name: each for each in folders}


@cache
def applications() -> tuple[Application, ...]:
    """All applications that have a page, by id."""
    found = []
    for name, folder in apps().items():
        said = tomllib.loads((folder / "manifest.toml").read_text("utf-8"))
        if "page" not in said:
            continue
        taken = said.get("taken_in")
        pair = (taken["collection"], taken["field"]) if taken else None
        page, first = said["page"], said["collections"][0]
        found.append(Application(name, said["title"], said["gives"], page, first, pair))
    return tuple(found)


async def offered(platform: Platform) -> tuple[Application, ...]:
    """The applications everybody may see in this city; looked up twice a minute at most."""
    from allmende.policy import ANONYMOUS

    kept = platform.caches.get(CACHE)
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        shown = tuple([e for e in applications() if await _sees(platform, ANONYMOUS, e.collection)])
        kept = platform.caches[CACHE] = (time.monotonic(), shown)
    found: tuple[Application, ...] = kept[1]
    return found


async def taking(platform: Platform, subject: Subject, collection: str) -> list[Application]:
    """The applications that have taken rows of a collection, as far as the subject sees it."""
    from allmende.core import collections
    from allmende.model.filter import Compare
    from allmende.model.query import Query

    found = []
    for each in applications():
        if each.taken_in is None or not await _sees(platform, subject, each.taken_in[0]):
            continue
        place, field = each.taken_in
        query = Query(collection=place, where=Compare(field, "=", collection))
        if await collections.count(platform, subject, query, 1):
            found.append(each)
    return found


async def _sees(platform: Platform, subject: Subject, collection: str) -> bool:
    from allmende.core import collections
    from allmende.errors import NotFound

    try:
        await collections.get(platform, subject, collection)
    except NotFound:
        return False
    return True
