# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counts and mean speeds of an interval, made from messages about single road users.

Nothing about a single one leaves this module: messages are counted and forgotten, tracks
are held in memory only until their interval is over, and an interval with fewer than
`least` road users of a class, or passages of a zone, has no figure. There is no total
either, from which a withheld figure could be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

MOST_TRACKS = 100_000  # held at a time


class Figure(Struct, frozen=True):
    """What is known of an interval [start, end), µs UTC; speed in whole km/h."""

    start: int
    end: int
    what: str  # "class-7" or "zone-1"
    count: int
    speed: int | None = None


class _Track(Struct):
    start: int
    last: int
    what: str
    sum: float = 0.0
    speeds: int = 0


class Aggregator:
    """Takes messages in the order of their times; gives figures of intervals that are over.

    Intervals of `window` µs begin at multiples of it since 1970. Only those from beginning
    to end covered by messages count. A road user counts in the interval in which it was
    first seen, and is remembered for one interval after it was last seen, so that it does not
    count twice. What comes after the figure of its interval is lost.
    """

    def __init__(self, window: int, least: int) -> None:
        self.window, self.least = window, max(least, 1)
        self.first: int | None = None
        self.last: int | None = None
        self.withheld = 0
        self.lost = 0
        self._done: int | None = None  # figures of everything before were given
        self._tracks: dict[str, _Track] = {}
        self._passages: dict[tuple[int, str], int] = {}

    def seen(self, time: int) -> None:
        """A message of this time has come, whatever it says."""
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)

    def road_user(self, time: int, ident: str, what: str, speed: float | None) -> None:
        """A road user of a class was seen, with its speed in km/h if that is known."""
        track = self._tracks.get(ident)
        start = time - time % self.window
        if track is None:
            if len(self._tracks) >= MOST_TRACKS or self._late(start):
                self.lost += 1
                return
            track = self._tracks[ident] = _Track(start, time, what)
        track.last = max(track.last, time)
        if speed is not None and time < track.start + self.window:
            track.sum += speed
            track.speeds += 1

    def passage(self, time: int, zone: str) -> None:
        """Something has entered a zone."""
        key = (time - time % self.window, zone)
        if self._late(key[0]) or (key not in self._passages and len(self._passages) >= MOST_TRACKS):
            self.lost += 1
            return
        self._passages[key] = self._passages.get(key, 0) + 1

    def closed(self) -> Iterator[Figure]:
        """Figures of the intervals that are over; what they were made from is forgotten."""
        if self.first is None or self.last is None:
            return
        until = self.last - self.last % self.window - self.window
        yield from self._given(until)
        self._tracks = {name: each for name, each in self._tracks.items() if each.last >= until}
        self._passages = {key: n for key, n in self._passages.items() if key[0] >= until}

    def rest(self) -> Iterator[Figure]:
        """The same at the end, when nothing more can come; then everything is forgotten."""
        if self.last is not None:
            yield from self._given(self.last - self.last % self.window)
        self._tracks, self._passages = {}, {}

    def _given(self, until: int) -> Iterator[Figure]:
        counts: dict[tuple[int, str], list[_Track]] = {}
        for each in self._tracks.values():
            if not self._late(each.start):
                counts.setdefault((each.start, each.what), []).append(each)
        for (start, what), tracks in sorted(counts.items()):
            if self._whole(start, until, len(tracks)):
                yield Figure(
                    start, start + self.window, what, len(tracks), _mean(tracks, self.least)
                )
        for (start, what), count in sorted(self._passages.items()):
            if self._whole(start, until, count):
                yield Figure(start, start + self.window, what, count)
        self._done = until

    def _late(self, start: int) -> bool:
        return self._done is not None and start < self._done

    def _whole(self, start: int, until: int, count: int) -> bool:
        if start >= until:
            return False
        fine = self.first is not None and self.first <= start and count >= self.least
        self.withheld += not fine
        return fine


def _mean(tracks: list[_Track], least: int) -> int | None:
    """The mean of the road users' mean speeds, when enough of them have one."""
    speeds = [each.sum / each.speeds for each in tracks if each.speeds]
    return round(sum(speeds) / len(speeds)) if len(speeds) >= least else None
