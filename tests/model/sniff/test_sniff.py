# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is proposed for tables: small ones made here, and the files of cities."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.document import CRS84, Entity, Field, FieldType, GeometryType, problems
from allmende.model.sniff import Proposal, sniff_csv, sniff_table

T = FieldType
JENA = (11.58, 50.93)


def entity(proposal: Proposal) -> Entity:
    assert problems(proposal.model) == []
    for each in proposal.notes:
        assert set(each.text) == {"de", "en"}
        assert all(each.text.values())
    return proposal.model.entity()


def only(header: str, *cells: Any) -> Field:
    """The field that a single column with this header becomes."""
    rows = [[index, cell] for index, cell in enumerate(cells, 1)]
    found = entity(sniff_table(rows, header=["id", header])).fields
    assert len(found) == 2, found
    return found[1]


def codes(proposal: Proposal) -> set[str]:
    return {each.code for each in proposal.notes}


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("a", ["1", "2", "3"], T.INTEGER),
        ("a", ["1,5", "2,25"], T.NUMBER),
        ("a", ["1.5", "2.25"], T.NUMBER),
        ("a", [1.0, 2.0], T.INTEGER),
        ("a", [1.0, 2.5], T.NUMBER),
        ("a", ["ja", "nein", ""], T.BOOLEAN),
        ("a", ["x", "", "x"], T.BOOLEAN),
        ("a", ["WAHR", "0", "FALSCH"], T.BOOLEAN),
        ("anzahl", ["0", "1"], T.INTEGER),
        ("ist_denkmal", ["0", "1"], T.BOOLEAN),
        ("plz", ["07743", "99084"], T.STRING),
        ("PLZ", ["48143", "48149"], T.STRING),
        ("a", ["0815", "4711"], T.STRING),
        ("a", ["31.12.2020", "1.1.2021"], T.DATE),
        ("a", ["2020-12-31", "-"], T.DATE),
        ("a", [date(2020, 1, 1)], T.DATE),
        ("a", [datetime(2020, 1, 1)], T.DATE),
        ("a", ["31.12.2020 07:30"], T.DATETIME),
        ("zeitstempel", ["1583932500", "1584176400"], T.DATETIME),
        ("a", ["1583932500", "1584176400"], T.INTEGER),
        ("a", ["07:30", "12:00:15"], T.TIME),
        ("Baujahr", ["1910", "1", "1987"], T.YEAR),
        ("a", ["https://example.org/1", "http://example.org/2"], T.URI),
        ("a", ['{"a": 1}', "[1]"], T.OBJECT),
        ("a", ["Linde", "12"], T.STRING),
        ("a", ["12345678901234567890", "2"], T.STRING),
    ],
)
def test_types(header: str, cells: list[Any], kind: FieldType) -> None:
    assert only(header, *cells).type is kind


@pytest.mark.parametrize(
    ("header", "cells", "name", "unit", "title"),
    [
        ("Höhe [m]", ["1", "2"], "hoehe", "m", {"de": "Höhe", "en": "Height"}),
        ("Temperatur in °C", ["1,5"], "temperatur", "Cel", {"de": "Temperatur"}),
        ("st_umfang (cm)", ["15"], "st_umfang", "cm", {"de": "St umfang"}),
        ("P1 [kW]", ["22"], "p1", "kW", {"de": "P1"}),
        ("Belegung", ["50 %", "7 %"], "belegung", "%", {"de": "Belegung"}),
        ("hoehe", ["2,1m", "3 m"], "hoehe", "m", {"de": "Höhe"}),
        ("Anzahl (Stück)", ["1"], "anzahl_stueck", "", {"de": "Anzahl (Stück)"}),
        ("Straße", ["Markt"], "strasse", "", {"de": "Straße", "en": "Street"}),
        ("parent_station", ["5"], "parent_station", "", {"en": "Parent station"}),
        ("31.12.2020", ["5"], "f_31_12_2020", "", {"de": "31.12.2020"}),
        ("", ["5"], "column_2", "", {"de": "Spalte 2", "en": "Column 2"}),
        ("höhe,N,10,2", ["5.25"], "hoehe", "", {"de": "Höhe"}),
    ],
)
def test_headers(header: str, cells: list[str], name: str, unit: str, title: Any) -> None:
    found = only(header, *cells)
    assert (found.name, found.unit) == (name, unit)
    assert title.items() <= found.title.items()


