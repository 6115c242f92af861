# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Styles, the library's worker, filters of forms and values as people write them."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from tests.portal.map_city import TREE

from allmende.model.cql2 import parse_text
from allmende.model.document import Entity, Field, FieldType, GeometryType
from allmende.model.filter import Compare, In, IsNull, Or
from allmende.model.style import COLOUR, PALETTE, colour_of, complete, drawn_as
from allmende.portal import map_filter, map_library, map_sheet, static_files
from allmende.portal.map_layers import legend
from allmende.portal.map_values import measured, show, unit
from allmende.portal.page import Page
from allmende.portal.site import site
from allmende.portal.words import words
from allmende.web.headers import PAGE_POLICY


def page(language: str = "de") -> Page:
    from allmende.core.settings import Settings
    from allmende.policy.subject import ANONYMOUS

    request = Request({"type": "http", "path": "/", "headers": [], "query_string": b""})
    return Page(request, words(language), site(Settings()), ANONYMOUS, "/")


# --- styles --------------------------------------------------------------------------


def test_a_collection_without_a_style_has_its_own_colour() -> None:
    style = complete(None, TREE, "trees")
    assert style.color == colour_of("trees")
    assert style.color in PALETTE
    assert complete(None, TREE, "trees") == style


def test_classes_take_the_titles_of_codes() -> None:
    raw = {
        "color_by": "health",
        "classes": [
            {"value": "1", "color": "#00ff00"},
            {"color": "#cccccc"},
            {"value": "2", "color": "red"},
        ],
    }
    style = complete(raw, TREE, "trees")
    assert [each.label["de"] for each in style.classes] == ["gesund", "sonstige"]
    assert style.color == "#cccccc"


def test_classes_of_a_hidden_field_fall_away() -> None:
    raw = {"color_by": "secret", "classes": [{"value": 1, "color": "#ff0000"}], "label": "secret"}
    style = complete(raw, TREE, "trees")
    assert not style.classes
    assert not style.label
    assert COLOUR.match(style.color)


@pytest.mark.parametrize("raw", [{"classes": 1}, {"radius": "wide"}, {"classes": [{}]}, {}])
def test_a_style_that_cannot_be_read_is_none(raw: dict[str, Any]) -> None:
    assert complete(raw, TREE, "trees") == complete(None, TREE, "trees")


def test_limits_are_said_with_their_unit() -> None:
    raw = {"color_by": "height", "classes": [{"below": 10, "color": "#112233"}]}
    assert complete(raw, TREE, "t").classes[0].label == {"und": "< 10 m"}


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        (GeometryType.POINT, "point"),
        (GeometryType.MULTILINESTRING, "line"),
        (GeometryType.POLYGON, "area"),
        (GeometryType.ANY, "mixed"),
    ],
)
def test_what_a_collection_is_drawn_as(kind: GeometryType, drawn: str) -> None:
    field = Field(name="place", type=FieldType.GEOMETRY, geometry=kind)
    assert drawn_as(Entity(name="Thing", fields=[field])) == drawn


# --- the library ---------------------------------------------------------------------


def test_the_worker_is_cut_out_of_the_script() -> None:
    script = b'before define("shared",a);define("worker",b);define("index",c);'
    worker = map_library.worker_of(script)
    assert worker is not None
    assert b'define("shared",a);define("worker",b);' in worker
    assert b"index" not in worker
    assert map_library.worker_of(b"another build") is None


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if MapLibre's package were not installed."""
    monkeypatch.setattr(map_library, "find_spec", lambda _: None)
    map_library.library.cache_clear()
    static_files.assets.cache_clear()
    yield
    map_library.library.cache_clear()
    static_files.assets.cache_clear()


@pytest.mark.usefixtures("without_library")
def test_without_the_package_there_is_no_library() -> None:
    assert map_library.library() == {}
    assert map_library.SCRIPT not in static_files.assets()


def test_modules_name_the_marks_of_what_they_import() -> None:
    found = static_files.assets()
    text = found["map-page.js"].body.decode()
    for name in ("alm-map.js", "map-addresses.js", "map-measure.js"):
        assert f'"./{name}?v={found[name].mark}"' in text


def test_the_policy_for_a_foreign_base_map_is_the_pages_own() -> None:
    from allmende.portal.views.map import POLICY, _policy

    assert POLICY.replace(" {host}", "") == PAGE_POLICY
    made = _policy("https://tiles.example/a/{z}/{x}/{y}.png?key=1")
    assert made.count("https://tiles.example;") == 2


# --- filters -------------------------------------------------------------------------


def form(*values: tuple[str, str]) -> map_filter.Form:
    return map_filter.form(TREE, values, page())


def test_a_form_has_a_control_for_each_field() -> None:
    kinds = {each.name: each.kind for each in form().controls}
    assert kinds == {
        "health": "boxes",
        "protected": "truth",
        "number": "range",
        "species": "text",
        "height": "range",
        "planted": "dates",
        "note": "text",
    }
    assert not form().cql
    assert form().active == 0


