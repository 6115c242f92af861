# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records become forms and come back: nothing is lost, and what is written is understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.model.catalogue import (
    Agent,
    Checksum,
    DataService,
    Dataset,
    Distribution,
    Kind,
    Location,
    Node,
    Period,
    Statement,
)
from allmende.model.rdf import parse, read_catalogue
from allmende.portal.editing.fields import Group, fields_of
from allmende.portal.editing.merging import join
from allmende.portal.editing.reading import MOST_NODES, flatten, read
from allmende.portal.editing.values import Faults, rectangle

AUTHORITY = "http://publications.europa.eu/resource/authority/"
PROFILES = ("dcat-ap-de",)

texts = st.dictionaries(st.sampled_from(["de", "en", "und", "fr"]), st.text(max_size=30))
words = st.dictionaries(
    st.sampled_from(["de", "en"]), st.lists(st.text(min_size=1, max_size=12), max_size=4)
)
iris = st.sampled_from(
    ["https://a.example/x", "http://b.example/ü y", "mailto:a@b.example", "tel:+49 1", "_:n1", "x"]
)
concepts = st.sampled_from(
    [
        f"{AUTHORITY}data-theme/ENVI",
        f"{AUTHORITY}data-theme/NONE",
        f"{AUTHORITY}language/DEU",
        f"{AUTHORITY}language/XYZ",
        "https://elsewhere.example/concept",
    ]
)
days = st.sampled_from(["2024", "2024-05", "2024-05-31", "2024-05-31T10:00:00Z"])
places = st.builds(
    Location,
    iri=st.none() | iris,
    label=texts,
    bbox=st.lists(
        st.sampled_from([rectangle(11.5, 50.8, 11.6, 51), "POINT(1 2)", "?"]), max_size=2
    ),
    geometry=st.lists(st.just("POINT(3 4)"), max_size=1),
)
files = st.builds(Distribution, title=texts, access_url=st.lists(iris, max_size=2))
datasets = st.builds(
    Dataset,
    iri=st.none() | iris,
    title=texts,
    description=texts,
    keyword=words,
    theme=st.lists(concepts, max_size=3),
    language=st.lists(concepts, max_size=3),
    license=st.none() | concepts,
    publisher=st.none() | st.builds(Agent, iri=st.none() | iris, name=texts),
    contact_point=st.lists(st.builds(Kind, fn=texts, email=st.lists(iris)), max_size=3),
    spatial=st.lists(places, max_size=3),
    temporal=st.lists(st.builds(Period, start=st.none() | days, end=st.none() | days), max_size=2),
    page=st.lists(st.builds(Statement, iri=iris, label=texts), max_size=2),
    issued=st.none() | days,
    spatial_resolution=st.none() | st.floats(0.001, 1e6),
    extra=st.lists(st.just("<a:b> <c:d> <e:f> ."), max_size=1),
    distribution=st.lists(files, max_size=2),
)


def through(resource: Node, language: str = "de", **changed: str) -> tuple[Any, Faults]:
    """The record after its form was sent back with some inputs changed."""
    fields = fields_of(type(resource), PROFILES, resource)
    state = flatten(fields, resource, language)
    state |= {name.replace("__", "."): text for name, text in changed.items()}
    sent = {name: text.replace("\n", "\r\n") for name, text in state.items()}
    faults = Faults()
    return read(fields, resource, sent, language, faults), faults


@settings(max_examples=60)
@given(datasets, st.sampled_from(["de", "en"]))
def test_a_form_sent_back_as_it_is_changes_nothing(dataset: Dataset, language: str) -> None:
    made, faults = through(dataset, language)
    assert made == dataset
    assert faults.found == {}


@settings(max_examples=60)
@given(datasets)
def test_one_change_changes_nothing_else(dataset: Dataset) -> None:
    made, _ = through(dataset, version="3.1")
    for name in dataset.__struct_fields__:
        assert name == "version" or getattr(made, name) == getattr(dataset, name), name


