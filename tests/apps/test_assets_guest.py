# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Descriptions of guests: what is refused, what the shipped ones say, what districts are."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from allmende.apps.assets.guest import GRADES, guests, model, parse
from allmende.apps.assets.places import Districts
from allmende.apps.assets.taking import later
from allmende.core.settings import Settings
from allmende.demo import mapped
from allmende.errors import InvalidInput
from allmende.model.document import Visibility, problems
from allmende.model.shapes import read_geojson

HEAD = 'collection = "trees"\nkind = "tree"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "collection"),
        (HEAD + "[fields]\nasset_id = 'x'", "asset_id"),
        (HEAD + "[fields]\nstatus = 'x'", "status"),
        (HEAD + "[constants]\nguest = 'x'", "guest"),
        (HEAD + "[condition]\nfield='v'\nscale='s'\nvalues={a=6}", "1 to 5"),
        (HEAD + "[inspection]\nmonths = 0", "1 to 600"),
        (HEAD + "[inspection]\nmonths_by_condition = {1 = 700}", "1 to 600"),
        (HEAD + "surprise = 1", "surprise"),
        (HEAD.replace("tree", "Tree"), "not an id"),
        ("collection = ", ""),
        ("#" * 100_001, "larger"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("mine", text.encode())
    assert caught.value.code == "bad-guest"
    assert said in caught.value.text["en"]
    assert "mine" in caught.value.text["de"]


def test_shipped_guests_name_fields_that_are_there() -> None:
    models = {"trees": "tree", "pois": "point-of-interest", "parking": "parking"}
    found = guests(Settings())
    assert [each.id for each in found] == ["benches", "parking", "playgrounds", "trees"]
    kinds = {code.code for code in model().entity().find("kind").codes}  # type: ignore[union-attr]
    for each in found:
        entity = mapped.model(models[each.collection]).entity()
        fields = [name for v in each.fields.values() for name in ([v] if isinstance(v, str) else v)]
        fields += [*each.where, *([each.given_up] if each.given_up else [])]
        assert all(entity.find(name) for name in fields), each.id
        assert each.kind in kinds
        assert set(each.basis) == {"de", "en"}


def test_the_tree_scale_is_whole_and_in_order() -> None:
    rule = next(each for each in guests(Settings()) if each.id == "trees").condition
    assert rule is not None
    field = mapped.model("tree").entity().find(rule.field)
    assert field is not None
    assert [str(code.code) for code in field.codes] == sorted(rule.values)
    assert [rule.values[key] for key in sorted(rule.values)] == list(GRADES)


def test_the_model_keeps_money_and_free_text_inside() -> None:
    assert problems(model()) == []
    assert problems(model("asset-guest")) == []
    inner = {
        f"{entity.name}.{each.name}"
        for entity in model().entities
        for each in entity.fields
        if each.shown_to is not Visibility.PUBLIC
    }
    assert inner == {
        "Asset.acquisition_value",
        "Asset.replacement_value",
        "Asset.yearly_cost",
        "Inspection.result",
        "Inspection.measures",
    }
    for entity in model().entities:
        for each in entity.fields:
            assert set(each.title) == {"de", "en"}, each.name
            assert all(set(code.title) == {"de", "en"} for code in each.codes), each.name


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        ("2022-01-31", 1, "2022-02-28"),
        ("2023-01-31", 13, "2024-02-29"),
        ("2022-12-15", 1, "2023-01-15"),
        ("2022-06-30", 36, "2025-06-30"),
        ("9999-12-31", 600, "9999-12-31"),
    ],
)
def test_months_later(day: str, months: int, due: str) -> None:
    assert later(day, months) == due


@given(some.dates(), some.integers(1, 600))
def test_later_is_later(day, months) -> None:
    assert later(day.isoformat(), months) >= day.isoformat()


def wkb(kind: str, coordinates: object) -> bytes:
    return read_geojson({"type": kind, "coordinates": coordinates}).wkb


def square(west: float) -> bytes:
    ring = [[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]
    return wkb("Polygon", [ring])


def test_which_district() -> None:
    found = Districts(["b", "a"], [square(0), square(1)], 1)
    line = wkb("LineString", [[0.1, 0.5], [0.2, 0.5], [0.3, 0.5]])
    far, border = wkb("Point", [9, 9]), wkb("Point", [1, 0.5])
    given = [wkb("Point", [0.5, 0.5]), wkb("Point", [1.5, 0.5]), border, far, None, line]
    assert found.of(given) == ["b", "a", "a", None, None, "b"]
    assert Districts([], [], 0).of(given) == [None] * 6
    assert found.of([]) == []


def test_a_bow_tie_is_a_district_too() -> None:
    bow = wkb("Polygon", [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]])
    inside = [wkb("Point", [x, y]) for x, y in product((0.2, 1.8), (1.0,))]
    assert Districts(["bow"], [bow], 1).of(inside) == ["bow", "bow"]
