# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the map shows, as it stands in the address: every view is a link.

`layer` once per layer, the uppermost first; `add` one more on top; `o.trees=60` opacity;
`f.trees.height.from=3` a filter; `table` the layer whose rows are listed; `sort`, `page`;
`values=3` an observed property whose latest values are shown;
`lat`, `lon`, `z` the view; `bbox` what of the table is in view; `feature=trees/7` what is
chosen; `at` a place found.
Whatever cannot be read is passed over: an address from a letter should show something.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

from starlette.datastructures import QueryParams

from allmende.model.document import IDENT
from allmende.model.query import Box
from allmende.portal.addresses import Pairs

MAX_LAYERS = 20
MAX_FILTERS = 60
MAX_CHOSEN = 10
MAX_VALUES = 5
MAX_TEXT = 200
SIZES = (10, 25, 50, 100)

_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,12})?\Z")
_WHOLE = re.compile(r"[0-9]{1,9}\Z")
_FEATURE = re.compile(r"([a-z0-9-]{1,63})/(.{1,200})\Z", re.S)


@dataclass(frozen=True, slots=True)
class View:
    """The middle of the map in degrees and its zoom."""

    lat: float
    lon: float
    zoom: float


@dataclass(frozen=True, slots=True)
class State:
    """Everything the address says."""

    layers: tuple[str, ...] = ()  # uppermost first
    opacity: tuple[tuple[str, int], ...] = ()  # layer, percent
    filters: tuple[tuple[str, str], ...] = ()  # name after "f." and value
    table: str = ""
    sort: str = ""
    page: int = 1
    size: int = 25
    view: View | None = None
    bbox: Box | None = None
    chosen: tuple[tuple[str, str], ...] = ()  # layer and row
    at: tuple[float, float] | None = None  # lat, lon of a place that was searched for
    text: str = ""  # the place that is searched for
    base: bool = True
    group: str = "theme"
    whole: bool = False  # the table also shows what is not in view
    printed: bool = False
    values: tuple[int, ...] = ()  # observed properties whose latest values are shown
    given: bool = False  # the address names layers or says that there are none

    def opacity_of(self, layer: str) -> int:
        """The opacity of a layer in percent."""
        return dict(self.opacity).get(layer, 100)

    def filters_of(self, layer: str) -> list[tuple[str, str]]:
        """The filters of one layer, without its name."""
        begin = f"{layer}."
        return [(name[len(begin) :], v) for name, v in self.filters if name.startswith(begin)]

    def pairs(self) -> list[tuple[str, str]]:
        """The address's query, shortest form, always in the same order."""
        return list(self._pairs())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from (("layer", each) for each in self.layers)
        if self.given and not self.layers:
            yield "layer", ""
        yield from ((f"o.{name}", str(n)) for name, n in self.opacity if n != 100)
        yield from ((f"f.{name}", value) for name, value in self.filters)
        yield from (("values", str(each)) for each in self.values)
        if self.table:
            yield "table", self.table
        if self.sort:
            yield "sort", self.sort
        if self.whole:
            yield "all", "1"
        if self.size != 25:
            yield "size", str(self.size)
        if self.page > 1:
            yield "page", str(self.page)
        if not self.base:
            yield "base", "0"
        if self.group != "theme":
            yield "group", self.group
        yield from self._place()

    def _place(self) -> Iterator[tuple[str, str]]:
        if self.view:
            yield "lat", f"{self.view.lat:.5f}"
            yield "lon", f"{self.view.lon:.5f}"
            yield "z", f"{self.view.zoom:.2f}".rstrip("0").rstrip(".")
        if self.bbox:
            yield "bbox", ",".join(f"{each:.5f}" for each in self.bbox)
        yield from (("feature", f"{layer}/{row}") for layer, row in self.chosen)
        if self.at:
            yield "at", f"{self.at[0]:.6f},{self.at[1]:.6f}"
        if self.text:
            yield "q", self.text
        if self.printed:
            yield "view", "print"

    def hidden_pairs(self) -> list[tuple[str, str]]:
        """What a form on the page has to carry along: all that has no field of its own."""
        kept = replace(self, page=1, text="", printed=False)
        own = ("layer", "values", "table", "base", "group", "all")
        return [
            (name, value)
            for name, value in kept.pairs()
            if name not in own and not name.startswith(("o.", "f."))
        ]

    def with_page(self, page: int) -> Pairs:
        """The address of another page of the table."""
        return replace(self, page=page).pairs()


