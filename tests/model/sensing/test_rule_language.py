# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Expressions and documents of rules: what they come to, and what is refused with a reason."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.sensing.rule_language import DEEPEST, LONGEST, Misread, parse
from allmende.model.sensing.rule_values import value_of
from allmende.model.sensing.rules import LARGEST, InvalidRule, microseconds, read_rule
from allmende.model.sensing.units import SCALES, code_of, conversion

HEAD = 'title = { de = "Regel", en = "Rule" }\n[inputs.x]\nproperty = "soil-temperature"\n'


def counted(text: str, **values: Any) -> Any:
    return value_of(parse(text), values)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("2 ^ 3 ^ 2", 512),
        ("10 / 4 - 1", 1.5),
        ("log10(abs(-1050))", 3.0211892990699383),
        ("min(3, 1, 2) + max(3, 1)", 4),
        ("mean(1, 2, 6)", 3),
        ("round(2.345, 1)", 2.3),
        ("if 1 < 2 then 5 else 6", 5),
        ('if 1 >= 2 then "a" else if 2 = 2 then "b" else "c"', "b"),
        ("1 < 2 and not 2 < 1 or false", True),
        ('"a" != "b"', True),
        ("default(missing, 4)", 4),
        ("1e3", 1000),
    ],
)
def test_an_expression_is_counted(text: str, wanted: Any) -> None:
    assert counted(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["log10(0)", "1 / 0", "sqrt(-1)", '"a" + 1', "missing + 1", "if missing then 1 else 2",
     "10 ^ 400", "exp(10000)", '1 < "a"', "missing = missing", "mean(1, missing)", "true + 1"],
)  # fmt: skip
def test_what_cannot_be_counted_is_missing(text: str) -> None:
    assert counted(text) is None


def test_several_values_are_counted_one_by_one_and_together() -> None:
    several = [1.0, None, 3.0, 5.0]
    assert counted("x * 2", x=several) == [2.0, None, 6.0, 10.0]
    assert counted("mean(x)", x=several) == 3
    assert counted("sum(x) + count(x)", x=several) == 12
    assert counted("share(x > 2)", x=several) == pytest.approx(2 / 3)
    assert counted("any(x > 4) and not all(x > 4)", x=several) is True
    assert counted("mean(log10(x))", x=[10.0, 0.0, 1000.0]) == 2
    assert counted("mean(x)", x=[None, None]) is None
    assert counted("count(x)", x=[]) == 0
    assert counted("known(x)", x=[None]) is False
    assert counted("x + y", x=[1.0], y=[1.0, 2.0]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ("1 +", "ends too early"),
        ("(1", "Expected “)”"),
        ("1 2", "does not fit"),
        ("a.b", "is not understood"),
        ("__import__(1)", "no function"),
        ("abs(1, 2)", "takes 1 to 1"),
        ("if 1 then 2", "Expected “else”"),
        ("1 < 2 < 3", "does not fit"),
        ("(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), "deeper"),
        ("-" * (DEEPEST + 5) + "1", "deeper"),
        ("1" + "+1" * 600, "more than"),
        ("1" * (LONGEST + 1), "longer"),
    ],
)
def test_a_fault_is_told(text: str, said: str) -> None:
    with pytest.raises(Misread) as caught:
        parse(text)
    assert said in caught.value.text["en"]
    assert caught.value.text["de"]


@given(st.text(alphabet='x1.+-*/^()<>= ifthenlsad"', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except Misread:
        return
    names = {name: 1.5 for name in ["x", "i", "f", "t", "h", "e", "n", "l", "s", "a", "d"]}
    try:
        value_of(tree, names)
    except KeyError:
        return


def test_units_are_converted() -> None:
    for given_, wanted, value, result in (
        ("kPa", "hPa", -105.0, -1050.0),
        ("hPa", "kPa", -1050.0, -105.0),
        ("Cel", "K", 0.0, 273.15),
        ("[degF]", "Cel", 32.0, 0.0),
        ("km/h", "m/s", 36.0, 10.0),
        ("%", "1", 50.0, 0.5),
    ):
        convert = conversion(given_, wanted)
        assert convert is not None
        assert convert(value) == pytest.approx(result, abs=1e-9)
    assert conversion("kPa", "Cel") is None
    assert conversion("furlong", "m") is None
    assert code_of({"definition": "https://ucum.org/#kPa"}) == "kPa"
    assert code_of({"symbol": "°C"}) == "Cel"
    assert code_of({"symbol": "?"}) == ""


@given(st.sampled_from(sorted(SCALES)), st.sampled_from(sorted(SCALES)), st.floats(-1e6, 1e6))
def test_a_conversion_can_be_undone(one: str, other: str, value: float) -> None:
    there, back = conversion(one, other), conversion(other, one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert math.isclose(back(there(value)), value, rel_tol=1e-9, abs_tol=1e-6)


def test_durations() -> None:
    assert microseconds("PT15M") == 900_000_000
    assert microseconds("P1DT1H") == 90_000_000_000
    for text in ("", "P", "PT", "15 min", "P1Y", "-PT1M"):
        with pytest.raises(ValueError, match=r".*"):
            microseconds(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title = 1", "title"),
        ("nonsense", ""),
        ("x" * (LARGEST + 1), ""),
        (HEAD, ""),
        (HEAD + '[outputs.y]\nvalue = "z"', "outputs.y.value"),
        (HEAD + '[outputs.y]\nvalue = "x +"', "outputs.y.value"),
        (HEAD + '[outputs.y]\nvalue = "x"\nunit = "furlong"', "outputs.y.unit"),
        (HEAD + '[let]\nx = "1"\n[outputs.y]\nvalue = "x"', "let.x"),
        (HEAD + '[let]\nif = "1"\n[outputs.y]\nvalue = "x"', "let.if"),
        (HEAD + 'over = "P40D"\n[outputs.y]\nvalue = "x"', "inputs.x.over"),
        (HEAD + 'rule = "other"\n[outputs.y]\nvalue = "x"', "inputs.x"),
        (HEAD + '[outputs.y]\nvalue = "x"\n[[outputs.y.levels]]\ncode = "a"\nbelow = 2.0\n'
         '[[outputs.y.levels]]\ncode = "b"\nbelow = 1.0', "outputs.y.levels"),
        (HEAD + '[[alerts]]\nid = "a"\nwhen = "x > 1"\ntext = {de = "a"}\nto = ["file:///etc"]',
         "alerts.a.to"),
        ('each = "area"\n' + HEAD + '[outputs.y]\nvalue = "x"', "areas"),
        ('each = "sometimes"\n' + HEAD + '[outputs.y]\nvalue = "x"', "each"),
    ],
)  # fmt: skip
def test_a_document_that_is_not_usable_says_where(text: str, place: str) -> None:
    with pytest.raises(InvalidRule) as caught:
        read_rule(text)
    assert place in [each.place for each in caught.value.findings]
    assert all(each.text["de"] and each.text["en"] for each in caught.value.findings)


@pytest.mark.parametrize(
    ("text", "place", "de", "en"),
    [
        ("title = 1", "title", "Erwartet wird Gruppe von Angaben", "Expected is mapping"),
        ('titel = { de = "a" }', "", "Ist „title“ gemeint?", "Is “title” meant?"),
        (HEAD + "[outputs.y]\nvalue = 3", "outputs.value", "Erwartet wird Text", "is text"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(text: str, place: str, de: str, en: str) -> None:
    with pytest.raises(InvalidRule) as caught:
        read_rule(text)
    (fault,) = caught.value.findings
    assert (fault.place, de in fault.text["de"], en in fault.text["en"]) == (place, True, True)
