# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the sheet to print says about each layer: its filter, how many features, its licence."""

from dataclasses import dataclass

from allmende.core import catalogue, collections
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.query import Query
from allmende.portal.map_filter import Control, Form
from allmende.portal.map_layers import Layer
from allmende.portal.map_state import State
from allmende.portal.map_values import Shown
from allmende.portal.markup import Said
from allmende.portal.page import Page
from allmende.portal.present import agent_name, licence_names


@dataclass(frozen=True, slots=True)
class Printed:
    """A layer on the sheet; `inside` is None when the address names no section of the map."""

    layer: Layer
    filters: list[tuple[Shown, str]]  # a field and what is wanted of it
    found: int  # features that fit the filter
    inside: int | None  # those of them in the section
    publisher: Said
    licence: str


async def shown(page: Page, layers: list[Layer], state: State) -> list[Printed]:
    """The layers of the sheet, the uppermost first."""
    return [await _printed(page, layer, state) for layer in layers]


async def _printed(page: Page, layer: Layer, state: State) -> Printed:
    query = Query(collection=layer.collection.id, where=layer.form.where)
    found = await collections.count(page.platform, page.subject, query)
    inside = None
    if state.bbox:
        within = Query(collection=query.collection, where=query.where, bbox=state.bbox)
        inside = await collections.count(page.platform, page.subject, within)
    publisher, licence = await _terms(page, layer)
    return Printed(layer, wanted(layer.form, page), found, inside, publisher, licence)


async def _terms(page: Page, layer: Layer) -> tuple[Said, str]:
    """Who publishes the dataset, and under which licences."""
    try:
        record = await catalogue.get(
            page.platform, page.subject, ResourceKind.DATASET, layer.collection.dataset
        )
    except NotFound:
        return Said("", None), ""
    licences = licence_names(record.resource, page.language)
    return agent_name(record.resource.publisher, page.language), ", ".join(licences)


def wanted(form: Form, page: Page) -> list[tuple[Shown, str]]:
    """The fields that are filtered by, each with a phrase: `from 3 to 20 m`, `healthy or ill`."""
    return [(each.label, phrase(each, page)) for each in form.used]


def phrase(control: Control, page: Page) -> str:
    """What a control wants, in words."""
    parts = [each.label.text for each in control.chosen]
    if control.text:
        parts.append(page.words.plain("filter.has", text=control.text))
    ends = [
        f"{page.words(f'filter.{end}')} {_end(control, value, page)}"
        for end, value in (("from", control.low), ("to", control.high))
        if value
    ]
    if ends:
        parts.append(" ".join([*ends, control.unit]).strip())
    if control.none:
        parts.append(str(page.words("filter.none")))
    return str(page.words("filter.or")).join(parts)


def _end(control: Control, value: str, page: Page) -> str:
    return page.words.day(value) if control.kind == "dates" else value
