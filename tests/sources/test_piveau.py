# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""piveau hubs: the repository in RDF and the search index in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.sources.conftest import City, Scenario
from tests.sources.servers import Site
from tests.sources.servers import dataset as turtle

from allmende.model.catalogue import Dataset
from allmende.model.namespaces import AUTHORITY
from allmende.sources.piveau.mapping import to_content

Play = Callable[[Scenario], None]
PREFIXES = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> ."
AUTHORITY_CSV = AUTHORITY + "file-type/CSV"


def result(number: int) -> dict[str, Any]:
    return {
        "id": f"dataset-{number}",
        "resource": f"https://hub.test/set/data/dataset-{number}",
        "title": {"de": f"Datensatz {number}", "en": f"Dataset {number}"},
        "description": {"de": "Text"},
        "issued": "2023-01-01T00:00:00Z",
        "modified": "2024-01-01T00:00:00Z",
        "keywords": [{"id": "baum", "label": "Baum", "language": "de"}],
        "categories": [
            {"id": "envi", "resource": AUTHORITY + "data-theme/ENVI", "label": {"de": "Umwelt"}}
        ],
        "publisher": {"name": "Stadt", "type": "Organization", "homepage": "https://stadt.test"},
        "contact_point": [{"name": "Amt", "email": "mailto:amt@stadt.test"}],
        "catalog": {"id": "jena"},
        "temporal": [{"gte": "2020-01-01", "lte": "2020-12-31"}],
        "spatial": [{"type": "Point", "coordinates": [11.58, 50.93]}],
        "quality_meas": {"scoring": number},
        "distributions": [
            {
                "id": "d1",
                "resource": f"https://hub.test/set/distribution/{number}",
                "title": {"de": "CSV"},
                "access_url": ["https://stadt.test/a.csv"],
                "format": {"id": "CSV", "label": "CSV", "resource": AUTHORITY_CSV},
                "license": {"resource": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"},
                "byte_size": 12,
            }
        ],
    }


class Hub:
    """A hub with so many datasets."""

    def __init__(self, site: Site, number: int) -> None:
        self.number = number
        self.site = site
        self.scrolled = 0
        site.handlers["/api/hub/search/search"] = self.search
        site.handlers["/api/hub/search/scroll"] = self.scroll
        site.handlers["/api/hub/repo/catalogues/jena/datasets"] = self.repo
        self.hydra = True

    def answer(self, start: int, limit: int, **more: Any) -> Response:
        results = [result(n) for n in range(self.number)][start : start + limit]
        return JSONResponse({"result": {"count": self.number, "results": results, **more}})

    async def search(self, request: Request) -> Response:
        limit = int(request.query_params["limit"])
        if request.query_params.get("scroll"):
            self.scrolled = limit
            return self.answer(0, limit, scrollId="s1")
        assert request.query_params["filter"] == "dataset"
        return self.answer(int(request.query_params["page"]) * limit, limit)

    async def scroll(self, request: Request) -> Response:
        start, self.scrolled = self.scrolled, self.scrolled + 4
        return self.answer(start, 4, scrollId="s1")

    async def repo(self, request: Request) -> Response:
        start, limit = (int(request.query_params[name]) for name in ("offset", "limit"))
        assert request.query_params["valueType"] == "metadata"
        lines = [PREFIXES, *(turtle(n) for n in range(self.number)[start : start + limit])]
        if self.hydra and start + limit < self.number:
            query = request.url.include_query_params(offset=start + limit).query
            following = f"{self.site.address}{request.url.path}?{query}"
            lines.append(f"<> <http://www.w3.org/ns/hydra/core#next> <{following}> .")
        if self.hydra:
            lines.append(f"<> <http://www.w3.org/ns/hydra/core#totalItems> {self.number} .")
        return Response("\n".join(lines), media_type="text/turtle")


def test_the_repository_is_read_in_pages(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        hub = Hub(site, 11)
        address = f"{site.address}/api/hub/repo/catalogues/jena"
        for ident, hydra in (("a", True), ("b", False)):
            hub.hydra = hydra
            options = {"limit": 4, "duplicates": "keep"}
            source = await city.source(address, ident, options=options)
            assert source.kind == "piveau"
            run = await city.run(ident)
            assert (run.status, run.error, run.counts.created) == ("complete", {}, 11)
            again = await city.run(ident)
            assert (again.status, again.counts.unchanged) == ("complete", 11)

    play(scenario)


def test_the_search_index_is_read_in_pages(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hub(site, 11)
        address = f"{site.address}/api/hub/search/search"
        await city.source(address, options={"limit": 4})
        run = await city.run()
        assert (run.status, run.error, run.counts.created) == ("complete", {}, 11)
        assert run.counts.pages == 3
        again = await city.run()
        assert again.counts.pages_unchanged == 3

    play(scenario)


def test_the_search_index_is_read_by_scroll(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hub(site, 11)
        options = {"limit": 4, "scroll": True, "catalogue": "jena"}
        await city.source(f"{site.address}/api/hub/search", options=options, kind="piveau")
        source = await city.source(f"{site.address}/api/hub/search/search", options=options)
        assert source.kind == "piveau"
        run = await city.run()
        assert (run.status, run.error, run.counts.created) == ("complete", {}, 11)
        assert "facets=" in site.log[0]

    play(scenario)


def test_a_search_result_becomes_a_dataset() -> None:
    found = to_content(result(1), "de").resource
    assert isinstance(found, Dataset)
    assert found.iri == "https://hub.test/set/data/dataset-1"
    assert found.title == {"de": "Datensatz 1", "en": "Dataset 1"}
    assert found.theme == [AUTHORITY + "data-theme/ENVI"]
    assert found.keyword == {"de": ["Baum"]}
    assert found.publisher is not None
    assert found.publisher.name == {"de": "Stadt"}
    assert found.contact_point[0].email == ["mailto:amt@stadt.test"]
    (file,) = found.distribution
    assert file.format == AUTHORITY_CSV
    assert file.license == "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
    assert (file.byte_size, found.temporal[0].end) == (12, "2020-12-31")


def test_a_new_quality_score_is_no_change() -> None:
    from allmende.sources.piveau.mapping import to_record

    other = {**result(1), "quality_meas": {"scoring": 99}}
    assert to_record(result(1), "de").hash == to_record(other, "de").hash


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(result(1))), VALUES))
def test_any_result_becomes_a_dataset(values: dict[str, Any]) -> None:
    assert isinstance(to_content({**values, "id": "x"}, "de").resource, Dataset)


def test_an_address_without_catalogue_is_explained(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        await city.source(f"{site.address}/api/hub/repo")
        run = await city.run()
        assert run.status == "failed"
        assert "catalogue" in run.error["en"]

    play(scenario)
