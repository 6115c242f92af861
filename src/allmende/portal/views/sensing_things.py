# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What measures in the city: a list to search in, and each thing with its datastreams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.datastructures import QueryParams
from starlette.responses import Response

from allmende.core import catalogue, people
from allmende.core.sensing import alerts, devices_seen, following, listing, retaining, rules
from allmende.core.sensing.listing import Choices, Listed, Valued, Wanted
from allmende.core.sensing.staleness import now
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.query import Box
from allmende.model.sensing.calendar import DAY
from allmende.portal import sensing_spark
from allmende.portal import sensing_words as words
from allmende.portal.map_rows import Pager
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page
from allmende.portal.sensing_places import District, Place, districts, place_of, small_map
from allmende.portal.sensing_spark import Spark
from allmende.portal.sensing_table import pager

ORIGINS = ("official", "citizen", "derived", "replay")
ORDERS = ("current", "name", "newest")
RECENT = DAY  # µs; things with a value since then stand first
SIZE = 25
MOST_PAGES = 4_000
MAX_TEXT = 100
MOST_ALERTS = 20  # of a thing
SHOWN = 5  # values of a thing in the list


@dataclass(frozen=True, slots=True)
class Form:
    """What the list is narrowed by, as it stands in the address."""

    text: str = ""
    observes: int | None = None
    organisation: str = ""
    origin: str = ""
    area: str = ""
    box: Box | None = None
    order: str = "current"
    page: int = 1

    @property
    def active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(
            self.text
            or self.observes is not None
            or self.organisation
            or self.origin
            or self.area
            or self.box
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The query of an address that says the same."""
        named = (
            ("q", self.text),
            ("property", "" if self.observes is None else str(self.observes)),
            ("organisation", self.organisation),
            ("origin", self.origin),
            ("area", self.area),
            ("bbox", ",".join(f"{n:g}" for n in self.box) if self.box else ""),
            ("sort", "" if self.order == "current" else self.order),
            ("page", str(self.page) if self.page > 1 else ""),
        )
        return [(name, value) for name, value in named if value]


@dataclass(frozen=True, slots=True)
class Line:
    """A datastream with its last value."""

    stream: Any
    address: str
    title: str
    latest: words.Latest | None
    readable: bool
    n: str
    spark: Spark | None = None
    observed: str = ""  # the name of the property, where it says more than the title


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in the list."""

    thing: Any
    address: str
    owner: Said
    place: Place | None
    lines: list[Line]
    more: int


def read(query: QueryParams) -> Form:
    """The form of an address; what cannot be read is passed over."""
    number, page = query.get("property", ""), query.get("page", "")
    order, origin = query.get("sort", ""), query.get("origin", "")
    return Form(
        " ".join(query.get("q", "").split())[:MAX_TEXT],
        int(number) if _whole(number) else None,
        query.get("organisation", "")[:100],
        origin if origin in ORIGINS else "",
        query.get("area", "")[:200],
        _box(query.get("bbox", "")),
        order if order in ORDERS else "current",
        max(1, min(int(page), MOST_PAGES)) if _whole(page) else 1,
    )


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _box(text: str) -> Box | None:
    try:
        west, south, east, north = (float(each) for each in text.split(","))
    except ValueError:
        return None
    fits = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if fits else None


async def things(page: Page) -> Response:
    """The list of things."""
    form = read(page.request.query_params)
    areas = await districts(page)
    begun = await following.position(page.platform, page.subject)
    area = next((each for each in areas if each.id == form.area), None)
    found = await _find(page, form, area)
    last = max(1, ceil(found.total / SIZE))
    if form.page > last:
        form = replace(form, page=last)
        found = await _find(page, form, area)
    names = await owners(page)
    at = now()
    return page.render(
        "sensing_things.html",
        title=str(page.words("sense.title")),
        crumbs=[Crumb(str(page.words("sense.title")))],
        form=form,
        found=found,
        items=[_item(page, each, names, form, at) for each in found.things],
        choices=_choices(page, await listing.choices(page.platform, page.subject), names),
        areas=areas,
        orders=ORDERS,
        rules=rules.may_see(page.subject),
        pager=_pager(page, form, last),
        first=(form.page - 1) * SIZE + 1,
        live=live_address([("thing", str(each.thing.id)) for each in found.things], begun),
        read_at=words.moment(page, at),
    )


async def _find(page: Page, form: Form, area: District | None) -> listing.Page:
    wanted = Wanted(
        text=form.text,
        property=form.observes,
        organisation=form.organisation,
        origin=form.origin,
        box=form.box,
        order=form.order,
        recent=now() - RECENT,
    )
    return await listing.things(
        page.platform,
        page.subject,
        wanted,
        limit=SIZE,
        offset=(form.page - 1) * SIZE,
        area=area.shape if area else None,
    )


def live_address(pairs: list[tuple[str, str]], begun: int) -> str:
    """Where the events of things or datastreams come from; "" when there are none.

    `begun` is the event that was the newest before the values of the page were read.
    """
    if not pairs:
        return ""
    return f"/events?{pairs[0][0]}={','.join(value for _, value in pairs)}&after={begun}"


async def owners(page: Page) -> dict[str, Said]:
    """The names of organisations by id."""
    found = await people.organisations(page.platform, page.subject)
    return {each.id: page.said(each.name) for each in found}


def owner_of(names: dict[str, Said], ident: str) -> Said:
    """The name of an organisation, else its id."""
    return names.get(ident) or Said(ident, None)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the list can be narrowed by: values with their texts and numbers."""

    properties: list[tuple[int, str, int]]
    organisations: list[tuple[str, Said, int]]
    origins: list[tuple[str, int]]


def _choices(page: Page, found: Choices, names: dict[str, Said]) -> Shown:
    listed = [(ident, owner_of(names, ident), n) for ident, n in found.organisations.items()]
    return Shown(
        [
            (ident, words.property_name(page, name, definition), n)
            for ident, name, definition, n, _ in found.properties
        ],
        sorted(listed, key=lambda each: each[1].text.casefold()),
        [(origin, found.origins[origin]) for origin in ORIGINS if origin in found.origins],
    )


def _item(page: Page, each: Listed, names: dict[str, Said], form: Form, at: int) -> Item:
    streams = sorted(each.streams, key=lambda s: s.property != form.observes)
    lines = [_line(page, each, stream, at) for stream in streams[:SHOWN]]
    return Item(
        each.thing,
        page.at(f"/things/{each.thing.id}"),
        owner_of(names, each.thing.organisation),
        place_of(page, each.places[0]) if each.places else None,
        lines,
        max(len(streams) - SHOWN, 0),
    )


def _line(page: Page, each: Listed, stream: Any, at: int, spark: Spark | None = None) -> Line:
    state = each.states.get(stream.id)
    return Line(
        stream,
        page.at(f"/datastreams/{stream.id}"),
        words.title(page, stream),
        words.latest(page, stream, state.observation if state else None, at),
        bool(stream.readable),
        page.words.number(state.n) if state else "",
        spark,
        _observed(page, stream),
    )


def _observed(page: Page, stream: Any) -> str:
    name = stream.property_name or ""
    derived = (stream.property_definition or "").startswith("urn:allmende:property:rule:")
    if derived or name == stream.name:
        return ""
    return words.property_name(page, name, stream.property_definition or "")


def _pager(page: Page, form: Form, last: int) -> Pager:
    def address(number: int) -> str:
        return page.at("/things", replace(form, page=number).pairs())

    return pager(form.page, last, address)


async def thing(page: Page) -> Response:
    """One thing: what it is, where, what it measures."""
    ident = page.request.path_params["id"]
    begun = await following.position(page.platform, page.subject)
    found = await listing.thing(page.platform, page.subject, ident)
    at = now()
    valued = [Valued(s, found.thing, found.states.get(s.id), None) for s in found.streams]
    sparks = await sensing_spark.of(page, valued)
    names = await owners(page)
    return page.render(
        "sensing_thing.html",
        title=found.thing.name,
        crumbs=[
            Crumb(str(page.words("sense.title")), page.at("/things")),
            Crumb(found.thing.name),
        ],
        it=found,
        owner=owner_of(names, found.thing.organisation),
        places=[place_of(page, each) for each in found.places],
        lines=[_line(page, found, each, at, sparks.get(each.id)) for each in found.streams],
        licences=licences(found.streams),
        parties=sorted({each.party_name for each in found.streams if each.party_name}),
        facts=_facts(page, found.thing.properties),
        map=await small_map(page, found),
        dataset=await _dataset(page, found.thing.properties),
        api=f"/sensorthings/v1.1/Things({ident})",
        compare=_compare(page, found),
        live=live_address([("thing", str(ident))], begun) if found.states else "",
        read_at=words.moment(page, at),
        retention=await retention(page, found.streams),
        devices=await _devices(page, ident),
        rules=await rules_of(page, found.streams),
        alerts=await _alerts(page, ident),
    )


async def _devices(page: Page, ident: int) -> list[tuple[str, str, str]]:
    """Address, name and status of the devices behind a thing, for those who look after them."""
    found = await devices_seen.of_thing(page.platform, page.subject, ident)
    return [
        (page.at(f"/devices/{each.eui}"), f"{each.name or each.eui} ({each.eui})", each.status)
        for each in found
    ]


async def rules_of(page: Page, streams: list[Any]) -> list[tuple[str, Said]]:
    """Address and title of the rules that write datastreams, for those who may see them."""
    if not rules.may_see(page.subject):
        return []
    named = {str(properties(each.properties).get("rule") or "") for each in streams} - {""}
    found = await rules.listing(page.platform, page.subject) if named else []
    return [
        (page.at(f"/rules/{each.id}"), page.said(each.title) or Said(each.id, None))
        for each in found
        if each.id in named
    ]


async def _alerts(page: Page, ident: int) -> list[tuple[Any, Said]]:
    """The alerts about a thing, those that last first; none for who may not see them."""
    found = await alerts.listing(page.platform, page.subject)
    return [(each, page.said(each.message)) for each in found if each.thing == ident][:MOST_ALERTS]


def _compare(page: Page, found: Listed) -> str:
    """A link to all numbers of a thing in one chart; "" when there is only one."""
    idents = [each.id for each in found.streams if each.id in found.states and not each.multi][:6]
    pairs = [("stream", str(ident)) for ident in idents]
    return page.at("/compare", pairs) if len(idents) > 1 else ""


def licences(streams: list[Any]) -> list[tuple[str, str]]:
    """Names and addresses of the licences of datastreams, each once."""
    found = {
        (each.licence_name, words.web(each.licence_definition)): None
        for each in streams
        if each.licence_name
    }
    return list(found)


MOST_FACTS = 30
MAX_FACT = 300


def _facts(page: Page, text: str | None) -> list[tuple[str, str, str]]:
    """Properties of a thing that are short: name, value, address if it is one."""
    found = properties(text)
    shown = []
    for name, value in list(found.items())[:MOST_FACTS]:
        if isinstance(value, str | int | float | bool) and len(str(value)) <= MAX_FACT:
            said = words.result(page, value)
            shown.append((name[:80], said, words.web(value) if isinstance(value, str) else ""))
    return shown


def properties(text: str | None) -> dict[str, Any]:
    """The properties of an entity, empty when there are none."""
    try:
        found = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


async def _dataset(page: Page, text: str | None) -> tuple[str, Said] | None:
    """The dataset that a thing's property `dataset` names, when the subject may see it."""
    ident = properties(text).get("dataset")
    if not isinstance(ident, str) or not 0 < len(ident) <= 200:
        return None
    try:
        kind = ResourceKind.DATASET
        found = await catalogue.get(page.platform, page.subject, kind, ident)
    except NotFound:
        return None
    address = page.at(f"/datasets/{quote(ident, safe='')}")
    return address, page.said(found.resource.title) or Said(ident, None)


async def retention(page: Page, streams: list[Any]) -> list[Said]:
    """Sentences on how long values are kept, each once."""
    idents = [each.id for each in streams if each.readable]
    found = await retaining.of_streams(page.platform, page.subject, idents)
    return list(dict.fromkeys(page.said(each.sentence) for each in found.values()))
