# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who made a change, as people are told it: a name within the organisation, else only of which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from allmende.model.catalogue import Text, local
from allmende.policy import SYSTEM, Role, Subject
from allmende.store import accounts

if TYPE_CHECKING:
    from allmende.core.platform import Platform

GONE = {"de": "ein früheres Mitglied", "en": "a former member"}


async def named(
    platform: Platform, subject: Subject, organisation: str, actors: Iterable[str]
) -> dict[str, Text]:
    """What the subject is told of each actor of writes to data of the organisation.

    People of the organisation get the display name of the person or token; others only that it
    was somebody of it, and nothing of what the platform did by itself.
    """
    wanted = {each for each in actors if each}
    people = wanted - {SYSTEM.id}
    own = {"und": platform.settings.site_name}
    if subject.has(organisation, *Role):
        known = await platform.store.read(accounts.names, sorted(people)) if people else {}
        told = {each: {"und": known[each]} if known.get(each) else GONE for each in people}
        return told | {SYSTEM.id: own}
    if not people:
        return {}
    found = await platform.store.read(accounts.organisation, organisation)
    name = found.name if found else {"und": organisation}
    member = {
        "de": f"ein Mitglied von {local(name, 'de') or organisation}",
        "en": f"a member of {local(name, 'en') or organisation}",
    }
    return dict.fromkeys(people, member)
