# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality score: of a dataset, of the city, a catalogue, a publisher; what to do first.

    rating = await scoring.of_record(platform, record)      # a record that was read
    deeds = await scoring.advice(platform, subject, record)  # the greatest gain first
    rating = await scoring.trial(platform, subject, dataset)  # what a form holds

Sums are about what everybody may see, so that all see the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.core.scoring_upkeep import projection_of
from allmende.errors import NotAllowed, NotAuthenticated, NotFound
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.filter import Compare, Everything, Filter, In, Not, all_of
from allmende.model.mqa import METRICS, Measured, Score, Value, score
from allmende.model.mqa_advice import Advice
from allmende.model.mqa_advice import advice as advise
from allmende.model.mqa_compliance import compliant
from allmende.model.mqa_links import sorted_out
from allmende.model.validation.record import Checked, check
from allmende.policy import (
    ANONYMOUS,
    EVERY_ORGANISATION,
    Action,
    Status,
    Subject,
    may,
    read_condition,
)
from allmende.projections.scoring import ScoringProjection
from allmende.store import Connection, events, links, now, scores
from allmende.store import catalogue as rows
from allmende.store.records import Record
from allmende.store.scores import Moment, Scope, Sum

__all__ = [
    "Advice",
    "Loss",
    "Moment",
    "Overview",
    "Rating",
    "Scope",
    "Score",
    "Sum",
    "ToDo",
    "advice",
    "day_of",
    "find",
    "history",
    "losses",
    "of_record",
    "overview",
    "table",
    "to_do",
    "today",
    "trial",
]

CACHE = "scores"
MOST_LISTED = 500  # records that are looked at for a list of what to do


class Rating(Struct, frozen=True):
    """A score with what it was made of; `scored` in µs UTC, 0 when it was made just now."""

    score: Score
    measured: Measured
    scored: int = 0


class Overview(Struct, frozen=True):
    """The figures of a scope now, and what they were day by day (days since 1970-01-01 UTC)."""

    scope: Scope
    name: str
    now: Sum
    days: list[tuple[int, Sum]]


class Loss(Struct, frozen=True):
    """What a metric costs on average, and how many datasets do not fulfil it wholly."""

    metric: str
    points: float
    records: int


class ToDo(Struct, frozen=True):
    """A record with its points and what to do about it, the greatest gain first."""

    record: Record
    points: int
    deeds: list[Advice]

    @property
    def gain(self) -> float:
        """The points that all deeds together gain."""
        return sum(each.points for each in self.deeds)


# --- one dataset ---------------------------------------------------------------------------


async def find(platform: Platform, subject: Subject, ident: str) -> tuple[Record, Rating]:
    """A dataset and its score, for whoever sees the dataset; NotFound."""
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, ident)
    rating = await of_record(platform, record)
    if rating is None:
        raise _nothing(ident)
    return record, rating


async def of_record(platform: Platform, record: Record) -> Rating | None:
    """The score of a record that was read for somebody; None for other kinds than datasets."""
    if not isinstance(record.resource, Dataset):
        return None
    return await platform.store.read(_rating, projection_of(platform), record)


def _rating(db: Connection, projection: ScoringProjection, record: Record) -> Rating:
    dataset = record.resource
    if not isinstance(dataset, Dataset):
        raise TypeError("only datasets have a score")
    measured = projection.measured_of(db, record.key, dataset)
    stand = scores.find(db, record.key, projection.made_by)
    return Rating(score(dataset, measured), measured, stand.scored if stand else 0)


async def advice(platform: Platform, subject: Subject, record: Record) -> list[Advice]:
    """What would gain a record points, the greatest gain first; none for those who cannot edit
    it, and for other kinds than datasets."""
    if not may(subject, Action.WRITE_DRAFT, record.organisation):
        return []
    rating = await of_record(platform, record)
    if rating is None or not isinstance(record.resource, Dataset):
        return []
    return advise(record.resource, rating.measured)


async def trial(
    platform: Platform, subject: Subject, dataset: Dataset, checked: Checked | None = None
) -> Rating:
    """The score a dataset would have, with what is known of its links; nothing is stored.

    `checked` saves checking it here. For people who are signed in: NotAuthenticated.
    """
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Sign in to have a draft scored.", "Bitte anmelden, um einen Entwurf zu bewerten."
        )
    askable, hopeless = sorted_out(dataset)
    known = await platform.store.read(links.answers, [address for address, _ in askable])
    found = checked or check(dataset, ("dcat-ap",))
    measured = Measured({**known, **hopeless}, compliant(found))
    return Rating(score(dataset, measured), measured)


async def history(platform: Platform, subject: Subject, record: Record) -> list[Moment]:
    """The points of a record over time, of the revisions that the subject may see."""
    seen = await catalogue.revisions(platform, subject, record.kind, record.id)
    numbers = {each.number for each in seen}
    found = await platform.store.read(scores.history, record.key)
    return [each for each in found if each.revision in numbers]


def today() -> int:
    """The day of now as histories count it: from 1970-01-01 UTC."""
    return now() // scores.DAY


