# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The map of everything: layers from all collections, a table beside it, a place to search."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response

from allmende.core import geocode
from allmende.core.geocode import Place
from allmende.portal import map_rows, map_sheet, sensing_map
from allmende.portal.map_layers import Layer, overview
from allmende.portal.map_library import library
from allmende.portal.map_rows import BESIDE_A_MAP, Fact, row_path
from allmende.portal.map_state import SIZES, State, View, read
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page

SUGGESTED = 8
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {host}; "
    "font-src 'self'; connect-src 'self' {host}; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
CLOSE = 17.0  # zoom at which a house is seen


@dataclass(frozen=True, slots=True)
class Card:
    """A feature that was chosen, and what lies in the same place."""

    title: str
    layer: Layer
    facts: list[Fact]
    address: str
    close: str
    others: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found by its name."""

    place: Place
    address: str


async def map_page(page: Page) -> Response:
    """The map."""
    state = read(page.request.query_params)
    if page.request.query_params.get("measured") and not state.values:
        state = await sensing_map.begin(page, state)
    seen, state = await overview(page, state)
    offers = await sensing_map.offers(page, state)
    measured = await sensing_map.layers(page, state, offers)
    reading = sensing_map.chosen(page, state, measured)
    seen = replace(seen, document=sensing_map.document(seen.document, measured, reading))
    table = None
    if seen.table is not None and not state.printed:
        table = await map_rows.table(
            page, seen.table.collection, state, seen.table.form, "/map", most=BESIDE_A_MAP
        )
    answer = page.render(
        "map_print.html" if state.printed else "map.html",
        title=str(page.words("map.title")),
        crumbs=[] if state.printed else [Crumb(str(page.words("map.title")))],
        state=state,
        address=page.at("/map", state.pairs()),
        seen=seen,
        table=table,
        offers=offers,
        measured=measured,
        readings=sensing_map.tables(page, state, measured),
        reading=reading,
        sizes=SIZES,
        card=await _card(page, state, seen.layers),
        hits=await _hits(page, state),
        works=bool(library()),
        printed=page.words.moment(datetime.now(UTC)),
        sheet=await map_sheet.shown(page, seen.layers, state) if state.printed else [],
        back=page.at("/map", replace(state, printed=False).pairs()),
        forget=page.at("/map", replace(state, text="", at=None).pairs()),
        external=Said(page.site.portal.map_attribution, None),
    )
    if page.site.portal.map_tiles:
        answer.headers["content-security-policy"] = _policy(page.site.portal.map_tiles)
    return answer


async def addresses(page: Page) -> Response:
    """Places for the search field, as JSON."""
    text = page.request.query_params.get("q", "")
    found = await geocode.search(page.platform, page.subject, text, limit=SUGGESTED)
    return JSONResponse(
        [{"label": e.label, "place": _where(page, e), "lat": e.lat, "lon": e.lon} for e in found]
    )


def _where(page: Page, place: Place) -> str:
    """The town of a place; for another house than the one asked for, also that."""
    if not place.missing:
        return place.place
    said = page.words.plain("map.no-such-number", number=place.missing)
    return f"{place.place} – {said}" if place.place else said


def _policy(tiles: str) -> str:
    """The policy of pages, with the one foreign server whose pictures may be loaded."""
    parts = urlsplit(tiles)
    return POLICY.format(host=f"{parts.scheme}://{parts.netloc}")


async def _hits(page: Page, state: State) -> list[Hit] | None:
    """Places found for the text in the address; None when nothing was searched for."""
    if not state.text:
        return None
    found = await geocode.search(page.platform, page.subject, state.text, limit=SUGGESTED)
    return [Hit(each, _to(page, state, each)) for each in found]


def _to(page: Page, state: State, place: Place) -> str:
    view = View(place.lat, place.lon, CLOSE)
    there = replace(state, view=view, at=(place.lat, place.lon), bbox=None, page=1)
    return page.at("/map", there.pairs())


async def _card(page: Page, state: State, layers: list[Layer]) -> Card | None:
    """The first of the chosen features that can be seen, the others as links."""
    known = {each.collection.id: each for each in layers}
    found: Card | None = None
    for at, (layer_id, row_id) in enumerate(state.chosen):
        layer = known.get(layer_id)
        row = await map_rows.find(page, layer_id, row_id) if layer else None
        if layer is None or row is None:
            continue
        title = map_rows.name_of(row, layer.collection.entity, page)
        if found is None:
            found = Card(
                title,
                layer,
                map_rows.facts(row.values, row.flags, layer.collection.entity, page),
                page.at(row_path(layer_id, row_id)),
                page.at("/map", replace(state, chosen=()).pairs()),
                [],
            )
            continue
        chosen = (state.chosen[at], *(c for c in state.chosen if c != state.chosen[at]))
        address = page.at("/map", replace(state, chosen=chosen).pairs())
        found.others.append((f"{layer.title.text}: {title}", address))
    return found