def test_names_are_never_twice() -> None:
    proposal = sniff_table([["1", "2", "3"]], header=["Größe", "groesse", "GRÖSSE"])
    assert [each.name for each in entity(proposal).fields] == ["groesse", "groesse_2", "groesse_3"]


def test_declared_dbase_types() -> None:
    found = entity(sniff_table([["1", "5"]], header=["nr,C,20", "n,N,5"])).fields
    assert [(each.type, each.max_length) for each in found] == [(T.STRING, 20), (T.INTEGER, None)]


def pair(first: tuple[str, Any], second: tuple[str, Any], near: Any = None) -> Any:
    rows = [[first[1], second[1]] for _ in range(3)]
    proposal = sniff_table(rows, header=[first[0], second[0]], near=near)
    placed = entity(proposal).geometry
    parts = {each.part: each.index for each in proposal.columns if each.part}
    return (placed.crs, parts["x"], parts["y"]) if placed else None


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (("lon", "11.586"), ("lat", "50.927"), (CRS84, 0, 1)),
        (("Breitengrad", "51,96"), ("Längengrad", "7,63"), (CRS84, 1, 0)),
        (("lon", "50.927"), ("lat", "11.586"), (CRS84, 1, 0)),
        (("Rechtswert", "4469000.5"), ("Hochwert", "5644000.5"), ("EPSG:31468", 0, 1)),
        (("x", "5644000.5"), ("y", "4469000.5"), ("EPSG:31468", 1, 0)),
        (("hochwert", "6074377.3"), ("rechtswert", "3530082.7"), ("EPSG:31467", 1, 0)),
        (("x", "2569000"), ("y", "5680000"), ("EPSG:31466", 0, 1)),
        (("x", "5410000"), ("y", "5680000"), ("EPSG:31469", 0, 1)),
        (("x", "32681000"), ("y", "5645000"), ("EPSG:4647", 0, 1)),
        (("easting", "681000"), ("northing", "5645000"), ("EPSG:25832", 0, 1)),
        (("x", "1289700"), ("y", "6611000"), ("EPSG:3857", 0, 1)),
        (("x", "12"), ("y", "7000"), None),
        (("anzahl", "12"), ("wert", "7"), None),
    ],
)
def test_coordinates(first: Any, second: Any, found: Any) -> None:
    assert pair(first, second) == found


def test_the_zone_follows_the_place() -> None:
    easting, northing = ("e", "391000.5"), ("n", "5820000.5")
    assert pair(easting, northing, near=(13.4, 52.5)) == ("EPSG:25833", 0, 1)
    assert pair(easting, northing, near=(7.5, 52.5)) == ("EPSG:25832", 0, 1)
    proposal = sniff_table([["391000.5", "5820000.5"]], header=["e", "n"])
    assert "crs-zone" in codes(proposal)


@pytest.mark.parametrize(
    ("cells", "kind", "crs"),
    [
        (["POINT(11.58 50.93)", "POINT(11.6 50.9)"], GeometryType.POINT, CRS84),
        (["SRID=25832;POINT(681000 5645000)"], GeometryType.POINT, "EPSG:25832"),
        (["POINT(681000 5645000)"], GeometryType.POINT, "EPSG:25832"),
        (
            ["POLYGON((11 50,12 50,12 51,11 50))", "MULTIPOLYGON(((11 50,12 50,12 51,11 50)))"],
            GeometryType.MULTIPOLYGON,
            CRS84,
        ),
        (['{"type":"Point","coordinates":[11.5,50.9]}'], GeometryType.POINT, CRS84),
        (["0101000000F6285C8FC22527407B14AE47E17A4940"], GeometryType.POINT, CRS84),
    ],
)
def test_shapes(cells: list[str], kind: GeometryType, crs: str) -> None:
    found = only("geom", *cells)
    assert (found.type, found.geometry, found.crs) == (T.GEOMETRY, kind, crs)


def test_shapes_with_north_first_are_turned() -> None:
    proposal = sniff_table([["POINT(50.93 11.58)"]], header=["geom"])
    assert "swapped-axes" in codes(proposal)
    reading = proposal.columns[0].reading
    assert reading
    assert reading.swapped


