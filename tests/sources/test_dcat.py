# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DCAT catalogues: syntaxes, packing, pages, nested catalogues, broken lines."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from tests.sources.conftest import City, Scenario
from tests.sources.servers import Hydra, Site, dataset

from allmende.core.fetch import Body
from allmende.core.harvest.rdf import declared, parse_page, sniff
from allmende.core.harvest.types import Fault, SourceRecord
from allmende.errors import AllmendeError

Play = Callable[[Scenario], None]
PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
TURTLE = f"""{PREFIXES}
<https://city.test/> a dcat:Catalog ; dct:title "City"@en ;
    dcat:dataset <https://city.test/dataset/1>, <https://city.test/dataset/2> .
{dataset(1)}
{dataset(2)}
"""
SYNTAXES = {
    "turtle": ("text/turtle", "ttl"),
    "xml": ("application/rdf+xml", "rdf"),
    "json-ld": ("application/ld+json", "jsonld"),
    "nt": ("application/n-triples", "nt"),
    "trig": ("application/trig", "trig"),
    "nquads": ("application/n-quads", "nq"),
}


def written(syntax: str) -> bytes:
    graph = rdflib.Dataset() if syntax in ("trig", "nquads") else rdflib.Graph()
    graph.parse(data=TURTLE, format="turtle")
    return graph.serialize(format=syntax, encoding="utf-8")


def hashes(
    data: bytes, content_type: str = "", address: str = "https://x.test/catalog"
) -> list[str]:
    page = parse_page("t", Body(address=address, data=data, content_type=content_type))
    records = list(page.records)
    assert all(isinstance(record, SourceRecord) for record in records)
    return sorted(record.hash for record in records if isinstance(record, SourceRecord))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_syntax_gives_the_same_records(syntax: str) -> None:
    data = written(syntax)
    media_type, ending = SYNTAXES[syntax]
    expected = hashes(TURTLE.encode(), "text/turtle")
    assert len(expected) == 3
    assert hashes(data, media_type) == expected
    assert hashes(data, "", f"https://x.test/catalog.{ending}") == expected
    assert hashes(data, "application/octet-stream", f"/data/catalog.{ending}.gz") == expected


def test_a_wrong_media_type_does_not_mislead() -> None:
    expected = hashes(TURTLE.encode(), "text/turtle")
    assert hashes(TURTLE.encode(), "application/rdf+xml") == expected
    assert hashes(TURTLE.encode(), "text/html; charset=utf-8") == expected
    assert declared(Body(address="https://x.test/a.csv", content_type="text/plain")) is None


def test_a_web_page_is_not_a_catalogue() -> None:
    for text in (b"<!DOCTYPE html><html></html>", b"<?xml version='1.0'?><html></html>"):
        with pytest.raises(AllmendeError) as caught:
            parse_page("t", Body(address="https://x.test/", data=text, content_type="text/turtle"))
        assert caught.value.code == "source-html"


@given(st.binary(max_size=300))
def test_sniffing_never_fails(data: bytes) -> None:
    assert sniff(data) in {None, "html", "rdf-xml", "json-ld", "turtle", "n-triples"}


@given(st.binary(max_size=200), st.sampled_from([media for media, _ in SYNTAXES.values()]))
def test_any_bytes_give_records_or_an_error(data: bytes, media_type: str) -> None:
    try:
        page = parse_page("t", Body(address="https://x.test/", data=data, content_type=media_type))
    except AllmendeError:
        return
    assert all(isinstance(record, SourceRecord | Fault) for record in page.records)


def test_a_broken_line_costs_only_itself(play: Play, tmp_path: Path) -> None:
    lines = written("nt").splitlines()

    async def scenario(city: City) -> None:
        file = tmp_path / "catalog.nt"
        file.write_bytes(b"\n".join([*lines, b"<https://x.test/broken> <oh no"]))
        await city.source(str(file))
        run = await city.run()
        assert (run.status, run.counts.created, run.counts.faults) == ("complete", 2, 1)
        ((_, fault),) = (await city.report(run)).faults
        assert (fault.code, fault.place) == ("rdf-line", f"line {len(lines) + 1}")
        assert fault.raw == b"<https://x.test/broken> <oh no"
        assert set(fault.text) == {"en", "de"}
        again = await city.run()
        assert (again.counts.faults, again.counts.unchanged) == (1, 2)
        assert len((await city.report(again)).faults) == 1

    play(scenario)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_files_are_opened(
    play: Play, tmp_path: Path, site: Site, pack: Callable[[bytes], bytes]
) -> None:
    async def scenario(city: City) -> None:
        file = tmp_path / "catalog.ttl.packed"
        file.write_bytes(pack(TURTLE.encode()))
        await city.source(str(file), "a")
        assert (await city.run("a")).counts.created == 2
        address = site.serve("/catalog.ttl.gz", pack(TURTLE.encode()), "application/gzip")
        await city.source(address, "b", options={"duplicates": "keep"})
        assert (await city.run("b")).counts.created == 2

    play(scenario)


@pytest.mark.parametrize("word", ["next", "nextPage"])
def test_hydra_pages_are_followed(play: Play, site: Site, word: str) -> None:
    async def scenario(city: City) -> None:
        hydra = Hydra(site, "/catalog", [dataset(n) for n in range(1, 6)])
        hydra.word = word
        await city.source(f"{site.address}/catalog", kind="dcat")
        run = await city.run()
        assert (run.status, run.counts.pages, run.counts.created) == ("complete", 3, 5)
        again = await city.run()
        assert (again.counts.pages_unchanged, again.counts.unchanged) == (3, 5)

    play(scenario)


def test_a_page_named_in_a_file_is_not_fetched(play: Play, tmp_path: Path, site: Site) -> None:
    async def scenario(city: City) -> None:
        file = tmp_path / "catalog.ttl"
        hydra = f"<https://x.test/p> <http://www.w3.org/ns/hydra/core#next> <{site.address}/2> ."
        file.write_text(TURTLE + hydra)
        await city.source(str(file))
        assert (await city.run()).status == "complete"
        assert site.log == []

    play(scenario)


def test_only_the_broken_record_is_left_out(play: Play, tmp_path: Path) -> None:
    """A record without end is quarantined, its neighbours are stored, its old version stays."""

    async def scenario(city: City) -> None:
        file = tmp_path / "catalog.ttl"
        file.write_text(TURTLE)
        await city.source(str(file))
        await city.run()
        words = ", ".join(f'"word {n}"' for n in range(50_001))
        long = f"<https://city.test/dataset/2> dcat:keyword {words} .\n{dataset(3)}"
        file.write_text(TURTLE + long)
        run = await city.run()
        assert (run.status, run.counts.created, run.counts.faults) == ("complete", 1, 1)
        ((_, fault),) = (await city.report(run)).faults
        assert (fault.code, fault.original_id) == (
            "too-many-statements",
            "https://city.test/dataset/2",
        )
        assert await city.titles() == ["Dataset 1", "Dataset 2", "Dataset 3"]
        assert run.counts.missing == 0

    play(scenario)
