# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections for people: what there is, one with its rows, one row, how good they are."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection, Quality, Quarantined
from allmende.errors import NotAllowed, NotAuthenticated
from allmende.model.check_rows import Finding
from allmende.policy import Action, Role
from allmende.portal import map_examples, map_rows
from allmende.portal.map_layers import Layer, layer_of, small, title_of
from allmende.portal.map_rows import Fact, row_path
from allmende.portal.map_state import SIZES, State, read
from allmende.portal.map_values import Shown, label, show, unit
from allmende.portal.markup import Said, plain
from allmende.portal.names import licence_name
from allmende.portal.page import Crumb, Page
from allmende.portal.views.collection_doors import doors, person_may, row_at

MAX_STATES = 100  # of one row
MAX_BATCHES = 20
MAX_QUARANTINED = 100
CACHE = "quality"
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Item:
    """A collection in the list."""

    title: Said
    address: str
    excerpt: Said
    count: int
    changed: str
    licence: str
    on_map: str
    access: str
    status: str


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the model."""

    name: str
    label: Shown
    type: str
    unit: str
    description: Said
    required: bool
    key: bool
    range: str
    codes: list[tuple[str, Shown]]
    filled: int | None
    visibility: str


@dataclass(frozen=True, slots=True)
class StateView:
    """One state of a row."""

    number: int
    since: str
    until: str
    actor: str
    source: str
    reason: str
    deleted: bool
    facts: list[Fact]
    moved: bool


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag of a field with its number and links to rows that have it."""

    field: Shown
    text: str
    count: int
    share: float
    examples: list[tuple[str, str]]


async def listing(page: Page) -> Response:
    """All collections the subject may read."""
    found = await collections.listing(page.platform, page.subject)
    items = sorted((_item(each, page) for each in found), key=lambda i: i.title.text.casefold())
    return page.render(
        "collections.html",
        title=str(page.words("collections.title")),
        crumbs=[Crumb(str(page.words("collections.title")))],
        items=items,
    )


def _item(each: Collection, page: Page) -> Item:
    description = page.said(each.description)
    return Item(
        title_of(each, page),
        page.at(_path(each.id)),
        Said(plain(description.text, 220), description.lang),
        each.count,
        page.words.moment(each.changed),
        licence_name(each.licence, page.language) if each.licence else "",
        page.at("/map", [("layer", each.id)]) if each.entity.geometry else "",
        each.data_access.value,
        each.status.value,
    )


def _path(ident: str, rest: str = "") -> str:
    return f"/collections/{quote(ident)}{rest}"


def _crumbs(page: Page, collection: Collection, *more: Crumb) -> list[Crumb]:
    title = title_of(collection, page).text
    here = Crumb(title, page.at(_path(collection.id)) if more else None)
    return [Crumb(str(page.words("collections.title")), page.at("/collections")), here, *more]


async def one(page: Page) -> Response:
    """A collection: map, table, fields, ways to get it, how good it is, its past."""
    ident = page.request.path_params["id"]
    collection = await collections.get(page.platform, page.subject, ident)
    state = read(page.request.query_params)
    layer = layer_of(collection, state, page)
    as_of, day = _as_of(page)
    table = await map_rows.table(page, collection, state, layer.form, _path(ident), as_of=as_of)
    quality = await _quality(page, collection)
    return page.render(
        "collection.html",
        title=layer.title.text,
        crumbs=_crumbs(page, collection),
        collection=collection,
        layer=layer,
        description=page.said(collection.description),
        state=state,
        table=_dated(table, day),
        sizes=SIZES,
        day=day,
        first_day=_first_day(collection),
        fields=_fields(page, collection, quality.filled),
        downloads=map_examples.downloads(collection, layer.form),
        examples=map_examples.examples(page, collection),
        quality=quality,
        batches=await collections.batches(page.platform, page.subject, ident, MAX_BATCHES),
        map=await small(page, collection),
        on_map=page.at("/map", _map_pairs(layer, state)),
        api=f"/ogc/collections/{ident}",
        model=page.at(f"/models/{quote(collection.model)}"),
        licence=licence_name(collection.licence, page.language) if collection.licence else "",
        quality_page=page.at(_path(ident, "/quality")),
        extent=collection.extent,
        period=_period(page, collection),
        doors=doors(page, collection),
    )


async def _quality(page: Page, collection: Collection) -> Quality:
    """The quality of a collection, counted once for each state of it."""
    kept: dict[Any, Quality] = page.platform.caches.setdefault(CACHE, {})
    key = (collection.number, collection.batch, collection.levels)
    if key not in kept:
        found = await collections.quality(page.platform, page.subject, collection.id)
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = found
    return kept[key]


def _map_pairs(layer: Layer, state: State) -> list[tuple[str, str]]:
    ident = layer.collection.id
    return replace(state, layers=(ident,), given=True, page=1, sort="", table="").pairs()


def _period(page: Page, collection: Collection) -> str:
    found = collection.period
    if found is None or not (found.start or found.end):
        return ""
    ends = [page.words.day(each) for each in (found.start, found.end) if each]
    return " – ".join(dict.fromkeys(ends))


