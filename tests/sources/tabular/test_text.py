# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CSV as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.core.imports import Limits, Material, ReadOptions, open_content
from allmende.core.imports.types import Layer
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.document import FieldType


def table(text: str | bytes, limits: Limits | None = None, **options: object) -> Layer:
    data = text.encode() if isinstance(text, str) else text
    material = Material(data, "a.csv", ReadOptions(**options), limits or Limits())
    return open_content(material).layer()


def cells(layer: Layer) -> list[dict[str, object]]:
    return [row.cells for row in layer.rows()]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separator_and_encoding_are_found(separator: str, encoding: str) -> None:
    lines = [["name", "höhe"], ["Eiche", "12"], ["Bäume", "9"], ["Größe", "7"]]
    text = "\r\n".join(separator.join(line) for line in lines) + "\r\n"
    found = cells(table(text.encode(encoding)))
    assert found[1] == {"name": "Bäume", "höhe": "9"}
    assert len(found) == 3


def test_lines_above_the_table_are_passed_over() -> None:
    text = "Bäume der Stadt;;\nStand 2022;;\n\nnr;art;jahr\n1;Eiche;1990\n2;Linde;2001\n"
    layer = table(text)
    assert [column.name for column in layer.columns] == ["nr", "art", "jahr"]
    assert [row.line for row in layer.rows()] == [5, 6]


def test_a_table_without_a_heading_gets_names() -> None:
    text = "Am Anger\t1\t07743\t11.5\nMarkt\t2\t07743\t11.6\n"
    assert [c.name for c in table(text).columns] == [f"column_{n}" for n in (1, 2, 3, 4)]
    named = table(text, names=["street", "number", "postcode", "lon"])
    assert cells(named)[1]["street"] == "Markt"


def test_names_are_not_needed_when_the_heading_has_them() -> None:
    text = "number,street\n1,Anger\n2,Markt\n"
    assert cells(table(text, names=["street", "number"]))[0] == {"number": "1", "street": "Anger"}


def test_headings_of_dbase_say_the_type() -> None:
    layer = table('"nr,C,20","hoch,N,19,11","am,D,8"\n"1",2.5,20200101\n')
    assert [(c.name, c.type) for c in layer.columns] == [
        ("nr", FieldType.STRING),
        ("hoch", FieldType.NUMBER),
        ("am", FieldType.DATE),
    ]


def test_ragged_rows_lose_nothing() -> None:
    found = cells(table("a;b;c\n1;2;3\n4\n5;6;7;8\n"))
    assert found[1] == {"a": "4"}
    assert found[2] == {"a": "5", "b": "6", "c": "7", "column_4": "8"}


def test_equal_headings_are_told_apart() -> None:
    layer = table("name;name;wert\na;b;1\n", header=True)
    assert [column.name for column in layer.columns] == ["name", "name_2", "wert"]


def test_limits_are_named() -> None:
    with pytest.raises(LimitExceeded, match="columns"):
        table(";".join("abcd") + "\n1;2;3;4\n", Limits(columns=3))
    layer = table("a;b\n" + "1;2\n" * 10, Limits(rows=5))
    with pytest.raises(LimitExceeded, match="rows"):
        list(layer.rows())
    row = next(table("a;b\n1;" + "x" * 50 + "\n", Limits(cell_chars=40)).rows())
    assert row.fault is not None
    assert row.fault.code == "cell-too-long"


@pytest.mark.parametrize("data", [b"", b"  \n", b"\x00\x01\x02\x03", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        table(data)


def test_real_tables_are_read_completely(shared_data: Path) -> None:
    rows = {
        "addresses/jena_StrassennamenHausnummernPLZGeoWahllokale.csv": 16_745,
        "trees/flensburg_lebende-baeume.csv": 18_697,
        "trees/jena_sensorstandorte_2023-06.csv": 173,
        "mobility/jena_stopmapping_ibis_dhid.csv": 7_131,
        "pois/muenster_ladesaeulen.csv": 166,
    }
    for name, number in rows.items():
        layer = table((shared_data / name).read_bytes())
        found = list(layer.rows())
        assert len(found) == number, name
        assert not [row for row in found if row.fault], name


def test_a_row_with_a_cell_too_many_is_kept_apart_with_its_line_and_cells() -> None:
    text = "Name,Anzahl,Bemerkung\nBank,3,alt, aber gut\nTisch,4,neu\n\nStuhl,5,rot,,\n"
    layer = table(text)
    assert [column.name for column in layer.columns] == ["Name", "Anzahl", "Bemerkung"]
    bad, good, padded = layer.rows()
    assert bad.line == 2
    assert bad.cells["column_4"] == " aber gut"
    assert bad.fault is not None
    assert bad.fault.code == "surplus-cells"
    assert "quotation marks" in bad.fault.text["en"]
    assert "Anführungszeichen" in bad.fault.text["de"]
    assert "Zeile 2 hat 4 Zellen" in bad.fault.text["de"]
    assert (good.fault, padded.fault, padded.line) == (None, None, 5)


@pytest.mark.parametrize("cells_too_many", [1, 30, 900])
def test_one_overlong_row_does_not_hide_the_heading(cells_too_many: int) -> None:
    text = "Spielplatz;Stadtteil\nAm Park;Nord\nWest;West" + ";x" * cells_too_many + "\nZoo;Ost\n"
    layer = table(text)
    assert [column.name for column in layer.columns] == ["Spielplatz", "Stadtteil"]
    found = list(layer.rows())
    assert [row.fault is not None for row in found] == [False, True, False]
    assert len(found[1].cells) <= 52


def test_rows_that_are_all_wider_than_the_heading_make_the_table_wider() -> None:
    layer = table("nr;art\n" + "".join(f"{n};Linde;rot\n" for n in range(9)))
    assert [column.name for column in layer.columns] == ["nr", "art", "column_3"]
    assert all(row.fault is None for row in layer.rows())


def test_a_title_above_two_columns_is_passed_over() -> None:
    layer = table("Parkliste 2024\nName;Art\nA;b\nC;d\n")
    assert [column.name for column in layer.columns] == ["Name", "Art"]


def test_a_quotation_mark_that_stays_open_is_told_with_its_line() -> None:
    lines = "".join(f"{n};Linde;rot\n" for n in range(3, 60))
    good, bad = table(f'nr;art;farbe\n1;Ahorn;gelb\n2;"Linde;rot\n{lines}').rows()
    assert good.fault is None
    assert bad.fault is not None
    assert (bad.line, bad.fault.code) == (3, "open-quote")
    assert "Zeile 3" in bad.fault.text["de"]
