# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pure parts of the portal: previews, texts made safe, places, licences, the picture."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.catalogue import Location
from allmende.portal.coverage import HEIGHT, WIDTH, bounding_box, sketch
from allmende.portal.field_picture import field_picture
from allmende.portal.markup import TAGS, plain, rich, said
from allmende.portal.names import facet_label, file_format, hint_key, licence_name, theme_code
from allmende.portal.preview import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Table, preview

LICENCES = "http://dcat-ap.de/def/licenses/"


def names(table: Table | None) -> list[str]:
    assert table is not None
    return [column.name for column in table.columns]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_csv_is_read_with_its_own_sign(sign: str) -> None:
    text = f"Name{sign}Höhe\nEiche{sign}22\nLinde{sign}18\n"
    table = preview(text.encode(), "CSV", whole=True)
    assert table == preview(text.encode("cp1252"), "csv", whole=True)
    assert table == preview(b"\xef\xbb\xbf" + text.encode(), "CSV", whole=True)
    assert table == preview(text.encode("utf-16"), "CSV", whole=True)
    assert names(table) == ["Name", "Höhe"]
    assert table is not None
    assert table.rows == [["Eiche", "22"], ["Linde", "18"]]
    assert [column.number for column in table.columns] == [False, True]


def test_csv_that_is_cut_off_leaves_out_its_last_line() -> None:
    table = preview("a,b\n1,2\n3,4ä".encode()[:-1], "CSV")
    assert table is not None
    assert table.rows == [["1", "2"]]


def test_csv_quotes_and_ragged_rows() -> None:
    table = preview(b'a,b\n"x,\ny",2,3\n\n1\n', "CSV", whole=True)
    assert table is not None
    assert names(table) == ["a", "b", "3"]
    assert table.rows == [["x, y", "2", "3"], ["1", "", ""]]


def test_wide_and_long_tables_are_cut() -> None:
    head = ",".join(f"c{n}" for n in range(40))
    row = ",".join("x" * 200 for _ in range(40))
    table = preview("\n".join([head, *[row] * 50]).encode(), "CSV", whole=True)
    assert table is not None
    assert (len(table.columns), table.left_out, len(table.rows)) == (MAX_COLUMNS, 26, MAX_ROWS)
    assert len(table.rows[0][0]) == MAX_CELL


def test_geojson_shows_properties_and_geometry_even_when_cut_off() -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"Baum {n}", "tags": ["a"], "none": None},
            "geometry": {"type": "Point", "coordinates": [11.58, 50.927 + n]},
        }
        for n in range(30)
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    for part in (data, data[: len(data) // 2]):
        table = preview(part, "GeoJSON")
        assert names(table) == ["name", "tags", "none", "geometry"]
        assert table is not None
        assert table.rows[0] == ["Baum 0", '["a"]', "", "Point 11.58, 50.927"]


def test_kml_shows_placemarks_and_refuses_document_types() -> None:
    mark = (
        "<Placemark><name>P</name><ExtendedData><Data name='a'><value>1</value></Data>"
        "<SchemaData><SimpleData name='b'>2</SimpleData></SchemaData></ExtendedData></Placemark>"
    )
    kml = f"<kml xmlns='http://www.opengis.net/kml/2.2'><Document>{mark}{mark}<Placem"
    table = preview(kml.encode(), "KML")
    assert names(table) == ["name", "a", "b"]
    assert table is not None
    assert table.rows == [["P", "1", "2"]] * 2
    bomb = f"<!DOCTYPE k [<!ENTITY a 'aaaa'>]>{kml}"
    assert preview(bomb.encode(), "KML") is None


@pytest.mark.parametrize("format", ["CSV", "GeoJSON", "KML", "PDF"])
@pytest.mark.parametrize("data", [b"", b"\0\0", b"{", b'{"features": [1, 2', b"\xff" * 50, b"\n\n"])
def test_what_is_no_table_gives_none(data: bytes, format: str) -> None:
    assert preview(data, format, whole=True) is None


@given(st.binary(max_size=600), st.sampled_from(["CSV", "GEOJSON", "KML"]), st.booleans())
def test_preview_never_fails(data: bytes, format: str, whole: bool) -> None:
    table = preview(data, format, whole=whole)
    if table is not None:
        assert all(len(row) == len(table.columns) for row in table.rows)


@given(st.text(max_size=400))
def test_rich_text_has_only_harmless_tags(text: str) -> None:
    from html.parser import HTMLParser

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in TAGS
            assert {name for name, _ in attrs} <= {"href", "rel"}

    Tags().feed(rich(text))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\n\n* b\n* c", "<p>a</p>\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n"),
        ("<h2>T</h2><p onclick='x()'>a<img src=x></p>", "<p><strong>T</strong></p><p>a</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        (
            '<p><a href="https://a.example">x</a></p>',
            '<p><a href="https://a.example" rel="nofollow noopener">x</a></p>',
        ),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>\n"),
    ],
)
def test_descriptions_become_html(text: str, html: str) -> None:
    assert rich(text) == html