def day_of(number: int) -> str:
    """The ISO date of a day counted from 1970-01-01."""
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


# --- many ----------------------------------------------------------------------------------


async def overview(
    platform: Platform, subject: Subject, scope: Scope = "city", name: str = ""
) -> Overview:
    """The figures of the city, of a catalogue (by id) or of a publisher (by name).

    NotFound for a catalogue the subject may not see and a publisher without public datasets.
    """
    if scope == "catalogue" and name:
        await catalogue.get(platform, subject, ResourceKind.CATALOG, name)
    key = ("overview", scope, name)
    found: Overview = await _kept(platform, key, _overview, scope, name)
    if scope == "publisher" and not found.now.records:
        raise _nothing(name)
    return found


def _overview(db: Connection, scope: Scope, name: str) -> Overview:
    condition = _public()
    if scope == "publisher":
        total = scores.of_publisher(db, condition, name)
    else:
        total = scores.total(db, all_of(condition, _inside(scope, name)))
    return Overview(scope, name, total, scores.days(db, scope, name))


async def table(platform: Platform, subject: Subject, scope: Scope) -> dict[str, Sum]:
    """The figures of every catalogue (by id) or publisher (by name) with public datasets."""
    by = scores.by_catalogue if scope == "catalogue" else scores.by_publisher
    found: dict[str, Sum] = await _kept(platform, ("table", scope), by, _public())
    return found


async def losses(
    platform: Platform, subject: Subject, scope: Scope = "city", name: str = ""
) -> list[Loss]:
    """What each metric costs on average, the dearest first."""
    found: list[Loss] = await _kept(platform, ("losses", scope, name), _losses, scope, name)
    return found


def _losses(db: Connection, scope: Scope, name: str) -> list[Loss]:
    publisher = name if scope == "publisher" else None
    condition = all_of(_public(), _inside(scope, name))
    values = [each for _, each in scores.counted(db, condition, publisher)]
    return losses_of(values)


def losses_of(values: Sequence[Sequence[Value]]) -> list[Loss]:
    """The same for the values of datasets."""
    found = []
    for at, metric in enumerate(METRICS):
        missing = [1.0 - each[at].share for each in values]
        lost = metric.points * sum(missing) / len(missing) if missing else 0.0
        found.append(Loss(metric.name, lost, sum(1 for each in missing if each)))
    return sorted(found, key=lambda each: -each.points)


async def to_do(
    platform: Platform, subject: Subject, *, limit: int = 50, offset: int = 0
) -> tuple[int, list[ToDo]]:
    """How many datasets the subject looks after, and those that gain the most by work.

    For those who may edit datasets of an organisation: NotAuthenticated, NotAllowed.
    """
    condition = _own(subject)
    total, records = await platform.store.read_slow(_worst, condition, limit, offset)
    projection = projection_of(platform)
    found = []
    for record in records:
        rating = await platform.store.read(_rating, projection, record)
        if isinstance(record.resource, Dataset):
            deeds = advise(record.resource, rating.measured)
            found.append(ToDo(record, rating.score.points, deeds))
    return total, sorted(found, key=lambda each: -each.gain)


def _worst(db: Connection, condition: Filter, limit: int, offset: int) -> tuple[int, list[Record]]:
    keys = [key for key, _ in scores.worst(db, condition, min(limit, MOST_LISTED), offset)]
    total = scores.total(db, condition).records
    return total, rows.by_keys(db, condition, keys) if keys else []


def _own(subject: Subject) -> Filter:
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Sign in to see what to do for your datasets.",
            "Bitte anmelden, um zu sehen, was bei Ihren Datensätzen zu tun ist.",
        )
    own = [each for each in subject.roles if may(subject, Action.WRITE_DRAFT, each)]
    if not own and subject.kind != "system":
        raise NotAllowed(
            "This list is for those who edit datasets.",
            "Diese Liste ist für die, die Datensätze bearbeiten.",
        )
    every = subject.kind == "system" or EVERY_ORGANISATION in own
    mine: Filter = Everything() if every else In("organisation", tuple(own))
    current = Not(Compare("status", "=", str(Status.ARCHIVED)))
    return all_of(read_condition(subject), mine, current)


def _public() -> Filter:
    return read_condition(ANONYMOUS)


def _inside(scope: Scope, name: str) -> Filter:
    return Compare("catalogue", "=", name) if scope == "catalogue" else Everything()


async def _kept(platform: Platform, key: tuple[str, ...], read: Any, *args: Any) -> Any:
    """What was read in this state of the catalogue; read again after any change."""
    sequence = await platform.store.read(events.last_sequence)
    at, kept = platform.caches.get(CACHE, (-1, {}))
    if at != sequence or len(kept) > MOST_LISTED:
        kept = {}
        platform.caches[CACHE] = (sequence, kept)
    if key not in kept:
        kept[key] = await platform.store.read_slow(read, *args)
    return kept[key]


def _nothing(name: str) -> NotFound:
    return NotFound(
        f"There is no quality score for “{name}”.", f"Für „{name}“ gibt es keine Bewertung."
    )
