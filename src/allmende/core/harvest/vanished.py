# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What has vanished from a source: noted at once, archived after the grace period.

Runs only after the whole source was read. When more than half of the records vanish at
once, a person has to confirm it.
"""

from __future__ import annotations

from allmende.core.harvest.job import archive
from allmende.core.harvest.memory import Memory
from allmende.core.platform import Platform
from allmende.errors import SourceUnavailable
from allmende.model.catalogue import ResourceKind
from allmende.store import harvest_items
from allmende.store.connection import now
from allmende.store.harvest import Run, Source
from allmende.store.harvest_items import Item

DAY = 86_400_000_000


async def sweep(
    platform: Platform,
    source: Source,
    run: Run,
    memory: Memory,
    *,
    loose_faults: int,
    accept_loss: bool,
) -> None:
    """Note and archive what is gone; SourceUnavailable (`source-shrank`) for a landslide.

    `loose_faults` is the number of broken records that do not say which one they are: as
    many missing ones may be among them and are left alone.
    """
    own = (ResourceKind.CATALOG, source.catalogue)
    items = [item for item in memory.items.values() if (item.kind, item.id) != own]
    gone = [item for item in items if item.run != run.id and item.state != "archived"]
    fresh = [item for item in gone if item.missing_since is None and item.state == "stored"]
    present = sum(item.state == "stored" and item.missing_since is None for item in items)
    if len(fresh) * 2 > present and not accept_loss:
        raise _shrank(len(fresh), present)
    if len(fresh) <= loose_faults:
        fresh = []
    at = now()
    for item in fresh:
        item.missing_since = at
    old = [item for item in gone if _is_over(item, source.grace_days * DAY, at)]
    leaving = [(item.kind, item.id) for item in old if item.state == "stored"]
    reason = f"harvest {source.id}: gone from the source"
    run.counts.archived += await archive(platform, leaving, reason)
    for item in old:
        item.state = "archived"
    run.counts.missing = sum(item.state == "stored" for item in gone)
    await platform.store.write(harvest_items.save_items, source.id, [*fresh, *old])


def _is_over(item: Item, grace: int, at: int) -> bool:
    if item.state != "stored":
        return True
    return item.missing_since is not None and at - item.missing_since >= grace


def _shrank(gone: int, present: int) -> SourceUnavailable:
    return SourceUnavailable(
        f"{gone} of {present} records have vanished at once; nothing was archived. "
        "Run again with accept_loss (--accept-loss) if this is meant.",
        f"{gone} von {present} Einträgen sind auf einmal verschwunden; nichts wurde archiviert. "
        "Falls das so gewollt ist, erneut mit accept_loss (--accept-loss) ausführen.",
        code="source-shrank",
    )
