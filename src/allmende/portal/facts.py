# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The facts of a record beside its description: contact, time, place, origin, identifiers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from allmende.core.catalogue import Record
from allmende.model.catalogue import (
    Agent,
    Dataset,
    DatasetSeries,
    Kind,
    Location,
    Period,
    Resource,
    Statement,
)
from allmende.model.vocabulary import vocabulary
from allmende.portal.coverage import Box, bounding_box, sketch
from allmende.portal.markup import Said, said
from allmende.portal.names import tail
from allmende.portal.page import Page
from allmende.portal.present import agent_name, web

_SCHEME = re.compile(r"^(https?://(www\.)?|mailto:|tel:)", re.I)
INLINE = ("keyword", "theme", "language")
MAX_VALUES = 12  # of one fact


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a fact: text, its language when it is not the page's, its address."""

    text: str
    lang: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its values, each on its own line or all in one."""

    label: str
    values: list[Value]
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that belong together, under a heading `facts.{key}`."""

    key: str
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class SketchView:
    """A drawn bounding box with its sides as words."""

    x: float
    y: float
    width: float
    height: float
    point: bool
    west: str
    south: str
    east: str
    north: str


def groups(record: Record, page: Page, catalogue: str) -> list[Group]:
    """Every group that has something to say; `catalogue` is the title of the catalogue."""
    resource = record.resource
    made = {
        "contact": _contact(resource, page),
        "time": _time(resource, page),
        "coverage": _coverage(resource, page),
        "subject": _subject(resource, page),
        "origin": _origin(record, page, catalogue),
    }
    found = (Group(key, [fact for fact in facts if fact.values]) for key, facts in made.items())
    return [group for group in found if group.facts]


def drawn(resource: Resource, page: Page) -> SketchView | None:
    """The bounding box of the place as a small drawing; None without a geometry."""
    box = bounding_box(resource.spatial)
    if box is None:
        return None
    drawing = sketch(box)
    west, south, east, north = box
    return SketchView(
        drawing.x,
        drawing.y,
        drawing.width,
        drawing.height,
        drawing.point,
        _degrees(page, west, "we"),
        _degrees(page, south, "sn"),
        _degrees(page, east, "we"),
        _degrees(page, north, "sn"),
    )


def box_said(page: Page, box: Box, digits: int = 3) -> str:
    """A box in words: its sides in degrees with so many decimals, or the one point it is."""
    w, s, e, n = (
        _degrees(page, v, sign, digits) for v, sign in zip(box, ("we", "sn") * 2, strict=True)
    )
    return f"{s}, {w}" if (w, s) == (e, n) else str(page.words("coverage.box", w=w, s=s, e=e, n=n))


def _degrees(page: Page, value: float, signs: str, digits: int = 3) -> str:
    sign = page.words(f"coverage.{signs[0] if value < 0 else signs[1]}")
    return f"{page.words.exact(round(abs(value), digits))}°\N{NO-BREAK SPACE}{sign}"


def _fact(page: Page, key: str, values: Iterable[Value | str | None]) -> Fact:
    found = [Value(v) if isinstance(v, str) else v for v in values if v]
    shown_values = list(dict.fromkeys(found))[:MAX_VALUES]
    return Fact(str(page.words(f"fact.{key}")), shown_values, key in INLINE)


def _said(text: Said, address: str | None = None) -> Value | None:
    return Value(text.text, text.lang, address) if text else None


def _links(iris: Iterable[str]) -> list[Value]:
    return [Value(shown(iri), None, web(iri)) for iri in iris]


def shown(iri: str) -> str:
    """An address without the parts that tell a person nothing."""
    return _SCHEME.sub("", iri).rstrip("/")


def _agents(agents: Iterable[Agent], page: Page) -> list[Value | None]:
    return [
        _said(agent_name(agent, page.language), next(map(web, agent.homepage), None))
        for agent in agents
    ]


def _contact(resource: Resource, page: Page) -> list[Fact]:
    points: list[Kind] = resource.contact_point
    names: list[Value | None] = [
        _said(said(p.fn, page.language) or said(p.organization_name, page.language)) for p in points
    ]
    return [
        _fact(page, "contact", names),
        _fact(page, "email", [v for p in points for v in _links(p.email)]),
        _fact(page, "telephone", [v for p in points for v in _links(p.telephone)]),
        _fact(page, "website", [v for p in points for v in _links(p.url)]),
        _fact(page, "landing-page", _links(resource.landing_page)),
        _fact(page, "creator", _agents(resource.creator, page)),
    ]