def test_form_filter_and_cql_say_the_same() -> None:
    made = form(
        ("height.from", "2,5"),
        ("height.to", "10"),
        ("health", "1"),
        ("health", "9"),
        ("protected", "true"),
        ("planted.from", "2001-02-03"),
        ("species", "O'Hara 50%"),
    )
    assert made.cql == (
        """"health" IN ('1') AND "protected" = TRUE AND """
        """CASEI("species") LIKE CASEI('%O''Hara 50\\%%') AND """
        """"height" >= 2.5 AND "height" <= 10 AND "planted" >= DATE('2001-02-03')"""
    )
    assert parse_text(made.cql) is not None
    assert Compare("height", ">=", 2.5) in made.where.parts  # type: ignore[union-attr]
    assert In("health", ("1",)) in made.where.parts  # type: ignore[union-attr]
    assert made.active == 5


def test_rows_without_a_value_can_be_asked_for() -> None:
    made = form(("health", "1"), ("health.none", "1"), ("height.none", "1"), ("number.none", "1"))
    assert made.cql == """(("health" IN ('1')) OR "health" IS NULL) AND "height" IS NULL"""
    assert parse_text(made.cql) is not None
    assert Or((In("health", ("1",)), IsNull("health"))) in made.where.parts  # type: ignore[union-attr]
    assert [each.name for each in made.first][:2] == ["health", "height"]
    assert not next(each for each in made.controls if each.name == "number").open


def test_a_filter_is_said_in_words() -> None:
    made = form(
        ("height.from", "2,5"),
        ("height.to", "10"),
        ("health", "1"),
        ("health.none", "1"),
        ("species", "Linde"),
        ("planted.from", "2001-02-03"),
    )
    said = {label.text: text for label, text in map_sheet.wanted(made, page())}
    assert said == {
        "Zustand": "gesund oder ohne Angabe",
        "Art": "enthält „Linde“",
        "Höhe": "von 2,5 bis 10 m",
        "Gepflanzt": "von 3. Februar 2001",
    }


def test_legend_and_filter_use_the_same_words() -> None:
    raw = {"color_by": "health", "classes": [{"value": "1", "color": "#112233"}]}
    raw["classes"][0]["label"] = {"de": "Zustand 1"}  # type: ignore[index]
    style = complete(raw, TREE, "trees")
    options = next(each for each in form().controls if each.name == "health").options
    assert legend(style, page())[0][1].text == options[0].label.text == "gesund"


@pytest.mark.parametrize(
    "typed", [("height.from", "hoch"), ("planted.to", "2001-02-30"), ("number.from", "1.5")]
)
def test_what_is_no_value_is_said_and_passed_over(typed: tuple[str, str]) -> None:
    made = form(typed)
    assert not made.cql
    assert [each.wrong for each in made.controls].count(True) == 1


# --- values --------------------------------------------------------------------------


def shown(field: Field, value: Any, language: str = "de") -> str:
    return measured(field, value, page(language)).text.replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("name", "value", "de", "en"),
    [
        ("height", 12.25, "12,25 m", "12.25 m"),
        ("height", 1234.5, "1.234,5 m", "1,234.5 m"),
        ("planted", "1987-05-01", "1. Mai 1987", "1 May 1987"),
        ("health", "2", "krank", "ill"),
        ("health", "7", "7", "7"),
        ("protected", True, "ja", "yes"),
        ("protected", False, "nein", "no"),
        ("species", None, "", ""),
    ],
)
def test_values_are_written_as_in_the_language(name: str, value: Any, de: str, en: str) -> None:
    field = TREE.find(name)
    assert field is not None
    assert shown(field, value) == de
    assert shown(field, value, "en") == en


def test_keys_and_years_are_not_grouped() -> None:
    number = TREE.find("number")
    assert number is not None
    assert show(number, 12345, page(), TREE).text == "12345"
    assert shown(Field(name="n", type=FieldType.INTEGER), 12345) == "12.345"
    assert shown(Field(name="year", type=FieldType.YEAR), 1999) == "1999"


def test_other_kinds_of_values() -> None:
    assert shown(Field(name="t", type=FieldType.TIME), "08:30:00") == "08:30"
    assert shown(Field(name="t", type=FieldType.STRING, many=True), ["a", "b"]) == "a und b"
    assert shown(Field(name="o", type=FieldType.OBJECT), {"a": "ä"}) == '{"a": "ä"}'
    web = show(Field(name="u", type=FieldType.URI), "https://example.org/", page())
    assert web.address == "https://example.org/"
    assert show(Field(name="u", type=FieldType.URI), "javascript:alert(1)", page()).address is None
    assert unit(Field(name="a", type=FieldType.NUMBER, unit="m2")) == "m²"


def test_shares() -> None:
    assert words("de").percent(1, 3).replace("\N{NO-BREAK SPACE}", " ") == "33 %"
    assert words("en").percent(1, 1000) == "0.1%"
    assert words("en").percent(0, 0) == "0%"
