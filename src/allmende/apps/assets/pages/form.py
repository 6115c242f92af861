# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The filter that all pages of the assets share, and how their values are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from allmende.apps.assets.figures import AXES, EVERY, NONE, Axis, Chosen, Cube, values_of
from allmende.apps.assets.holding import ASSETS, GRADE_COLOURS, UNKNOWN_COLOUR
from allmende.portal.addresses import with_query
from allmende.portal.map_filter import literal
from allmende.portal.map_values import Shown, label, show
from allmende.portal.page import Page

GRADES: tuple[int | None, ...] = (1, 2, 3, 4, 5, None)
COLOURS = dict(zip(GRADES, (*GRADE_COLOURS, UNKNOWN_COLOUR), strict=True))
ABSENT = {"condition": "assets.no-condition", "district": "assets.no-district"}
OFFERED: tuple[Axis, ...] = ("kind", "district", "condition", "status", "responsible_unit")


@dataclass(frozen=True, slots=True)
class Option:
    """A value to choose."""

    value: str
    label: Shown
    chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """A field with its values."""

    name: str
    label: Shown
    options: list[Option]


def said(page: Page, made: Cube, axis: str, value: Any) -> Shown:
    """A value as people read it; for none what its absence means."""
    if value is None:
        key = ABSENT.get(axis, "assets.none")
        return Shown(str(page.words(key)))
    found = made.collection.entity.find(axis)
    return show(found, value, page) if found else Shown(str(value))


def controls(page: Page, made: Cube, chosen: Chosen) -> list[Control]:
    """The filter of the page."""
    found = []
    for axis in OFFERED:
        field = made.collection.entity.find(axis)
        if field is not None:
            found.append(Control(axis, label(field, page), _options(page, made, chosen, axis)))
    return found


def _options(page: Page, made: Cube, chosen: Chosen, axis: Axis) -> list[Option]:
    now = getattr(chosen, axis)
    options = []
    for value in values_of(made, axis):
        key = NONE if value is None else str(value)
        options.append(Option(key, said(page, made, axis, value), key == now))
    every = Shown(str(page.words("assets.every")))
    first = EVERY if axis == "status" else ""
    return [Option(first, every, now == first), *options]


def list_address(page: Page, chosen: Chosen, more: Mapping[str, str] | None = None) -> str:
    """The address of the list of the chosen assets."""
    return page.at(
        "/assets/list", [*chosen.pairs(), *(each for each in (more or {}).items() if each[1])]
    )


def key(value: Any) -> str:
    """A value of an axis as it stands in an address."""
    return NONE if value is None else str(value)


def map_address(page: Page, chosen: Chosen) -> str:
    """The map of the assets with what its filter can say."""
    return page.at("/map", [("layer", ASSETS), *_filters(chosen)])


def table_address(page: Page, chosen: Chosen) -> str:
    """The table of the collection with what its filter can say."""
    return page.at(f"/collections/{ASSETS}", _filters(chosen))


def _filters(chosen: Chosen) -> list[tuple[str, str]]:
    found = []
    for name in AXES:
        value = getattr(chosen, name)
        if value and value != NONE and not (name == "status" and value == EVERY):
            found.append((f"f.{ASSETS}.{name}", value))
    return found


def on_map(chosen: Chosen) -> bool:
    """Whether the map shows just these: it cannot ask for what is missing."""
    return not any(getattr(chosen, name) == NONE for name in AXES)


def files(chosen: Chosen, more: str = "") -> list[tuple[str, str]]:
    """The chosen assets as files with their names: the OGC API with a filter in CQL2."""
    parts = []
    for name in AXES:
        value = getattr(chosen, name)
        if value == NONE:
            parts.append(f'"{name}" IS NULL')
        elif value and not (name == "status" and value == EVERY):
            parts.append(f'"{name}" = {value if name == "condition" else literal(value)}')
    query = [("filter", " AND ".join([*parts, *([more] if more else [])]))]
    items = f"/ogc/collections/{ASSETS}/items"
    return [
        (title, with_query(items, [("f", form), *(query if query[0][1] else [])]))
        for form, title in (
            ("csv", "CSV"), ("xlsx", "Excel"), ("geojson", "GeoJSON"), ("gpkg", "GeoPackage")
        )
    ]  # fmt: skip


def row_address(page: Page, ident: str) -> str:
    """The page of one asset."""
    return page.at(f"/collections/{ASSETS}/rows/{quote(ident, safe='')}")