def _time(resource: Resource, page: Page) -> list[Fact]:
    words = page.words
    periodicity = (
        resource.accrual_periodicity if isinstance(resource, Dataset | DatasetSeries) else None
    )
    dataset = resource if isinstance(resource, Dataset) else None
    return [
        _fact(page, "modified", [words.date(resource.modified) if resource.modified else None]),
        _fact(page, "issued", [words.date(resource.issued) if resource.issued else None]),
        _fact(page, "frequency", [_label(page, "frequency", periodicity)]),
        _fact(page, "temporal", [period(p, page) for p in resource.temporal]),
        _fact(
            page,
            "temporal-resolution",
            [words.duration(dataset.temporal_resolution or "") if dataset else None],
        ),
        _fact(page, "version", [(dataset.version or dataset.version_info) if dataset else None]),
    ]


def period(p: Period, page: Page) -> str:
    """A period in words; an open end is said."""
    words = page.words
    if p.start and p.end:
        start, end = words.day(p.start), words.day(p.end)
        return start if start == end else str(words("period.both", start=start, end=end))
    if p.start:
        return str(words("period.from", start=words.day(p.start)))
    return str(words("period.until", end=words.day(p.end))) if p.end else ""


def _coverage(resource: Resource, page: Page) -> list[Fact]:
    words = page.words
    box = bounding_box(resource.spatial)
    sides = None if box is None else box_said(page, box)
    resolution = resource.spatial_resolution if isinstance(resource, Dataset) else None
    return [
        _fact(page, "place", [_place(place, page) for place in resource.spatial]),
        _fact(page, "geocoding", [_said(said(resource.geocoding_description, page.language))]),
        _fact(page, "box", [sides]),
        _fact(
            page,
            "level",
            [
                _label(page, "political-geocoding-level", i)
                for i in resource.political_geocoding_level
            ],
        ),
        _fact(
            page,
            "spatial-resolution",
            [str(words("coverage.metres", n=words.number(resolution))) if resolution else None],
        ),
    ]


def _place(place: Location, page: Page) -> Value | None:
    label = said(place.label, page.language)
    if label:
        return _said(label, web(place.iri))
    address = web(place.iri)
    return Value(tail(address), None, address) if address else None


def _subject(resource: Resource, page: Page) -> list[Fact]:
    return [
        _fact(page, "theme", [_concept(page, "data-theme", "theme", i) for i in resource.theme]),
        _fact(
            page, "hvd", [_concept(page, "hvd-category", "hvd", i) for i in resource.hvd_category]
        ),
        _fact(page, "keyword", keywords(resource, page)),
        _fact(page, "language", [_label(page, "language", iri) for iri in resource.language]),
        _fact(page, "conforms-to", _statements(resource.conforms_to, page)),
    ]


def keywords(resource: Resource, page: Page) -> list[Value]:
    """The keywords, those in the language of the page when there are some."""
    tags = resource.keyword
    mine = next((tag for tag in (page.language, "und", *tags) if tags.get(tag)), "und")
    lang = None if mine in (page.language, "und") else mine
    return [
        Value(word, lang, page.at("/datasets", [("keyword", word)])) for word in tags.get(mine, [])
    ]


def _concept(page: Page, name: str, facet: str, iri: str) -> Value:
    label = vocabulary(name).label(iri, page.language)
    return Value(label, None, page.at("/datasets", [(facet, iri)]))


def _label(page: Page, name: str, iri: str | None) -> str | None:
    return vocabulary(name).label(iri, page.language) if iri else None


def _statements(statements: Iterable[Statement], page: Page) -> list[Value]:
    found = []
    for statement in statements:
        text = said(statement.title or statement.label, page.language)
        address = web(statement.iri)
        if text or address:
            found.append(Value(text.text or address or "", text.lang, address))
    return found


def provenance(resource: Resource, page: Page) -> list[Value]:
    """How the data came about, in whole sentences."""
    return _statements(resource.provenance, page) if isinstance(resource, Dataset) else []


def _origin(record: Record, page: Page, title: str) -> list[Fact]:
    resource = record.resource
    dataset = resource if isinstance(resource, Dataset) else None
    catalogue = (
        Value(title, None, page.at(f"/catalogues/{record.catalogue}")) if record.catalogue else None
    )
    harvested = record.origin not in ("editor", "demo", "")
    source = Value(record.origin, None, page.at(f"/harvests/{record.origin}"))
    own = page.site.base_url
    original = web(resource.iri) if resource.iri and not resource.iri.startswith(own) else None
    return [
        _fact(page, "catalogue", [catalogue]),
        _fact(page, "harvested", [source if harvested else None]),
        _fact(page, "original", [Value(original, None, original) if original else None]),
        _fact(page, "identifier", resource.identifier),
        _fact(page, "source", _links(dataset.source) if dataset else []),
        _fact(page, "page", _statements(resource.page, page)),
        _fact(page, "rights", _statements(resource.rights, page)),
        _fact(page, "legislation", _links(resource.applicable_legislation)),
        _fact(page, "taken-up", [page.words.moment(record.created)]),
    ]
