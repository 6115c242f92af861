# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documents that are broken or dangerous: a clear answer, never a fetch, never a flood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput, InvalidRecord, LimitExceeded
from allmende.model.rdf import format_name, media_type, parse, read_catalogue
from allmende.model.rdf import record as rdf_record
from allmende.model.rdf.terms import LANG_STRING, Literal

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DCAT = 'xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"'
DATASET = "<http://www.w3.org/ns/dcat#Dataset>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
TITLE = "<http://purl.org/dc/terms/title>"


def xml(body: str, head: str = '<?xml version="1.0"?>') -> bytes:
    return f"{head}<rdf:RDF {RDF} {DCAT}>{body}</rdf:RDF>".encode()


def refused(data: bytes, syntax: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(data, syntax)
    assert set(caught.value.text) == {"de", "en"}
    assert caught.value.text["de"] != caught.value.text["en"]
    return caught.value


def test_entity_bomb_is_refused() -> None:
    head = '<?xml version="1.0"?><!-- x --><!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
    assert refused(xml("<dcat:Dataset/>", head), "rdf").code == "doctype-refused"
    utf16 = xml("<dcat:Dataset/>", head).decode().encode("utf-16")
    assert refused(utf16, "rdf").code == "doctype-refused"


def test_external_entity_is_refused() -> None:
    head = '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert refused(xml("<dcat:Dataset/>", head), "rdf").code == "doctype-refused"


@pytest.mark.parametrize("end", ["", "</dct:a></dct:b>"])
def test_deep_nesting_is_refused_before_it_costs_time(end: str) -> None:
    body = "<dct:b><dct:a>" * 200_000 + end * 200_000
    assert refused(xml(body), "rdf").code == "xml-depth"


@pytest.mark.parametrize(
    ("data", "syntax"),
    [
        (b"<http://a/> <http://b/> " + b"[" * 300_000, "turtle"),
        (b"<http://a/> <http://b/> " + b"{" * 300_000, "n3"),
        (b"<<" * 300_000, "trig"),
    ],
)
def test_other_deep_nesting_is_refused_too(data: bytes, syntax: str) -> None:
    assert refused(data, syntax).code == "rdf-syntax"


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 300_000,
        b'{"a":' * 300_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"@id":"a:b","http://e.org/p":' * 201 + b"1" + b"}" * 201,
    ],
)
def test_deep_json_is_refused_before_the_parser_runs_out_of_stack(data: bytes) -> None:
    with pytest.raises(LimitExceeded) as caught:
        parse(data, "json-ld")
    assert caught.value.code == "json-depth"


def test_brackets_in_strings_of_json_do_not_nest() -> None:
    text = '{"@id": "a:b", "http://e.org/p": "' + "[{" * 1_000 + '\\"' + "[{" * 1_000 + '"}'
    assert parse(text.encode(), "json-ld").size == 1


def test_a_long_chain_of_blank_nodes_is_read() -> None:
    chain = "[ <https://e.org/p> " * 5000 + "1" + " ]" * 5000
    data = f"<https://e.org/1> a {DATASET} ; <https://e.org/p> {chain} ."
    found = read_catalogue(parse(data.encode(), "turtle")).records[0]
    assert len(found.resource.extra) == 5001
    assert len(found.hash) == 32


def test_broken_xml_names_its_line() -> None:
    error = refused(xml("\n\n<dcat:Dataset>\n</dct:title>"), "rdf")
    assert error.code == "rdf-syntax"
    assert "line 4" in error.text["en"]
    assert "Zeile 4" in error.text["de"]


def test_broken_turtle_names_its_line() -> None:
    assert "line 2" in refused(b"<http://a/> <http://b/> 1 .\n<http://a/> .", "turtle").text["en"]


@pytest.mark.parametrize(
    "context",
    [
        '"https://example.org/context.jsonld"',
        '{"@import": "https://example.org/context.jsonld"}',
        '{"x": {"@id": "http://a/x", "@context": "https://example.org/c"}}',
    ],
)
def test_remote_context_is_never_fetched(context: str) -> None:
    document = f'{{"@context": {context}, "@id": "http://a/", "x": {{"y": 1}}}}'
    assert refused(document.encode(), "jsonld").code == "remote-context-refused"


