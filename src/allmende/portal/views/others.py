# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of catalogues, series and data services."""

from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.model.catalogue import Catalog, DataService, Dataset, ResourceKind
from allmende.portal import finding, outward
from allmende.portal.facts import Fact, Value
from allmende.portal.finding import by_address
from allmende.portal.page import Crumb, Page
from allmende.portal.present import cards, formats, title_of, web
from allmende.portal.search_form import SearchForm
from allmende.portal.thing import thing

MAX_MEMBERS = 50
OTHER_KINDS = (ResourceKind.SERIES, ResourceKind.SERVICE)
MAX_SCANNED = 5000
MAX_CATALOGUES = 500
NEWEST = 10


async def catalogues(page: Page) -> Response:
    """All catalogues with their numbers of datasets."""
    found = await finding.find(
        page, SearchForm(size=1), counted=("catalogue",), facet_limit=MAX_CATALOGUES
    )
    numbers = {each.value: each.count for each in finding.counts(found, "catalogue")}
    records: list[Record] = []
    async for record in catalogue.each(page.platform, page.subject, kind=ResourceKind.CATALOG):
        records.append(record)
        if len(records) == MAX_CATALOGUES:
            break
    return page.render(
        "catalogues.html",
        title=str(page.words("nav.catalogues")),
        crumbs=[Crumb(str(page.words("nav.catalogues")))],
        catalogues=[
            (card, numbers.get(record.id, 0))
            for card, record in zip(cards(records, page), records, strict=True)
        ],
    )


async def one_catalogue(page: Page) -> Response:
    """One catalogue: what it is and what lies in it."""
    record = await _record(page, ResourceKind.CATALOG)
    chosen = {"catalogue": (record.id,)}
    found = await finding.find(page, SearchForm(facets=chosen, sort="modified", size=NEWEST))
    others = await finding.find(
        page,
        SearchForm(facets=chosen, sort="title", size=MAX_MEMBERS),
        kinds=OTHER_KINDS,
        counted=(),
    )
    resource = record.resource
    parts = resource.has_part if isinstance(resource, Catalog) else []
    return await _shown(
        page,
        record,
        "catalogue.html",
        "catalogues",
        total=found.total,
        newest=cards(found.records, page),
        others=cards(others.records, page),
        all_address=page.at("/datasets", [("catalogue", record.id)]),
        feeds=outward.of_search(page, SearchForm(facets=chosen)),
        parts_of=cards(await by_address(page, parts), page),
        ident=record.id,
    )


async def series(page: Page) -> Response:
    """A series with its datasets."""
    record = await _record(page, ResourceKind.SERIES)
    addresses = {record.resource.iri, catalogue.address(page.platform, record)}
    members: list[Record] = []
    scanned = 0
    async for each in catalogue.each(page.platform, page.subject, kind=ResourceKind.DATASET):
        scanned += 1
        if isinstance(each.resource, Dataset) and addresses & set(each.resource.in_series):
            members.append(each)
        if len(members) == MAX_MEMBERS or scanned == MAX_SCANNED:
            break
    return await _shown(page, record, "series.html", "datasets", members=cards(members, page))


async def service(page: Page) -> Response:
    """A data service: where it is, how to use it, which datasets it serves."""
    record = await _record(page, ResourceKind.SERVICE)
    resource = record.resource
    served, endpoints, descriptions = [], [], []
    if isinstance(resource, DataService):
        served = await by_address(page, resource.serves_dataset)
        endpoints, descriptions = resource.endpoint_url, resource.endpoint_description
    facts = [
        Fact(str(page.words(f"fact.{key}")), [Value(iri, None, web(iri)) for iri in iris])
        for key, iris in (("endpoint", endpoints), ("endpoint-description", descriptions))
        if iris
    ]
    return await _shown(
        page,
        record,
        "service.html",
        "datasets",
        members=cards(served, page),
        access=facts,
        formats=formats(resource, page.language),
    )


async def _record(page: Page, kind: ResourceKind) -> Record:
    ident = page.request.path_params["id"]
    return await catalogue.get(page.platform, page.subject, kind, ident)


async def _shown(
    page: Page, record: Record, template: str, above: str, **values: object
) -> Response:
    title = title_of(record, page).text
    crumbs = [Crumb(str(page.words(f"nav.{above}")), page.at(f"/{above}")), Crumb(title)]
    view = await thing(page, record)
    return page.render(
        template, title=title, kind=record.kind.value, crumbs=crumbs, view=view, **values
    )
