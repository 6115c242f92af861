# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GovData's rule for copies: of two records with one dct:identifier the newer one counts.

Newer is the later dct:modified; when they are equal, the one that came first stays. The
option `duplicates = "keep"` of a source switches the rule off.
"""

from __future__ import annotations

from allmende.core.harvest.job import Work
from allmende.core.harvest.memory import Key, moment
from allmende.core.platform import Platform
from allmende.store import harvest_items
from allmende.store.harvest import Source
from allmende.store.harvest_items import Twin


async def resolve(platform: Platform, source: Source, work: Work) -> None:
    """Leave out of the batch what another copy beats, and mark the copies it beats."""
    if source.options.get("duplicates") == "keep":
        return
    named: dict[str, list[Key]] = {}
    for key, (_, content) in work.new.items():
        for identifier in content.resource.identifier[:1]:
            named.setdefault(identifier, []).append(key)
    if not named:
        return
    for twin in await platform.store.read(harvest_items.twins, source.id, list(named)):
        for key in named[twin.identifier]:
            shared = twin.catalogue == source.catalogue and twin.original_id == key[1]
            if not shared:  # two sources of one record are no copies
                _compare(work, key, twin)
    for identifier, keys in named.items():
        for key in keys:
            _compare_own(work, key, identifier)


def _compare(work: Work, key: Key, twin: Twin) -> None:
    """With a copy that another source brought."""
    if key not in work.new:
        return
    record, content = work.new[key]
    work.run.counts.duplicates += 1
    if moment(content.resource.modified) > moment(twin.modified):
        work.beaten.append(twin)
        en = f"Newer than the copy {twin.id} from {twin.source}, which is archived."
        de = f"Neuer als die Kopie {twin.id} aus {twin.source}; diese wird archiviert."
    else:
        work.lose(record, content)
        en = f"A copy of {twin.id} from {twin.source}, which counts; not taken."
        de = f"Eine Kopie von {twin.id} aus {twin.source}, die gilt; nicht übernommen."
    work.note("duplicate", record.original_id, en, de)


def _compare_own(work: Work, key: Key, identifier: str) -> None:
    """With a copy inside the same source."""
    memory = work.memory
    first = memory.by_identifier.setdefault(identifier, key)
    if first == key or key not in work.new:
        return
    waiting, item = work.new.get(first), memory.items.get(first)
    if waiting is None and (item is None or item.state != "stored"):
        memory.by_identifier[identifier] = key
        return
    work.run.counts.duplicates += 1
    en = f"{key[1]} and {first[1]} have the same identifier; the newer one counts."
    de = f"{key[1]} und {first[1]} tragen dieselbe Kennung; der neuere Eintrag gilt."
    work.note("duplicate", key[1], en, de)
    record, content = work.new[key]
    date = waiting[1].resource.modified if waiting else item.modified if item else None
    if moment(content.resource.modified) <= moment(date):
        work.lose(record, content)
        return
    memory.by_identifier[identifier] = key
    if waiting:
        work.lose(*waiting)
    elif item:
        work.retired.append(item)
        item.state = "duplicate"
        work.items.append(item)