def test_keys_codes_and_what_is_required() -> None:
    rows = [[f"B{index}", "AB"[index % 2], "" if index == 7 else "x"] for index in range(60)]
    found = entity(sniff_table(rows, header=["Baumnummer", "Art", "Bemerkung"]))
    assert found.key == ["baumnummer"]
    assert [each.code for each in found.fields[1].codes] == ["A", "B"]
    assert found.fields[1].open_codes
    assert [each.required for each in found.fields] == [True, True, False]
    twice = sniff_table([*rows, rows[0]], header=["Baumnummer", "Art", "Bemerkung"])
    assert entity(twice).key == []
    assert "no-key" in codes(twice)


def test_a_sample_says_nothing_about_the_rest() -> None:
    rows = [[index, "x"] for index in range(100)]
    proposal = sniff_table(rows, header=["id", "b"], most=50)
    assert (proposal.rows, proposal.complete) == (50, False)
    assert [each.required for each in entity(proposal).fields] == [True, False]


def test_pairs_that_name_a_row_are_told() -> None:
    rows = [[f"S{index // 5}", str(index % 5)] for index in range(60)]
    proposal = sniff_table(rows, header=["Straße", "Hausnummer"])
    assert entity(proposal).key == []
    assert "key-pair" in codes(proposal)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("E-Mail", ["a", "b"]),
        ("kontakt", ["-", "b@example.org"]),
        ("spalte", ["anna@example.org", "bernd@example.org"]),
        ("Ansprechpartnerin", ["x", "y"]),
        ("spalte", ["Meier, Anna", "Schulze, Bernd", "Feuerwehr"]),
        ("spalte", ["Frau Dr. Karin Müller", "Hans Albers"]),
        ("spalte", ["03641 / 49-0", "+49 3641 12345"]),
        ("namlr", ["MV", "KS"]),
        ("Geburtsdatum", ["01.01.1980"]),
    ],
)
def test_personal_data_is_suspected(header: str, cells: list[str]) -> None:
    assert only(header, *cells).personal


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Straßenname", ["Ernst-Abbe-Straße", "Am Anger"]),
        ("Name", ["Nordschule", "Südschule"]),
        ("art", ["Linde", "Eiche"]),
        ("kürzel", ["SO", "MI"]),
    ],
)
def test_other_data_is_not(header: str, cells: list[str]) -> None:
    assert not only(header, *cells).personal


@pytest.mark.parametrize(
    ("rows", "headed"),
    [
        ([["id", "name"], ["1", "Linde"]], True),
        ([["Stadtteil", "Bemerkung"], ["Nord", "gut"], ["West", "schlecht"]], True),
        ([["Jahr", "2020", "2021"], ["Nord", "5", "6"]], True),
        ([["51000", "Erfurt"], ["52000", "Gera"]], False),
        ([["Abbe, Ernst", "https://example.org/x"], ["Zeiss, Carl", ""]], False),
        ([["Nord", "a"], ["Nord", "b"], ["West", "a"]], False),
        ([], False),
    ],
)
def test_whether_the_first_row_names_the_columns(rows: list[list[str]], headed: bool) -> None:
    assert sniff_table(rows).header is headed


def test_valid_time_and_label() -> None:
    rows = [["Markt", "01.01.2020", "31.12.2020"]]
    found = entity(sniff_table(rows, header=["Bezeichnung", "gültig von", "gültig bis"]))
    assert found.label == "bezeichnung"
    assert found.time
    assert (found.time.start, found.time.end) == ("gueltig_von", "gueltig_bis")


def test_notes_for_what_is_not_certain() -> None:
    assert "ambiguous-date" in codes(sniff_table([["01/02/2024"]], header=["d"]))
    assert "short-year" in codes(sniff_table([["01.02.24"]], header=["d"]))
    assert "ambiguous-number" in codes(sniff_table([["1.234"], ["5.678"]], header=["n"]))
    assert "local-time" in codes(sniff_table([["01.02.2024 07:30"]], header=["t"]))
    wide = sniff_table([["a", "1", "2", "3"]], header=["name", "2019", "2020", "2021"])
    assert "wide-table" in codes(wide)


