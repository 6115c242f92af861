# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""KML and KMZ, and the ways XML can be hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from allmende.core.imports import Material, open_content
from allmende.core.imports.types import RawRow
from allmende.errors import InvalidInput
from allmende.model.shapes import point
from allmende.sources.vector.kml import described

HEAD = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
TAIL = "</Document></kml>"


def rows(body: str) -> list[RawRow]:
    return list(open_content(Material(f"{HEAD}{body}{TAIL}".encode())).layer().rows())


def placemark(inside: str) -> str:
    return f"<Placemark>{inside}</Placemark>"


POINT = "<Point><coordinates>11.6,50.9,0</coordinates></Point>"


def test_real_files_are_read_completely(shared_data: Path) -> None:
    folder = shared_data / "sensors"
    opened = open_content(Material((folder / "jena_teros21_und_referenzflaechen.kml").read_bytes()))
    assert [(layer.name, layer.count) for layer in opened.layers] == [
        ("refflaechen_smartcity", 12),
        ("sensorstandort_baum", 33),
        ("sensoren", 31),
        ("layer_styles", 3),
    ]
    sensors = open_content(Material((folder / "jena_sensoren_bodenfeuchte.kml").read_bytes()))
    found = list(sensors.layer().rows())
    assert len(found) == 51
    assert found[0].cells["eingesetzt"] == "2022/03/28"
    assert found[0].geometry == point(11.608237, 50.94435)


def test_values_of_descriptions_are_read() -> None:
    table = "<html><table><tr><td>Art</td><td><b>Eiche</b></td></tr></table></html>"
    assert described(table) == {"Art": "Eiche"}
    assert described("art: Eiche<br>hoehe: 12 m") == {"art": "Eiche", "hoehe": "12 m"}
    assert described("A tree: it stands here.") == {}


def test_extended_data_count_more_than_the_description() -> None:
    body = (
        "<description><![CDATA[art: Eiche<br>jahr: 1990]]></description><ExtendedData>"
        '<Data name="art"><value>Linde</value></Data>'
        '<SchemaData><SimpleData name="nr">7</SimpleData></SchemaData></ExtendedData>'
    )
    (row,) = rows(placemark(body + POINT))
    assert (row.cells["art"], row.cells["jahr"], row.cells["nr"]) == ("Linde", "1990", "7")


def test_several_parts_become_one_geometry() -> None:
    line = "<LineString><coordinates>1,2 3,4</coordinates></LineString>"
    (row,) = rows(placemark(f"<MultiGeometry>{line}{line}</MultiGeometry>"))
    assert row.geometry is not None
    assert row.geometry[1] == 5
    (mixed,) = rows(placemark(f"<MultiGeometry>{line}{POINT}</MultiGeometry>"))
    assert mixed.geometry is not None
    assert mixed.geometry[1] == 7


def test_kmz_is_unpacked() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("files/icon.png", b"x")
        packed.writestr("doc.kml", HEAD + placemark(POINT) + TAIL)
    assert len(list(open_content(Material(kept.getvalue())).layer().rows())) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "iso-8859-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    head = HEAD.replace('"1.0"', f'"1.0" encoding="{encoding.removesuffix("-sig")}"')
    body = placemark("<name>Größe</name>" + POINT)
    (row,) = open_content(Material((head + body + TAIL).encode(encoding))).layer().rows()
    assert row.cells["name"] == "Größe"


def test_entities_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE kml [<!ENTITY l0 "lol">{laughs}]>'
    outside = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for declared in (doctype, outside):
        data = (
            f"<?xml version='1.0'?>{declared}<kml><Placemark><name>&l11;</name></Placemark></kml>"
        )
        with pytest.raises(InvalidInput, match="entities"):
            open_content(Material(data.encode()))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidInput, match="deep"):
        rows("<a>" * 5_000 + placemark(POINT) + "</a>" * 5_000)


def test_what_stands_before_the_break_is_read() -> None:
    data = f"{HEAD}{placemark(POINT)}{placemark(POINT)}<Placemark><name>x</nam".encode()
    found = list(open_content(Material(data)).layer().rows())
    assert [row.fault.code if row.fault else "" for row in found] == ["", "", "broken-xml"]


def test_bad_coordinates_cost_only_their_row() -> None:
    bad = "<Point><coordinates>11.6;50.9</coordinates></Point>"
    found = rows(placemark(bad) + placemark(POINT))
    assert [row.fault is None for row in found] == [False, True]
