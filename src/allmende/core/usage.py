# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often datasets were used, for everybody who may see them; small numbers are not told.

A number from 1 to 4 is told as *fewer than 5* (None here), so that nobody's single visit to a
rarely read dataset shows. What is counted and what not is said in `usage_counting`.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct, field

from allmende.core import catalogue, usage_counting
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.core.usage_counting import EPOCH, KEPT_DAYS, KINDS
from allmende.errors import InvalidInput
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Filter, all_of
from allmende.policy import Action, Subject, may, read_condition
from allmende.store import catalogue as rows
from allmende.store import usage
from allmende.store.records import Record

FEWEST = 5
LONGEST_DAYS = KEPT_DAYS
MOST_LISTED = 1_000
MONTHS = 12

Number = int | None
"""How often; None when it was fewer than five times but at least once."""


class Uses(Struct, frozen=True):
    """Numbers by kind of use: views of pages, downloads of files, calls by programs."""

    view: Number = 0
    download: Number = 0
    api: Number = 0


class DatasetUses(Struct, frozen=True):
    """How often one dataset was used."""

    record: Record
    uses: Uses


class Statistics(Struct, frozen=True):
    """How often datasets were used from a day to another (ISO dates, both inclusive).

    `datasets` has the most used first; `months` all visible ones together, `YYYY-MM`.
    """

    start: str
    end: str
    datasets: list[DatasetUses]
    total: Uses
    months: list[tuple[str, Uses]] = field(default_factory=list)


def told(number: int) -> Number:
    """A number as it may be told."""
    return number if number == 0 or number >= FEWEST else None


def _uses(sums: dict[str, int]) -> Uses:
    return Uses(**{kind: told(sums.get(kind, 0)) for kind in KINDS})


async def statistics(platform: Platform, subject: Subject, days: int = 30) -> Statistics:
    """The uses of the datasets the subject may see in the last days, today included.

    At most 1,000 datasets, the most used ones. InvalidInput for days outside 1 to 1,100.
    """
    since, until = _period(platform, days)
    condition = _visible(subject)
    found = await platform.store.read_slow(usage.most_used, condition, since, until)
    sums: dict[int, dict[str, int]] = {}
    total: dict[str, int] = {}
    for each in found:
        sums.setdefault(each.record, {})[each.kind] = each.number
        total[each.kind] = total.get(each.kind, 0) + each.number
    order = sorted(sums, key=lambda key: (-sum(sums[key].values()), key))[:MOST_LISTED]
    records = {each.key: each for each in await platform.store.read(rows.by_keys, condition, order)}
    return Statistics(
        start=_date(since),
        end=_date(until - 1),
        datasets=[DatasetUses(records[key], _uses(sums[key])) for key in order if key in records],
        total=_uses(total),
        months=await _months(platform, condition, until),
    )


async def _months(platform: Platform, condition: Filter, until: int) -> list[tuple[str, Uses]]:
    """The sums of the last twelve months, the newest last."""
    first = EPOCH + timedelta(days=until - 1)
    for _ in range(MONTHS - 1):
        first = first.replace(day=1) - timedelta(days=1)
    since = (first.replace(day=1) - EPOCH).days
    found = await platform.store.read_slow(usage.by_day, condition, since, until)
    months: dict[str, dict[str, int]] = {_date(day)[:7]: {} for day in range(since, until)}
    for day, kind, number in found:
        sums = months[_date(day)[:7]]
        sums[kind] = sums.get(kind, 0) + number
    return [(month, _uses(sums)) for month, sums in months.items()]


async def of_dataset(platform: Platform, subject: Subject, ident: str, days: int = 30) -> Uses:
    """The sums of one dataset in the last days. NotFound when the subject may not see it."""
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, ident)
    return await of_record(platform, record, days)


async def of_record(platform: Platform, record: Record, days: int = 30) -> Uses:
    """The same of a record that was read for the subject already."""
    since, until = _period(platform, days)
    sums: dict[str, int] = {}
    for _, kind, number in await platform.store.read(usage.of_record, record.key, since, until):
        sums[kind] = sums.get(kind, 0) + number
    return _uses(sums)


async def days_of(
    platform: Platform, subject: Subject, ident: str, days: int = 90
) -> list[tuple[str, Uses]]:
    """The numbers of each day (ISO date), the newest first; for those who look after the dataset.

    Raises NotFound, NotAllowed.
    """
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, ident)
    if not may(subject, Action.WRITE_DRAFT, record.organisation):
        raise refused(subject)
    since, until = _period(platform, days)
    found: dict[int, dict[str, int]] = {}
    for day, kind, number in await platform.store.read(usage.of_record, record.key, since, until):
        found.setdefault(day, {})[kind] = number
    return [(_date(day), _uses(found[day])) for day in sorted(found, reverse=True)]


def _visible(subject: Subject) -> Filter:
    return all_of(read_condition(subject), Compare("kind", "=", ResourceKind.DATASET))


def _period(platform: Platform, days: int) -> tuple[int, int]:
    """The first day and the day behind the last one."""
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(
            f"days has to be a number from 1 to {LONGEST_DAYS}.",
            f"days muss eine Zahl von 1 bis {LONGEST_DAYS} sein.",
        )
    until = usage_counting.today(platform) + 1
    return until - days, until


def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()
