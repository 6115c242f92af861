# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Making known what measures."""

from __future__ import annotations

from allmende.core.platform import Platform
from allmende.errors import NotAllowed
from allmende.model.sensing.specs import ThingSpec
from allmende.policy import Action, Subject, may
from allmende.store import Connection, events
from allmende.store.sensing import registering
from allmende.store.sensing.registering import Registered

TOPIC = "thing"


async def register(platform: Platform, subject: Subject, thing: ThingSpec) -> Registered:
    """Makes a thing with its place, streams, sensors and properties, or what is missing of it.

    The keys say what it is: the same ones again change what differs. NotAllowed when the
    subject may not observe for the organisation.
    """
    if not may(subject, Action.OBSERVE, thing.organisation):
        raise not_allowed(thing.organisation)
    return await platform.store.write(_register, thing)


def _register(db: Connection, thing: ThingSpec) -> Registered:
    found = registering.register(db, thing)
    if found.changed:
        events.emit(db, TOPIC, "written", found.thing, str(found.thing))
    return found


def not_allowed(organisation: str) -> NotAllowed:
    """The refusal for who has no right to write measurements of an organisation."""
    return NotAllowed(
        f"You may not write measurements of the organisation “{organisation}”; ask one of its "
        "stewards for the role of a contributor.",
        f"Sie dürfen keine Messwerte der Organisation „{organisation}“ schreiben; bitten Sie dort "
        "um die Rolle „Mitwirkende“.",
    )
