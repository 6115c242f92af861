# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Single observations of many clients, stored together: one look at each datastream, one fsync.

While a group is being written the next one gathers; nobody waits for company. Each
observation is judged alone: what is wrong with one does not touch the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.core.sensing import observing
from allmende.core.sensing.observing import Outcome
from allmende.core.sensing.reading import condition
from allmende.core.sensing.results import fitted
from allmende.core.sensing.unit import check_writer
from allmende.errors import AllmendeError, Busy, InvalidInput
from allmende.model.filter import Filter
from allmende.model.sensing.observation import Observation
from allmende.policy import Subject
from allmende.store import Connection, now
from allmende.store.sensing import features, streams

CACHE = "observations"
MOST = 256
"""Observations of one group."""
SMALL = 32
"""Observations that are written in the thread of the event loop if nobody else writes."""
MOST_CONDITIONS = 1_000
MOST_WAITING = 20_000
"""Observations that may wait; more are told Busy."""


class Single(Struct):
    """An observation that names its datastream, and nothing else that has to be found."""

    subject: Subject
    seen: Filter
    observation: Observation
    timed: bool = True  # whether the client said when


Waiting = list[tuple[Single, asyncio.Future[int]]]


class _Gatherer:
    """The group that waits while another one is written."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.waiting: Waiting = []
        self.writing = False
        self.conditions: dict[int, tuple[Subject, Filter]] = {}

    def add(self, subject: Subject, observation: Observation, timed: bool) -> asyncio.Future[int]:
        if len(self.waiting) >= MOST_WAITING:
            raise Busy(
                "Too many observations are waiting; try again in a moment.",
                "Es warten zu viele Beobachtungen; bitte gleich noch einmal versuchen.",
            )
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        single = Single(subject, self._seen(subject), observation, timed)
        self.waiting.append((single, future))
        if not self.writing:
            self._soon()
        return future

    def _seen(self, subject: Subject) -> Filter:
        """What a stream must fulfil; remembered, as the same subject comes again and again.

        Raises what `check_writer` raises.
        """
        known = self.conditions.get(id(subject))
        if known is None or known[0] is not subject:
            if len(self.conditions) >= MOST_CONDITIONS:
                self.conditions.clear()
            check_writer(subject)
            known = self.conditions[id(subject)] = (subject, condition(subject))
        return known[1]

    def _soon(self) -> None:
        """Those whose requests are being read in this turn of the loop come along."""
        self.writing = True
        asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        group, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
        given = [each for each, _ in group]
        store, zone = self.platform.store, self.platform.settings.timezone
        begin = store.begin_small_write if len(group) <= SMALL else store.begin_write
        try:
            written = begin(_store, given, zone)
        except Busy as error:
            self.writing = False
            _settle(group, [error] * len(group))
            return
        written.add_done_callback(lambda done: self._ended(group, done))

    def _ended(self, group: Waiting, done: asyncio.Future[list[int | BaseException]]) -> None:
        self.writing = False
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        _settle(group, done.result() if error is None else [error] * len(group))
        if self.waiting:
            self._soon()


def _settle(group: Waiting, results: Sequence[int | BaseException]) -> None:
    for (_, future), result in zip(group, results, strict=True):
        if future.done():  # nobody waits any more
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


async def observe_one(
    platform: Platform, subject: Subject, observation: Observation, *, timed: bool = True
) -> int:
    """Stores one observation of a Datastream, durably when it returns; its id.

    0 when it is a MultiDatastream: nothing was stored then. If not `timed`, its time is that
    of the server. Raises NotFound, NotAllowed, NotAuthenticated, InvalidInput, Busy.
    """
    gatherer = platform.caches.get(CACHE)
    if gatherer is None:
        gatherer = platform.caches[CACHE] = _Gatherer(platform)
    ident: int = await gatherer.add(subject, observation, timed)
    return ident


def _store(db: Connection, group: Sequence[Single], zone: str) -> list[int | BaseException]:
    """The ids, or what is wrong, in the order of the group."""
    results: list[int | BaseException] = [0] * len(group)
    known: dict[int, streams.Stream] = {}
    by_subject: dict[int, list[int]] = {}
    for at, each in enumerate(group):
        by_subject.setdefault(id(each.subject), []).append(at)
    allowed = [_allowed(db, group, places, known, results) for places in by_subject.values()]
    moved = _moved(db, known) if known else {}
    moment = now()
    for places in allowed:
        for at in places:
            _complete(group[at], known, moved, moment)
        given = [group[at].observation for at in places]
        if given:
            subject = group[places[0]].subject
            done = observing.store(db, subject, known, given, zone, "add", together=False)
            for at, stored in zip(places, done, strict=True):
                results[at] = _result(stored)
    _note(db, [group[at].observation for places in allowed for at in places])
    return results


def _allowed(
    db: Connection,
    group: Sequence[Single],
    places: list[int],
    known: dict[int, streams.Stream],
    results: list[int | BaseException],
) -> list[int]:
    """Those of one subject's observations that it may write; the others get their error.

    Those of a MultiDatastream are left out: their result stays 0.
    """
    first = group[places[0]]
    idents = {group[at].observation.datastream for at in places}
    try:
        known |= _writable(db, first, idents)
    except AllmendeError as error:
        if len(idents) == 1:
            for at in places:
                results[at] = error
            return []
        return [at for each in places for at in _allowed(db, group, [each], known, results)]
    return [at for at in places if not known[group[at].observation.datastream].multi]


def _writable(db: Connection, single: Single, idents: set[int]) -> dict[int, streams.Stream]:
    """As `observing.writable`, remembered for the subject where that is possible."""
    subject, kept = single.subject, db.kept
    if kept is None:
        return observing.writable(db, subject, single.seen, idents, adding=True)
    found: dict[int, streams.Stream] = {}
    for ident in idents:
        owner, stream = kept.get(("writable", ident), _NOBODY)
        if owner is subject:
            found[ident] = stream
    missing = idents - found.keys()
    if missing:
        fresh = observing.writable(db, subject, single.seen, missing, adding=True)
        found |= fresh
        kept |= {("writable", ident): (subject, stream) for ident, stream in fresh.items()}
    return found


_NOBODY = (None, None)


def _moved(db: Connection, known: Mapping[int, streams.Stream]) -> dict[int, int]:
    """As `features.defaults`; of streams that had nothing to be named it is remembered."""
    kept = db.kept
    if kept is None:
        return features.defaults(db, known)
    asked = [ident for ident in known if ("at home", ident) not in kept]
    moved = features.defaults(db, asked) if asked else {}
    kept |= {("at home", ident): True for ident in asked if ident not in moved}
    return moved


def _complete(
    single: Single,
    known: Mapping[int, streams.Stream],
    moved: Mapping[int, int],
    moment: int,
) -> None:
    """What the service adds (18-088 §10.2): the time, the feature, the type of the result."""
    one = single.observation
    if not single.timed:
        one.time = moment
    one.feature = moved.get(one.datastream)
    one.result = fitted(one.result, known[one.datastream].type)


def _note(db: Connection, given: Sequence[Observation]) -> None:
    used: dict[int, set[int]] = {}
    for each in given:
        if each.feature is not None:
            used.setdefault(each.datastream, set()).add(each.feature)
    if used:
        features.note(db, used)


def _result(done: Outcome) -> int | BaseException:
    if done.problem is None:
        return done.id
    return InvalidInput(done.problem["en"], done.problem["de"])
