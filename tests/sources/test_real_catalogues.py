# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The four German catalogues and the city's own sample: none lost, every fault reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.sources.conftest import City, Scenario
from tests.sources.servers import Site

from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.rdf import parse, read_catalogue

COUNTS = {
    "rostock": (100, 773, 0),
    "bremen": (153, 237, 0),
    "brandenburg": (112, 212, 7),
    "destatis": (135, 135, 0),
}
Play = Callable[[Scenario], None]


def path_of(shared_data: Path, name: str) -> Path:
    return shared_data / "catalogue" / f"{name}-catalog-original-input.rdf"


async def numbers(city: City) -> tuple[int, int, int]:
    datasets = [record.resource for record in await city.records()]
    nested = [c for c in await city.records(ResourceKind.CATALOG) if c.original_id]
    files = sum(len(d.distribution) for d in datasets if isinstance(d, Dataset))
    return len(datasets), files, len(nested)


@pytest.mark.parametrize("name", COUNTS)
def test_a_file_is_harvested_completely(play_both: Play, shared_data: Path, name: str) -> None:
    async def scenario(city: City) -> None:
        await city.source(str(path_of(shared_data, name)), name)
        run = await city.run(name)
        assert (run.status, run.error) == ("complete", {})
        assert await numbers(city) == COUNTS[name]
        assert run.counts.created == run.counts.done == COUNTS[name][0]
        report = await city.report(run)
        assert report.faults == []
        assert sum(report.repairs.values()) == run.counts.repairs > 0
        again = await city.run(name)
        assert (again.status, again.counts.unchanged) == ("complete", COUNTS[name][0])
        assert (again.counts.updated, again.counts.missing) == (0, 0)

    play_both(scenario)


def test_all_four_together_lose_nothing(play: Play, shared_data: Path) -> None:
    async def scenario(city: City) -> None:
        for name in COUNTS:
            await city.source(str(path_of(shared_data, name)), name)
            await city.run(name)
        assert await numbers(city) == (500, 1357, 7)
        assert len(await city.titles()) == 500

    play(scenario)


def test_nested_catalogues_hold_their_own_datasets(play: Play, shared_data: Path) -> None:
    async def scenario(city: City) -> None:
        await city.source(str(path_of(shared_data, "brandenburg")), "brandenburg")
        await city.run("brandenburg")
        nested = {
            c.original_id: c for c in await city.records(ResourceKind.CATALOG) if c.original_id
        }
        addresses = nested["https://service.brandenburg.de/de/adresssammlungen"]
        inside = [r for r in await city.records() if r.catalogue == addresses.id]
        assert len(inside) == 60
        inner = nested["https://datenadler.de/kataloge/masgf/dcat_catalog"]
        outer = next(c for i, c in nested.items() if i and "kollektionen-startseite" in i)
        assert (inner.catalogue, outer.catalogue) == (outer.id, "brandenburg")

    play(scenario)


@pytest.mark.parametrize("name", ["rostock", "destatis"])
def test_hydra_pages_over_http_give_the_same(
    play: Play, shared_data: Path, site: Site, name: str
) -> None:
    graph = parse(path_of(shared_data, name).read_bytes(), "application/rdf+xml")
    sources = [found.source for found in read_catalogue(graph).records]
    per_page = 17

    @site("/catalog.nt")
    async def page(request: Request) -> Response:
        number = int(request.query_params.get("page", 1))
        here = f"{site.address}/catalog.nt?page={number}"
        hydra = "http://www.w3.org/ns/hydra/core#"
        lines = [f'<{here}> <{hydra}totalItems> "{len(sources)}" .'.encode()]
        if number * per_page < len(sources):
            there = f"{site.address}/catalog.nt?page={number + 1}"
            lines.append(f"<{here}> <{hydra}nextPage> <{there}> .".encode())
        lines += sources[(number - 1) * per_page : number * per_page]
        return Response(b"\n".join(lines), media_type="application/n-triples")

    async def scenario(city: City) -> None:
        await city.source(f"{site.address}/catalog.nt", name)
        run = await city.run(name)
        assert (run.status, run.error) == ("complete", {})
        assert run.counts.pages == -(-len(sources) // per_page)
        assert await numbers(city) == COUNTS[name]
        again = await city.run(name)
        assert again.counts.pages_unchanged == again.counts.pages == run.counts.pages
        assert again.counts.unchanged == COUNTS[name][0]

    play(scenario)


def test_the_city_s_own_sample_is_accepted_and_repaired(play: Play, shared_data: Path) -> None:
    async def scenario(city: City) -> None:
        await city.source(str(shared_data / "catalogue" / "sample01.rdf"), "jena")
        run = await city.run("jena")
        assert (run.status, run.counts.created, run.counts.faults) == ("complete", 1, 0)
        (record,) = await city.records()
        assert record.resource.title == {"de": "Beispiel Dataset 1", "en": "Example Dataset 1"}
        codes = {repair.code for repair in record.repairs}
        assert {"blank-node-record", "language-tag-case"} <= codes
        again = await city.run("jena")
        assert again.counts.unchanged == 1

    play(scenario)
