# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of a dataset: what it is, its files, a look inside, what one may do with it."""

from dataclasses import dataclass, replace
from pathlib import Path

import anyio.to_thread
from starlette.responses import Response

from allmende.core import access, catalogue, collections
from allmende.core import files as core_files
from allmende.core.catalogue import Record
from allmende.errors import NotFound
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.portal import applications, finding, sensing_places
from allmende.portal.map_layers import title_of as title_of_collection
from allmende.portal.page import Crumb, Page
from allmende.portal.present import FileView, cards, files, title_of
from allmende.portal.preview import MAX_BYTES, Table, preview
from allmende.portal.search_form import SearchForm
from allmende.portal.thing import thing
from allmende.portal.together import together
from allmende.portal.views.quality import brief

SIMILAR = 4
BARRED = ("sign-in", "ask", "waiting")
"""How somebody stands to data that have to be granted first."""
READABLE = ("CSV", "TSV", "GEOJSON", "KML")


@dataclass(frozen=True, slots=True)
class Look:
    """The beginning of a file as a table."""

    file: str
    table: Table


async def dataset(page: Page) -> Response:
    """One dataset."""
    ident = page.request.path_params["id"]
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    shown = files(record, page)
    living = await collections.of_dataset(page.platform, page.subject, record.id)
    taken = [
        each
        for own in living
        for each in await applications.taking(page.platform, page.subject, own.id)
    ]
    standing = await access.standing(page.platform, page.subject, record)
    return page.render(
        "dataset.html",
        title=title_of(record, page).text,
        kind=record.kind.value,
        crumbs=[
            Crumb(str(page.words("nav.datasets")), page.at("/datasets")),
            Crumb(title_of(record, page).text),
        ],
        view=await thing(page, record, await similar(page, record)),
        files=[_closed(each, page) for each in shown] if standing.code in BARRED else shown,
        ident=record.id,
        rating=await brief(page, record),
        standing=standing,
        related=cards(await finding.by_address(page, _belongs_to(record)), page),
        preview=await look(page, record, shown),
        measured=await sensing_places.of_dataset(page, record.id, _addresses(record)),
        living=[(title_of_collection(each, page), each) for each in living],
        taken=list({each.id: each for each in taken}.values()),
        together=await together(page, record),
    )


def _closed(file: FileView, page: Page) -> FileView:
    """The file without the addresses of this platform, which would only refuse."""
    own = f"{page.site.base_url}/"
    kept = file.download if file.download and not file.download.startswith(own) else None
    others = [each for each in file.access if not each.startswith(own)]
    return replace(file, download=kept, access=others, barred=not kept and not others)


def _addresses(record: Record) -> list[str]:
    """Where the files and services of a dataset are."""
    resource = record.resource
    if not isinstance(resource, Dataset):
        return []
    return [each for file in resource.distribution for each in file.access_url]


def _belongs_to(record: Record) -> list[str]:
    """Addresses of the series it is part of and of the services that give access to it."""
    resource = record.resource
    if not isinstance(resource, Dataset):
        return []
    services = (iri for file in resource.distribution for iri in file.access_service)
    return [*resource.in_series, *services]


async def look(page: Page, record: Record, shown: list[FileView]) -> Look | None:
    """A preview of the first file of ours that can be read as a table, CSV before others."""
    ours = [f for f in shown if f.stored_name and f.format.upper() in READABLE]
    for file in sorted(ours, key=lambda f: READABLE.index(f.format.upper()))[:2]:
        try:
            stored, path = await core_files.locate(
                page.platform, page.subject, record.id, file.stored_name or ""
            )
        except NotFound:
            continue
        data = await anyio.to_thread.run_sync(_beginning, path)
        table = preview(data, file.format, whole=stored.size <= MAX_BYTES)
        if table is not None:
            return Look(stored.name, table)
    return None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(MAX_BYTES)


async def similar(page: Page, record: Record) -> list[Record]:
    """Others of the same theme and keyword, else of the same theme."""
    resource = record.resource
    keyword = next((word for words in resource.keyword.values() for word in words), None)
    narrow = {"theme": tuple(resource.theme[:1]), "keyword": (keyword,) if keyword else ()}
    for facets in (narrow, {"theme": narrow["theme"]}):
        chosen = {name: values for name, values in facets.items() if values}
        if not chosen:
            continue
        found = await finding.find(page, SearchForm(facets=chosen, size=10))
        others = [other for other in found.records if other.id != record.id]
        if others:
            return others[:SIMILAR]
    return []
