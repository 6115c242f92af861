# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What earlier runs left behind: the records and pages of a source, and who is running."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from allmende.core.fetch import Known
from allmende.errors import Conflict
from allmende.model import dates
from allmende.model.catalogue import ResourceKind
from allmende.store import Connection, harvest, harvest_items
from allmende.store.harvest import Run, Source
from allmende.store.harvest_items import Item

SILENCE = 15 * 60 * 1_000_000  # µs after which a run on another machine counts as dead

Key = tuple[str, str]


class Memory:
    """The records and pages of one source as they stood before the run."""

    def __init__(self, items: list[Item], pages: dict[str, Known]) -> None:
        self.items: dict[Key, Item] = {(item.kind, item.original_id): item for item in items}
        self.by_page: dict[str, list[Item]] = {}
        self.by_identifier: dict[str, Key] = {}
        self.known = pages
        for item in items:
            self.by_page.setdefault(item.page, []).append(item)
            if item.identifier and item.state == "stored":
                self.by_identifier.setdefault(item.identifier, (item.kind, item.original_id))
            if item.state != "stored" or item.missing_since is not None:
                self.known.pop(item.page, None)  # such a page has to be looked at again

    @staticmethod
    def load(db: Connection, source: str) -> Memory:
        """Read the memory of a source."""
        pages = {row[0]: Known(*row[1:]) for row in harvest_items.pages(db, source)}
        return Memory(harvest_items.items(db, source), pages)

    def named(self, original_id: str) -> list[Item]:
        """The records with this original id, of whatever kind."""
        keys = ((kind, original_id) for kind in ResourceKind)
        return [self.items[key] for key in keys if key in self.items]


def owner() -> str:
    """This process, told from others and from an earlier one with the same number."""
    return f"{socket.gethostname()}:{os.getpid()}:{_born(os.getpid())}"


def _born(pid: int) -> str:
    """When a process was started, in the kernel's ticks; empty when it is not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def alive(run: Run, at: int) -> bool:
    """Whether a running run is really being worked on."""
    host, _, rest = run.owner.partition(":")
    pid, _, born = rest.partition(":")
    if not pid.isdigit():
        return False
    if host == socket.gethostname():
        return _born(int(pid)) == born
    return at - run.beat < SILENCE


def claim(db: Connection, source: Source, actor: str, at: int) -> tuple[Run, bool]:
    """A new run, or the broken one to go on with (True). Conflict when one is alive."""
    last = next(iter(harvest.runs(db, source.id, 1, None)), None)
    if last is None or last.status != "running":
        return harvest.start_run(db, source.id, actor, owner(), at), False
    if alive(last, at):
        raise Conflict(
            f"The source {source.id} is being harvested at this moment (run {last.id}).",
            f"Die Quelle {source.id} wird gerade abgeholt (Lauf {last.id}).",
            code="harvest-running",
        )
    last.owner, last.beat = owner(), at
    last.counts.done -= last.counts.in_page
    last.counts.in_page = 0
    harvest.save_run(db, last)
    return last, True


def moment(date: str | None) -> float:
    """Seconds of a date for comparison; a date without time is its first moment, none is -inf."""
    text = dates.iso(date) if date else None
    if text is None:
        return float("-inf")
    padded = text if "-" in text[1:] else f"{text}-01"
    padded = f"{padded}-01" if len(padded) == 7 else padded
    try:
        found = datetime.fromisoformat(padded)
    except ValueError:
        return float("-inf")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