def read(query: QueryParams) -> State:
    """The state that a query string describes."""
    layers = _layers(query)
    pairs = query.multi_items()
    table = query.get("table", "")
    size = query.get("size", "")
    whole = query.get("all") == "1"
    return State(
        layers=layers,
        opacity=tuple(_opacities(pairs)),
        filters=tuple(
            (name[2:][:MAX_TEXT], value.strip()[:MAX_TEXT])
            for name, value in pairs
            if name.startswith("f.") and value.strip()
        )[:MAX_FILTERS],
        table=table if IDENT.match(table) else "",
        sort=query.get("sort", "")[:64],
        page=_whole(query.get("page", ""), 1, 100_000),
        size=int(size) if size in map(str, SIZES) else 25,
        view=_view(query),
        bbox=None if whole else _box(query.get("bbox", "")),
        chosen=_chosen(query),
        at=_place(query.get("at", "")),
        text=query.get("q", "").strip()[:MAX_TEXT],
        base=query.get("base") != "0" and ("shown" not in query or "based" in query),
        group="publisher" if query.get("group") == "publisher" else "theme",
        whole=whole,
        printed=query.get("view") == "print",
        values=_values(query),
        given=any(name in query for name in ("layer", "add", "shown")),
    )


def _layers(query: QueryParams) -> tuple[str, ...]:
    """The layers in their order; `up` and `down` move one, as the buttons of the form do."""
    named = [*query.getlist("add"), *query.getlist("layer")]
    named = [each for each in named if IDENT.match(each)]
    layers = list(dict.fromkeys(named))[:MAX_LAYERS]
    for step, name in ((-1, query.get("up", "")), (1, query.get("down", ""))):
        if name in layers:
            at = layers.index(name)
            layers.remove(name)
            layers.insert(max(at + step, 0), name)
    return tuple(layers)


def _values(query: QueryParams) -> tuple[int, ...]:
    """Ids of observed properties, each once."""
    named = [each for each in query.getlist("values")[:100] if _WHOLE.match(each)]
    return tuple(dict.fromkeys(int(each) for each in named))[:MAX_VALUES]


def _opacities(pairs: list[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    for name, value in pairs[:200]:
        if name.startswith("o.") and IDENT.match(name[2:]):
            yield name[2:], _whole(value, 100, 100)


def _whole(text: str, otherwise: int, most: int) -> int:
    return (
        min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise
    )


def _float(text: str | None, limit: float) -> float | None:
    if not text or not _NUMBER.match(text):
        return None
    found = float(text)
    return found if abs(found) <= limit else None


def _view(query: QueryParams) -> View | None:
    lat, lon = _float(query.get("lat"), 90), _float(query.get("lon"), 180)
    zoom = _float(query.get("z"), 24)
    if lat is None or lon is None:
        return None
    return View(lat, lon, max(zoom, 0.0) if zoom is not None else 15.0)


def _box(text: str) -> Box | None:
    parts = [_float(each, 360) for each in text.split(",")]
    if len(parts) != 4 or any(each is None for each in parts):
        return None
    west, south, east, north = (each or 0.0 for each in parts)
    whole = all(map(isfinite, (west, south, east, north)))
    return (west, south, east, north) if whole and west < east and south < north else None


def _place(text: str) -> tuple[float, float] | None:
    lat, _, lon = text.partition(",")
    found = _float(lat, 90), _float(lon, 180)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _chosen(query: QueryParams) -> tuple[tuple[str, str], ...]:
    found = (_FEATURE.match(each) for each in query.getlist("feature"))
    return tuple((each[1], each[2]) for each in found if each)[:MAX_CHOSEN]
