# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a request for events wants: which datastreams, from where on, for how long."""

from __future__ import annotations

import re

from msgspec import Struct
from starlette.requests import Request

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import listing
from allmende.core.sensing.listing import LARGEST, Wanted
from allmende.errors import InvalidInput, LimitExceeded, NotFound
from allmende.policy import Subject

MOST_IDS = 200
LONGEST = 900.0
"""Seconds after which a stream ends; the client comes again and is asked who it is."""
_NUMBER = re.compile(r"[0-9]{1,18}")
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")


class Asked(Struct, frozen=True):
    """A request that was read. `after` is None when only what comes from now on is wanted."""

    datastreams: tuple[int, ...]
    things: tuple[int, ...]
    properties: tuple[int, ...]
    after: int | None
    seconds: float

    @property
    def narrowed(self) -> bool:
        """Whether not everything is wanted."""
        return bool(self.datastreams or self.things or self.properties)


def read(request: Request) -> Asked:
    """The request. InvalidInput names what cannot be read; LimitExceeded above 200 ids."""
    query = request.query_params
    seen = request.headers.get("last-event-id", "") or query.get("after", "")
    if seen and not _NUMBER.fullmatch(seen):
        raise InvalidInput(
            "Last-Event-ID (or “after”) is the number of an event that you have seen.",
            "Last-Event-ID (oder „after“) ist die Nummer eines Ereignisses, das Sie schon haben.",
        )
    seconds = query.get("seconds", "")
    if seconds and not _SECONDS.fullmatch(seconds):
        raise InvalidInput(
            "“seconds” is a number such as 60; 0 answers what is there already and ends.",
            "„seconds“ ist eine Zahl wie 60; 0 liefert, was schon da ist, und endet.",
        )
    asked = Asked(
        _numbers(query.getlist("datastream"), "datastream"),
        _numbers(query.getlist("thing"), "thing"),
        _numbers(query.getlist("property"), "property"),
        int(seen) if seen else None,
        min(float(seconds), LONGEST) if seconds else LONGEST,
    )
    if len(asked.datastreams) + len(asked.things) + len(asked.properties) > MOST_IDS:
        raise LimitExceeded(
            f"At most {MOST_IDS} datastreams, things and properties can be named; name none to "
            "get all.",
            f"Höchstens {MOST_IDS} Datenströme, Messstellen und Messgrößen; ohne Angabe kommen "
            "alle.",
        )
    return asked


def _numbers(given: list[str], name: str) -> tuple[int, ...]:
    texts = [each for part in given for each in part.split(",") if each.strip()]
    wrong = next((each for each in texts if not _NUMBER.fullmatch(each.strip())), None)
    if wrong is not None:
        raise InvalidInput(
            f"“{name}” takes ids, several with commas between them; “{wrong[:40]}” is none.",
            f"„{name}“ erwartet Kennungen, mehrere mit Komma; „{wrong[:40]}“ ist keine.",
        )
    return tuple(dict.fromkeys(int(each) for each in texts))


async def streams(platform: Platform, subject: Subject, asked: Asked) -> list[int] | None:
    """The ids of the datastreams that are wanted and may be read; None for all.

    NotFound when some are named and none of them may be read.
    """
    if not asked.narrowed:
        return None
    fits = [each for each in asked.datastreams if each <= LARGEST]
    found = set(await sensing.visible_streams(platform, subject, fits)) if fits else set()
    things = tuple(each for each in asked.things if each <= LARGEST)
    if things:
        page = await listing.things(platform, subject, Wanted(things=things), limit=len(things))
        found |= {s.id for each in page.things for s in each.streams if s.readable}
    for observed in asked.properties:
        valued = await listing.valued(platform, subject, observed)
        found |= {each.stream.id for each in valued}
    if not found:
        raise NotFound(
            "None of the datastreams you name exists or may be read by you.",
            "Keinen der genannten Datenströme gibt es, oder Sie dürfen ihn nicht lesen.",
        )
    return sorted(found)