def test_plain_text_has_no_marks_and_ends_at_a_word() -> None:
    assert plain("# T\n**b** [l](http://x.example) <i>k</i> &amp;<script>x</script>") == "T b l k &"
    assert plain("eins zwei, drei", 12) == "eins zwei …"


def test_language_of_a_text_is_said_only_when_it_differs() -> None:
    assert said({"de": "a", "en": "b"}, "en") == ("b", None)
    assert said({"de": "a"}, "en") == ("a", "de")
    assert said({"und": "a", "fr": "c"}, "en") == ("a", None)
    assert said({"fr": "c"}, "en") == ("c", "fr")
    assert said({"en-GB": "d", "de": " "}, "en") == ("d", None)
    assert not said({}, "de")


@pytest.mark.parametrize(
    "literal",
    [
        "POLYGON((11.5 50.8, 11.7 50.8, 11.7 51, 11.5 51, 11.5 50.8))",
        "<http://www.opengis.net/def/crs/EPSG/0/4326> POLYGON((50.8 11.5, 51 11.7, 50.8 11.5))",
        "ENVELOPE(11.5, 11.7, 51, 50.8)",
        '{"type":"Polygon","coordinates":[[[11.5,50.8],[11.7,50.8],[11.7,51],[11.5,50.8]]]}',
    ],
)
def test_box_of_every_spelling(literal: str) -> None:
    assert bounding_box([Location(bbox=[literal])]) == (11.5, 50.8, 11.7, 51)


def test_box_of_nothing_is_none() -> None:
    assert bounding_box([Location(), Location(bbox=["POLYGON EMPTY", "{", "POINT(999 2)"])]) is None


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(0, 50), st.floats(0, 30))
def test_sketch_stays_in_its_frame(x: float, y: float, wide: float, high: float) -> None:
    drawn = sketch((x, y, min(x + wide, 180), min(y + high, 90)))
    assert drawn.x >= 0
    assert drawn.y >= 0
    assert drawn.x + drawn.width <= WIDTH
    assert drawn.y + drawn.height <= HEIGHT


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        (LICENCES + "dl-by-de/2.0", "dl-de/by-2-0"),
        ("https://www.dcat-ap.de/def/licenses/cc-zero", "CC0"),
        (LICENCES + "cc-by/4.0", "CC BY 4.0"),
        ("http://unknown.example/my-licence", "my-licence"),
    ],
)
def test_licences_have_short_names(iri: str, name: str) -> None:
    assert licence_name(iri, "de") == name


def test_formats_and_themes_have_short_names() -> None:
    base = "http://publications.europa.eu/resource/authority/"
    assert file_format(base + "file-type/WMS_SRVC") == "WMS"
    assert file_format(base + "file-type/GEOJSON") == "GeoJSON"
    assert file_format("https://www.iana.org/assignments/media-types/text/csv") == "CSV"
    assert hint_key(base + "file-type/CSV") == "format.CSV"
    assert hint_key(base + "file-type/DOC") is None
    assert theme_code(base + "data-theme/ENVI") == "ENVI"
    assert theme_code("http://other.example/x") == "other"
    assert facet_label("format", "WFS_SRVC", "de") == "WFS"
    assert facet_label("keyword", "Baum", "de") is None


def test_field_has_a_strip_per_theme_and_none_without() -> None:
    picture = field_picture([("ENVI", 30), ("TRAN", 1), ("GOVE", 0)])
    assert picture is not None
    assert [strip.code for strip in picture.strips] == ["ENVI", "TRAN"]
    assert len(picture.strips[0].furrows) > len(picture.strips[1].furrows)
    assert field_picture([]) is None