def test_unknown_syntax_lists_the_known_ones() -> None:
    error = refused(b"", "text/html")
    assert error.code == "unknown-rdf-syntax"
    assert "text/turtle" in error.text["de"]


def test_bad_lines_cost_only_themselves() -> None:
    lines = [f"<https://example.org/{n}> {TYPE} {DATASET} ." for n in range(5)]
    lines += ["<https://example.org/5> broken", f'<https://example.org/1> {TITLE} "eins"@de .']
    for syntax in ("n-triples", "n-quads"):
        document = read_catalogue(parse("\n".join(lines).encode(), syntax))
        assert len(document.records) == 5
        assert [problem.line for problem in document.problems] == [6]
        assert document.records[1].resource.title == {"de": "eins"}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    body = '<dcat:Dataset rdf:about="https://example.org/1"><dct:title>Bäume</dct:title></dcat:Dataset>'
    declared = encoding.removesuffix("-sig")
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    data = xml(body, head).decode().encode(encoding)
    document = read_catalogue(parse(data, "application/rdf+xml"))
    assert document.records[0].resource.title == {"und": "Bäume"}


def test_a_record_without_end_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdf_record, "MAX_STATEMENTS", 20)
    huge = "".join(f'<https://e.org/b> {TITLE} "t{n}" .\n' for n in range(30))
    data = f"<https://e.org/a> {TYPE} {DATASET} .\n<https://e.org/b> {TYPE} {DATASET} .\n{huge}"
    small, big = read_catalogue(parse(data.encode(), "nt")).records
    assert small.resource.title == {}
    with pytest.raises(InvalidRecord):
        _ = big.source


def test_an_endless_record_without_name_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rdf_record, "MAX_STATEMENTS", 20)
    huge = "".join(f"_:x <https://e.org/p> <https://e.org/{n}> .\n" for n in range(30))
    data = f"_:x {TYPE} {DATASET} .\n<https://e.org/a> {TYPE} {DATASET} .\n{huge}"
    records = read_catalogue(parse(data.encode(), "nt")).records
    assert [record.original_id[:5] for record in records] == ["hash-", "https"]


def test_ontologies_are_no_records() -> None:
    data = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix owl: <http://www.w3.org/2002/07/owl#> .
        dcat:Dataset a owl:Class, dcat:Dataset ; owl:versionInfo "3" .
        <https://example.org/1> a dcat:Dataset ; dcat:theme dcat:Dataset ."""
    document = read_catalogue(parse(data.encode(), "turtle"))
    assert [found.node for found in document.records] == ["https://example.org/1"]
    assert document.records[0].resource.extra == []


def test_members_without_type_are_records() -> None:
    data = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
        @prefix dct: <http://purl.org/dc/terms/> .
        <https://e.org/c> a dcat:Catalog ; dcat:dataset <https://e.org/1>, <https://e.org/2> ;
            dcat:service <https://e.org/s> .
        <https://e.org/1> dct:title "eins" . <https://e.org/s> dct:title "Dienst" ."""
    document = read_catalogue(parse(data.encode(), "turtle"))
    assert {(found.node, found.kind.value) for found in document.records} == {
        ("https://e.org/1", "dataset"),
        ("https://e.org/s", "service"),
    }
    assert [repair.code for repair in document.records[0].repairs] == ["type-missing"]


def test_media_types_and_endings_are_understood() -> None:
    assert format_name("application/ld+json; charset=utf-8") == "json-ld"
    assert format_name(".ttl") == "turtle"
    assert media_type("rdf") == "application/rdf+xml"


@given(st.binary(max_size=300), st.sampled_from(["rdf", "ttl", "jsonld", "nt", "trig", "nq"]))
def test_any_bytes_are_read_or_refused(data: bytes, syntax: str) -> None:
    try:
        document = read_catalogue(parse(data, syntax))
    except InvalidInput:
        return
    assert document.records == []


def test_what_is_said_twice_counts_once() -> None:
    line = b'<https://example.org/d> <http://purl.org/dc/terms/title> "Titel"@de .\n'
    graph = parse(line * 1000, "application/n-triples")
    assert graph.size == 1
    assert graph.subjects == {
        "https://example.org/d": [
            ("http://purl.org/dc/terms/title", Literal("Titel", "de", LANG_STRING))
        ]
    }