# --- the files of cities --------------------------------------------------------------


def of_file(shared_data: Path, name: str, near: Any = JENA) -> Proposal:
    return sniff_csv((shared_data / name).read_bytes(), name=name, near=near)


def kinds(proposal: Proposal) -> dict[str, str]:
    return {each.name: each.type.value for each in entity(proposal).fields}


def test_flensburg_trees(shared_data: Path) -> None:
    proposal = of_file(shared_data, "trees/flensburg_lebende-baeume.csv", None)
    placed = entity(proposal).geometry
    assert placed
    assert placed.crs == "EPSG:31467"
    assert list(kinds(proposal)) == ["baumnummer", "ga_lang", "gebiet", "strasse", "geometry"]


def test_jena_watering_sites(shared_data: Path) -> None:
    proposal = of_file(shared_data, "trees/jena_sensorstandorte_2023-06.csv")
    found = kinds(proposal)
    assert proposal.reading.decimal == ","
    assert entity(proposal).key == ["gid"]
    assert found["aktiv"] == "boolean"
    assert found["pflanzjahr"] == "year"
    assert found["datlr"] == "date"
    assert entity(proposal).fields[-1].crs == CRS84
    name = entity(proposal).find("namlr")
    assert name
    assert name.personal


def test_jena_tree_register(shared_data: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    book = calamine.CalamineWorkbook.from_path(shared_data / "trees/jena_baeume_2022-11.ods")
    proposal = sniff_table(book.get_sheet_by_index(0).to_python(), name="trees", near=JENA)
    assert not proposal.header
    placed = entity(proposal).geometry
    assert placed
    assert placed.crs == "EPSG:25832"
    assert {each.part: each.index for each in proposal.columns if each.part} == {"y": 13, "x": 17}
    assert entity(proposal).key == ["column_1"]
    inspector = entity(proposal).find("column_16")
    assert inspector
    assert inspector.personal


def test_other_files(shared_data: Path) -> None:
    addresses = of_file(shared_data, "addresses/jena_StrassennamenHausnummernPLZGeoWahllokale.csv")
    assert kinds(addresses)["column_3"] == "string"  # postcodes with a zero
    assert kinds(addresses)["geometry"] == "geometry"
    rates = of_file(shared_data, "statistics/hebesaetze/hebesaetze_1995.csv")
    assert (rates.header, len(kinds(rates))) == (False, 5)
    homes = of_file(shared_data, "statistics/jena_hh_priv.csv")
    assert "wide-table" in codes(homes)
    charging = of_file(shared_data, "pois/muenster_ladesaeulen.csv", None)
    power = entity(charging).find("nennleistung_ladeeinrichtung")
    assert power
    assert (power.type, power.unit) == (T.NUMBER, "kW")
    plaques = of_file(shared_data, "history/jena_gedenktafeln.tsv")
    assert not plaques.header
    assert kinds(plaques)["column_2"] == "uri"
    stops = of_file(shared_data, "mobility/jena_stopmapping_ibis_dhid.csv")
    assert entity(stops).key == ["ibis_id"]
    assert "destroyed-characters" in codes(stops)
    people = of_file(shared_data, "statistics/jena_einwohner_bezirke_2002-2017.csv")
    assert people.header
    assert entity(people).key == ["statistischer_bezirk_nr"]
    corona = of_file(shared_data, "statistics/jena_corona_2020-2022.csv")
    assert kinds(corona)["zeit"] == "datetime"
    parking = of_file(shared_data, "mobility/parking_bielefeld.csv", None)
    assert kinds(parking)["geometry"] == "geometry"


CELL = (
    st.none()
    | st.text(max_size=12)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.sampled_from(["POINT(1 2)", "SRID=4326;POINT(x)", "1,5", "1.5", "ja", "01.01.2020", "{"])
)


@given(st.lists(st.lists(CELL, max_size=5), max_size=8))
def test_no_table_upsets_it(rows: list[list[Any]]) -> None:
    assert entity(sniff_table(rows)).name


@given(st.binary(max_size=300) | st.text(alphabet='a1;,"\t\n|.', max_size=200).map(str.encode))
def test_no_bytes_upset_it(data: bytes) -> None:
    entity(sniff_csv(data))