def test_what_people_write_is_understood() -> None:
    made, faults = through(
        Dataset(),
        title__de=" Bäume ",
        keyword__de="Baum, Grün; Park",
        issued="31.5.2024",
        language__0="Deutsch",
        license=f"{AUTHORITY}x",
        landing_page="www.jena.de",
        spatial_resolution="0,5",
        spatial__0__bbox__west="11,5",
        spatial__0__bbox__south="50,8",
        spatial__0__bbox__east="11,6",
        spatial__0__bbox__north="51",
        contact_point__0__email="a@jena.example",
        contact_point__0__telephone="03641 49-0",
        temporal__3__start="2020",
    )
    assert faults.found == {}
    assert made.title == {"de": "Bäume"}
    assert made.keyword == {"de": ["Baum", "Grün", "Park"]}
    assert made.issued == "2024-05-31"
    assert made.language == [f"{AUTHORITY}language/DEU"]
    assert made.landing_page == ["https://www.jena.de"]
    assert made.spatial_resolution == 0.5
    assert made.spatial == [Location(bbox=[rectangle(11.5, 50.8, 11.6, 51.0)])]
    assert made.contact_point == [Kind(email=["mailto:a@jena.example"], telephone=["tel:03641490"])]
    assert made.temporal == [Period(start="2020")]


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("issued", "gestern", "date"),
        ("language.0", "Klingonisch!", "list"),
        ("landing_page", "jena", "address"),
        ("landing_page", "javascript:alert(1)", "address"),
        ("spatial_resolution", "viel", "number"),
        ("temporal_resolution", "täglich", "duration"),
        ("spatial.0.bbox.west", "200", "degrees"),
        ("contact_point.0.email", "a@b", "mail"),
    ],
)
def test_what_cannot_be_read_is_said(name: str, text: str, key: str) -> None:
    _, faults = through(Dataset(), **{name.replace(".", "__"): text})
    assert faults.found[name] == f"edit.fault.{key}"


def test_nodes_are_removed_by_their_box_and_the_rest_stays() -> None:
    periods = [Period(start=str(year)) for year in range(2000, 2000 + MOST_NODES + 2)]
    made, _ = through(Dataset(temporal=periods), **{"temporal__1__-": "1"})
    assert made.temporal == [periods[0], *periods[2:]]


def test_strange_names_of_inputs_do_nothing() -> None:
    dataset = Dataset(title={"de": "Titel"})
    strange = {
        "title__<b>": "x",
        "title__": "x",
        "temporal__99999999__start": "2020",
        "theme__https://foreign.example/": "1",
        "spatial__-1__label__de": "x",
        "extra": "x",
        "iri": "https://x.example",
    }
    made, _ = through(dataset, **strange)
    assert made == dataset


def test_a_checksum_is_lower_case_hexadecimal() -> None:
    file = Distribution(checksum=Checksum(value="00ff"))
    fields = fields_of(Distribution, PROFILES, file)
    faults = Faults()
    made = read(fields, file, {"checksum.value": "00FA"}, "de", faults)
    assert made.checksum == Checksum(value="00fa")
    read(fields, file, {"checksum.value": "zz"}, "de", faults)
    assert faults.found == {"checksum.value": "edit.fault.hex"}


def test_fields_stand_in_the_groups_of_the_profile() -> None:
    groups = {each.name: each.group for each in fields_of(Dataset, PROFILES, Dataset())}
    assert groups["title"] is groups["publisher"] is Group.NEEDED
    assert groups["theme"] is Group.RECOMMENDED
    assert groups["version"] is groups["hvd_category"] is Group.MORE
    assert "license" not in groups
    assert "distribution" not in groups
    service = {each.name: each.group for each in fields_of(DataService, PROFILES, DataService())}
    assert service["endpoint_url"] is Group.NEEDED
    claimed = {e.name: e.group for e in fields_of(Dataset, (*PROFILES, "hvd"), Dataset())}
    assert claimed["applicable_legislation"] is Group.NEEDED


def test_changes_of_two_people_are_joined() -> None:
    base = Dataset(title={"de": "A"}, version="1", issued="2020")
    mine = Dataset(title={"de": "B"}, version="2", issued="2020")
    theirs = Dataset(title={"de": "A"}, version="3", issued="2021")
    both, clashes = join(base, mine, theirs, {})
    assert [(each.field, each.mine, each.theirs) for each in clashes] == [("version", ["2"], ["3"])]
    assert (both.title, both.issued) == ({"de": "B"}, "2021")
    both, clashes = join(base, mine, theirs, {"choose.version": "mine"})
    assert (both.version, clashes) == ("2", [])
    _, clashes = join(theirs, mine, theirs, {}, every=True)
    assert {each.field for each in clashes} == {"title", "version", "issued"}


@pytest.mark.parametrize("name", ["brandenburg", "bremen"])
def test_real_catalogues_come_back_unchanged(shared_data: Path, name: str) -> None:
    path = shared_data / "catalogue" / f"{name}-catalog-original-input.rdf"
    document = read_catalogue(parse(path.read_bytes(), "application/rdf+xml"))
    assert len(document.records) > 100
    for record in document.records:
        resource = record.resource
        for thing in (resource, *getattr(resource, "distribution", ())):
            made, faults = through(thing)
            assert made == thing, thing.iri
            assert faults.found == {}
