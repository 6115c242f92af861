# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What happens by itself: both sides are told that a grant ends soon, and that it is over.

The data close at the moment the grant names, whether this job runs or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allmende.core.access import letters
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.core.signin import DAY
from allmende.store import Connection, audit, now
from allmende.store import access as rows

JOB_KIND = "access-grants"
BEFORE = 14 * DAY


async def job(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Marks grants that are over, and reminds of those that end within fourteen days."""
    await platform.store.write(_ended, platform.settings)
    await platform.store.write(_ending, platform.settings)


def _ended(db: Connection, settings: Settings) -> None:
    for each in rows.over(db):
        if rows.settle(db, each.id, (rows.GRANTED,), status=rows.ENDED):
            rows.say(db, each.id, "owner", "system", "ended", "")
            audit.note(db, "system", "access-ended", each.id, each.organisation)
            letters.to_asker(db, settings, each, "ended")


def _ending(db: Connection, settings: Settings) -> None:
    for each in rows.ending(db, now() + BEFORE):
        if rows.settle(db, each.id, (rows.GRANTED,), reminded=now()):
            letters.to_asker(db, settings, each, "ending")
            letters.to_deciders(db, settings, each, "ending")
