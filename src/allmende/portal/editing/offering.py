# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a form can know by itself: publisher and contact, areas, other records, the score."""

from __future__ import annotations

from dataclasses import dataclass

from allmende.core import catalogue, collections, publishers, scoring
from allmende.core.catalogue import Entry
from allmende.core.imports.opening import city
from allmende.errors import NotFound
from allmende.model import mqa, mqa_advice
from allmende.model.catalogue import Dataset, Location, Resource, ResourceKind
from allmende.model.filter import Compare
from allmende.model.query import Box, Query
from allmende.model.vocabulary import vocabulary
from allmende.portal.editing.panel import Panel
from allmende.portal.editing.values import rectangle
from allmende.portal.editing.view import View
from allmende.portal.page import Page
from allmende.portal.present import format_of

AREAS = 200  # districts that are offered
REFERENCES = 200  # records that are offered for links
GAINS = 3  # deeds that are named
CITY = "city"


async def fill(page: Page, entry: Entry) -> None:
    """Publisher, contact, language and place of a new record of an organisation."""
    try:
        known = await publishers.get(page.platform, page.subject, entry.organisation)
    except NotFound:
        return
    resource = entry.resource
    resource.publisher = known.agent
    if known.contact.email or known.contact.url:
        resource.contact_point = [known.contact]
    code = "DEU" if page.platform.settings.language == "de" else "ENG"  # the city's own language
    spoken = vocabulary("language").match(code)
    resource.language = [spoken.iri] if spoken else []


# --- places ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Area:
    """An area with a name: the city or a district; the box in degrees (CRS84)."""

    id: str
    label: str
    box: Box

    @property
    def location(self) -> Location:
        """The area as a place of a record."""
        return Location(label={"de": self.label}, bbox=[rectangle(*self.box)])


async def areas(page: Page) -> list[Area]:
    """The city and its districts, as far as the platform knows them."""
    found = []
    box = city(page.platform)
    if box is not None:
        found.append(Area(CITY, page.site.city or page.site.title, box))
    return found + await _districts(page)


async def _districts(page: Page) -> list[Area]:
    import shapely

    ident = page.platform.settings.citizen_districts
    if not ident:
        return []
    try:
        rows = await collections.page(
            page.platform, page.subject, Query(collection=ident, limit=AREAS)
        )
    except NotFound:
        return []
    label = rows.collection.entity.label
    made = []
    for row in rows.rows:
        if row.geometry is None:
            continue
        west, south, east, north = shapely.from_wkb(row.geometry).bounds
        box = (round(west, 5), round(south, 5), round(east, 5), round(north, 5))
        made.append(Area(str(row.id), str(row.values.get(label) or row.id), box))
    return sorted(made, key=lambda area: area.label.casefold())


async def add_area(page: Page, resource: Resource, wanted: str) -> None:
    """Adds an area somebody chose to the places of a record."""
    for area in await areas(page):
        if area.id == wanted:
            resource.spatial = [*resource.spatial, area.location]


# --- other records --------------------------------------------------------------------------


async def references(page: Page, view: View) -> dict[str, list[tuple[str, str]]]:
    """Addresses and titles of records that fields of the form link to."""
    wanted = {each.datalist for block in view.blocks for each in block.inputs}
    found: dict[str, list[tuple[str, str]]] = {}
    for kind in (ResourceKind.SERIES, ResourceKind.SERVICE, ResourceKind.DATASET):
        name = f"records-{kind.value}"
        if name in wanted:
            found[name] = await _records(page, kind)
    return found


async def _records(page: Page, kind: ResourceKind) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    published = Compare("status", "=", "published")
    async for record in catalogue.each(page.platform, page.subject, kind=kind, where=published):
        address = record.resource.iri or catalogue.address(page.platform, record)
        found.append((address, page.said(record.resource.title).text or record.id))
        if len(found) >= REFERENCES:
            break
    return found


def files(page: Page, resource: Resource) -> list[tuple[str, str, int | None]]:
    """Title, format and size of the distributions of a dataset."""
    listed = resource.distribution if isinstance(resource, Dataset) else []
    return [
        (page.said(each.title).text, format_of(each, page.language), each.byte_size)
        for each in listed
    ]


# --- the score ------------------------------------------------------------------------------


async def score(page: Page, resource: Resource, box: Panel) -> None:
    """Quality points of a dataset as the form has it now, and what would gain most."""
    if not isinstance(resource, Dataset):
        return
    rating = await scoring.trial(page.platform, page.subject, resource)
    box.score, box.most = rating.score.points, mqa.MOST
    deeds = mqa_advice.advice(resource, rating.measured)[:GAINS]
    box.gains = [(each.title[page.language], mqa.rounded(each.points)) for each in deeds]
