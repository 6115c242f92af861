# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One change of many records: what it would change in each, then carried out one by one.

plans = await preview(platform, subject, [(ResourceKind.DATASET, "trees")], wish)
results = await carry_out(platform, subject, picks, wish, "New licence of the city")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.core.publishers import Publisher
from allmende.errors import AllmendeError, InvalidInput, LimitExceeded, NotFound
from allmende.model.catalogue import Agent, Dataset, Iri, Kind, Resource, ResourceKind
from allmende.policy import Subject
from allmende.store.records import Entry, Outcome, Record, entry_of

MOST = 500  # records of one change
AT_ONCE = 25  # written in one transaction
MOST_KEYWORDS = 50

Became = Literal["changed", "unchanged", "refused"]


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be changed; what is empty stays as it is. Keywords are in `language`."""

    licence: Iri = ""
    publisher: Agent | None = None
    contact: Kind | None = None
    add_theme: Iri = ""
    drop_theme: Iri = ""
    add_keywords: list[str] = field(default_factory=list)
    drop_keywords: list[str] = field(default_factory=list)
    language: str = "de"

    @property
    def empty(self) -> bool:
        """Whether nothing is wanted."""
        return self == Wish(language=self.language)


class Change(Struct, frozen=True):
    """A field before and after."""

    field: str
    before: Any
    after: Any


class Plan(Struct, frozen=True):
    """What a wish would change in a record; nothing when it has all of it already."""

    record: Record
    changes: list[Change]


class Pick(Struct, frozen=True):
    """A record that is to be changed, in the revision it was looked at."""

    kind: ResourceKind
    id: str
    revision: int


class Result(Struct, frozen=True):
    """What became of one record; `error` says why it was refused."""

    pick: Pick
    title: dict[str, str]
    became: Became
    error: dict[str, str]


def asked(wish: Wish, records: int) -> None:
    """InvalidInput when nothing is wanted or picked, LimitExceeded for too much."""
    if not records:
        raise InvalidInput("Choose some records first.", "Bitte wählen Sie zuerst Einträge aus.")
    if records > MOST:
        raise LimitExceeded(
            f"At most {MOST} records are changed at once.",
            f"Höchstens {MOST} Einträge werden auf einmal geändert.",
        )
    if wish.empty:
        raise InvalidInput("Say what is to be changed.", "Bitte sagen Sie, was geändert wird.")
    if max(len(wish.add_keywords), len(wish.drop_keywords)) > MOST_KEYWORDS:
        raise LimitExceeded(
            f"At most {MOST_KEYWORDS} keywords are added or removed at once.",
            f"Höchstens {MOST_KEYWORDS} Schlagwörter werden auf einmal hinzugefügt oder entfernt.",
        )


def of_publisher(publisher: Publisher) -> tuple[Agent, Kind | None]:
    """Publisher and contact as an organisation stands in records."""
    contact = publisher.contact
    reachable = contact.email or contact.url or contact.telephone
    return publisher.agent, contact if reachable else None


async def preview(
    platform: Platform, subject: Subject, named: Sequence[tuple[ResourceKind, str]], wish: Wish
) -> list[Plan]:
    """What would change in each record that the subject sees; the others are left out."""
    asked(wish, len(named))
    found = []
    for kind, ident in named:
        try:
            record = await catalogue.get(platform, subject, kind, ident)
        except NotFound:
            continue
        found.append(Plan(record, _changes(record.resource, changed(record.resource, wish))))
    return found


async def carry_out(
    platform: Platform, subject: Subject, picks: Sequence[Pick], wish: Wish, reason: str
) -> list[Result]:
    """Changes the records; one that may not or can no longer be changed fails alone."""
    asked(wish, len(picks))
    found: list[Result] = []
    for start in range(0, len(picks), AT_ONCE):
        found += await _some(platform, subject, picks[start : start + AT_ONCE], wish, reason)
    return found


async def _some(
    platform: Platform, subject: Subject, picks: Sequence[Pick], wish: Wish, reason: str
) -> list[Result]:
    entries: list[tuple[Pick, Entry]] = []
    found: list[Result] = []
    for pick in picks:
        try:
            record = await catalogue.get(platform, subject, pick.kind, pick.id)
        except NotFound as error:
            found.append(Result(pick, {}, "refused", error.text))
            continue
        entry = entry_of(record)
        entry.resource = changed(record.resource, wish)
        entry.reason, entry.expected_revision = reason, pick.revision
        entries.append((pick, entry))
    outcomes = await catalogue.put_many(platform, subject, [entry for _, entry in entries])
    for (pick, entry), outcome in zip(entries, outcomes, strict=True):
        found.append(_result(pick, entry, outcome))
    return found


def _result(pick: Pick, entry: Entry, outcome: Outcome | AllmendeError) -> Result:
    title = dict(entry.resource.title)
    if isinstance(outcome, AllmendeError):
        return Result(pick, title, "refused", outcome.text)
    became: Became = "unchanged" if outcome.change == "unchanged" else "changed"
    return Result(pick, title, became, {})


# --- pure -----------------------------------------------------------------------------------


def changed(resource: Resource, wish: Wish) -> Resource:
    """The resource with what is wished; the same one when it has that already."""
    changes: dict[str, Any] = {}
    if wish.publisher is not None:
        changes["publisher"] = wish.publisher
    if wish.contact is not None:
        changes["contact_point"] = [wish.contact]
    if wish.add_theme or wish.drop_theme:
        themes = [each for each in resource.theme if each != wish.drop_theme]
        changes["theme"] = list(dict.fromkeys([*themes, *filter(None, [wish.add_theme])]))
    if wish.add_keywords or wish.drop_keywords:
        changes["keyword"] = _keywords(resource.keyword, wish)
    if wish.licence:
        changes |= _licensed(resource, wish.licence)
    real = {name: value for name, value in changes.items() if getattr(resource, name) != value}
    return replace(resource, **real) if real else resource


def _keywords(known: dict[str, list[str]], wish: Wish) -> dict[str, list[str]]:
    """Keywords to be removed go in every language, however they are written."""
    gone = {word.casefold() for word in wish.drop_keywords}
    kept = {
        tag: [word for word in words if word.casefold() not in gone] for tag, words in known.items()
    }
    there = {word.casefold() for word in kept.get(wish.language, [])}
    new = [word for word in wish.add_keywords if word.casefold() not in there]
    if new:
        kept[wish.language] = [*kept.get(wish.language, []), *dict.fromkeys(new)]
    return {tag: words for tag, words in kept.items() if words}


def _licensed(resource: Resource, licence: Iri) -> dict[str, Any]:
    """The licence of a dataset stands at each of its distributions."""
    if not isinstance(resource, Dataset):
        return {"license": licence}
    files = [replace(each, license=licence) for each in resource.distribution]
    changes: dict[str, Any] = {"distribution": files}
    if resource.license is not None:
        changes["license"] = licence
    return changes


def _changes(before: Resource, after: Resource) -> list[Change]:
    found = []
    for name in before.__struct_fields__:
        was, now = getattr(before, name), getattr(after, name)
        if was == now:
            continue
        if name == "distribution":
            name, was, now = "license", _licences(was), _licences(now)
        found.append(Change(name, was, now))
    return found


def _licences(files: Sequence[Any]) -> list[Iri]:
    return list(dict.fromkeys(each.license for each in files if each.license))