def _as_of(page: Page) -> tuple[int | None, str]:
    """The end of the day that `day` names (µs UTC) and the day; nothing when it is none."""
    given = page.request.query_params.get("day", "")
    try:
        day = date.fromisoformat(given)
        after = datetime.combine(day, time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None, ""
    return int(after.timestamp() * 1e6) - 1, day.isoformat()


def _first_day(collection: Collection) -> str:
    """The day (UTC) the collection was made; before it there was nothing."""
    return datetime.fromtimestamp(collection.created / 1e6, UTC).date().isoformat()


def _dated(table: map_rows.Table, day: str) -> map_rows.Table:
    """The table with the day in every address that stays on the page."""
    if not day:
        return table

    def dated(address: str | None) -> str | None:
        return f"{address}{'&' if '?' in address else '?'}day={day}" if address else address

    pager = table.pager
    numbers = [(number, dated(address) or "") for number, address in pager.numbers]
    columns = [replace(each, address=dated(each.address) or "") for each in table.columns]
    pager = replace(pager, numbers=numbers, previous=dated(pager.previous), next=dated(pager.next))
    return replace(table, pager=pager, columns=columns)


def _fields(page: Page, collection: Collection, filled: dict[str, int]) -> list[FieldRow]:
    entity = collection.entity
    return [
        FieldRow(
            each.name,
            label(each, page),
            str(page.words(f"type.{each.type.value}")),
            unit(each),
            page.said(each.description),
            each.required,
            each.name in entity.key,
            _range(each.minimum, each.maximum, page),
            [(str(code.code), show(each, code.code, page)) for code in each.codes],
            filled.get(each.name),
            each.shown_to.value,
        )
        for each in entity.fields
    ]


def _range(low: object, high: object, page: Page) -> str:
    def said(value: object) -> str:
        return page.words.exact(value) if isinstance(value, float) else str(value)

    if low is None and high is None:
        return ""
    if high is None:
        return f"≥ {said(low)}"
    return f"≤ {said(high)}" if low is None else f"{said(low)} – {said(high)}"


async def row(page: Page) -> Response:
    """One row with its past."""
    ident, row_id = page.request.path_params["id"], page.request.path_params["row"]
    collection = await collections.get(page.platform, page.subject, ident)
    found = await collections.row(page.platform, page.subject, ident, row_id)
    states = await collections.history(page.platform, page.subject, ident, row_id)
    name = map_rows.name_of(found, collection.entity, page)
    return page.render(
        "row.html",
        title=name,
        crumbs=_crumbs(page, collection, Crumb(name)),
        collection=collection,
        of=title_of(collection, page),
        row=found,
        facts=map_rows.facts(found.values, found.flags, collection.entity, page),
        states=[
            _state(page, collection, each, states[at + 1] if at + 1 < len(states) else None)
            for at, each in enumerate(states[:MAX_STATES])
        ],
        map=await small(page, collection, [found]) if found.geometry is not None else "",
        api=f"/ogc/collections/{ident}/items/{quote(row_id, safe='')}",
        extra=found.extra,
        since=page.words.moment(found.since),
        back=page.at(_path(ident)),
        doors=_row_doors(page, collection, row_id),
    )


def _row_doors(page: Page, collection: Collection, row: str) -> list[tuple[str, str]]:
    """Where this person may change the row; none for all others."""
    if not person_may(page.subject, Action.WRITE_ROWS, collection.organisation):
        return []
    ways = (("edit", "care.edit"), ("remove", "care.remove"))
    return [(str(page.words(key)), page.at(row_at(collection.id, what, row))) for what, key in ways]


def _state(
    page: Page,
    collection: Collection,
    each: collections.RowRevision,
    before: collections.RowRevision | None,
) -> StateView:
    older = before.values if before else None
    facts = map_rows.facts(each.values, [], collection.entity, page, older)
    return StateView(
        each.number,
        page.words.moment(each.since),
        page.words.moment(each.until) if each.until else "",
        page.said(each.who).text,
        each.source,
        each.reason,
        each.deleted,
        [fact for fact in facts if fact.changed] if before else facts,
        before is not None and before.geometry != each.geometry,
    )


async def quality(page: Page) -> Response:
    """What is doubtful in a collection, and for its keepers what was refused."""
    ident = page.request.path_params["id"]
    collection = await collections.get(page.platform, page.subject, ident)
    found = await _quality(page, collection)
    return page.render(
        "quality.html",
        title=str(page.words("quality.title")),
        crumbs=_crumbs(page, collection, Crumb(str(page.words("quality.title")))),
        collection=collection,
        of=title_of(collection, page),
        quality=found,
        flags=[await _flag(page, collection, each, found.rows) for each in found.flags],
        fields=_fields(page, collection, found.filled),
        batches=await collections.batches(page.platform, page.subject, ident, MAX_BATCHES),
        waiting=await _waiting(page, ident),
        inside=page.subject.has(collection.organisation, *Role),
        said=_said,
        back=page.at(_path(ident)),
        quarantine=page.at(_path(ident, "/quarantine"))
        if person_may(page.subject, Action.WRITE, collection.organisation)
        else "",
    )


async def _flag(
    page: Page, collection: Collection, each: collections.FlagCount, rows: int
) -> FlagView:
    named = {row_id: row_id for row_id in each.examples}
    if each.code == "outside-city":
        named |= await map_rows.with_places(page, collection, each.examples)
    field = collection.entity.find(each.field)
    return FlagView(
        label(field, page) if field else Shown(each.field),
        map_rows.flag_text(page, f"{each.field}:{each.code}"),
        each.count,
        each.count / rows if rows else 0.0,
        [(text, page.at(row_path(collection.id, row_id))) for row_id, text in named.items()],
    )


def _said(finding: Finding, page: Page) -> str:
    return page.said(finding.text).text or finding.code


async def _waiting(page: Page, ident: str) -> list[Quarantined] | None:
    """Refused rows; None for those who may not see them."""
    try:
        return await collections.quarantined(
            page.platform, page.subject, ident, limit=MAX_QUARANTINED
        )
    except (NotAllowed, NotAuthenticated):
        return None


__all__ = ["listing", "one", "quality", "row"]
