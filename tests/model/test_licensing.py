# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which licence data get, what licences mean, and what may be made of several."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput
from allmende.model import licensing
from allmende.model.licence_mixing import mix
from allmende.model.licensing import LEVELS, Case, grounds, licence_for, table, terms
from allmende.model.vocabulary import vocabulary

BASE = "http://dcat-ap.de/def/licenses/"
EU = "http://publications.europa.eu/resource/authority/licence/"
CASES = [
    Case(owner=owner, regime=regime, level=level, high_value=high, attribution=named, ground=ground)
    for owner in licensing.owners()
    for regime in licensing.regimes(owner)
    for level, high, named, ground in product(
        LEVELS, (False, True), (False, True), ("", *table()["ground"])
    )
]


def test_the_table_speaks_of_what_there_is() -> None:
    for entry in (*table()["rule"], *table()["ground"].values()):
        assert entry["law"] in {*table()["law"], "regime", "ground"}
    for rule in table()["rule"]:
        code = rule.get("licence", "given")
        assert code == "given" or vocabulary("licence").has(BASE + code)
    for codes in table()["regimes"].values():
        assert set(codes) <= set(table()["law"])
    for code, more in table()["passes"].items():
        assert all(vocabulary("licence").has(BASE + each) for each in (code, *more))


def test_every_case_has_a_licence_a_reason_and_a_law() -> None:
    for case in CASES:
        found = licence_for(case)
        assert bool(found.licence) == (case.level != "personal")
        assert set(found.reason) == set(found.legal_basis) == {"de", "en"}


def test_open_is_the_rule_and_permission_the_exception_that_the_law_names() -> None:
    for case in CASES:
        found = licence_for(case)
        if case.level == "open" and found.needs_permission:
            others = case.owner == "third-party" or case.regime == "copyright"
            assert others or case.ground in {each.code for each in grounds(case)}
        if case.level == "open" and case.owner in ("city", "state") and case.regime != "copyright":
            known = terms(found.licence)
            assert known is not None
            assert known.open


def test_high_value_data_of_public_bodies_are_never_reserved() -> None:
    for case in CASES:
        if case.high_value and case.owner in ("city", "state", "municipal-company"):
            assert grounds(case) == []
            if case.level == "open":
                assert licence_for(case).licence in (BASE + "cc-by/4.0", BASE + "cc-zero")


@pytest.mark.parametrize(
    ("case", "code", "law"),
    [
        (Case(), "dl-by-de/2.0", "thuertg"),
        (Case(attribution=False), "dl-zero-de/2.0", "thuertg"),
        (Case(regime="official"), "officialWork", "official"),
        (Case(owner="state", regime="geozg"), "geonutz/20130319", "geozg"),
        (Case(owner="citizen"), "cc-zero", "consent"),
        (Case(owner="third-party"), "other-closed", "copyright"),
        (Case(owner="third-party", given=BASE + "odbl"), "odbl", "contract"),
        (Case(owner="municipal-company", ground="utility"), "other-closed", "dng"),
        (Case(level="restricted"), "other-closed", "thuertg"),
    ],
)
def test_usual_cases(case: Case, code: str, law: str) -> None:
    found = licence_for(case)
    assert (found.licence, found.law) == (BASE + code, law)


@pytest.mark.parametrize(
    "case", [Case(owner="duke"), Case(regime="magic"), Case(level="secret"), Case(owner="")]
)
def test_unknown_codes_are_told(case: Case) -> None:
    with pytest.raises(InvalidInput):
        licence_for(case)


def test_every_licence_of_both_lists_has_terms() -> None:
    for name in licensing.LISTS:
        for concept in vocabulary(name):
            found = terms(concept.iri)
            assert found is not None
            assert found.database in ("yes", "no", "unknown")
            newer = found.replaced_by
            assert newer is None or terms(newer) is not None


def test_a_licence_is_found_by_every_address_it_has() -> None:
    for iri in (EU + "CC_BY_4_0", "https://creativecommons.org/licenses/by/4.0"):
        found = terms(iri)
        assert found is not None
        assert found.iri == BASE + "cc-by/4.0"
    old = terms(EU + "CC_BYNCSA_3_0")
    assert old is not None
    assert (old.open, old.share_alike, old.replaced_by) == (False, True, EU + "CC_BYNCSA_4_0")
    assert terms("javascript:alert(1)") is None


MIXES = {
    ("dl-by-de/2.0", "cc-zero"): ("cc-by/4.0", "dl-by-de/2.0"),
    ("cc-zero", "dl-zero-de/2.0"): ("cc-zero", "dl-zero-de/2.0", "cc-by/4.0", "dl-by-de/2.0"),
    ("cc-by-sa/4.0", "cc-by/4.0"): ("cc-by-sa/4.0", "gpl/3.0"),
    ("cc-by-sa-de/3.0", "cc-by-sa/4.0"): ("cc-by-sa/4.0", "gpl/3.0"),
    ("cc-by-nc/4.0", "dl-by-de/2.0"): ("cc-by-nc/4.0",),
    ("cc-by-sa/4.0", "odbl"): (),
    ("cc-by-nc/4.0", "odbl"): (),
    ("cc-by-nd/4.0",): (),
    ("other-closed", "cc-zero"): (),
    (): (),
}


@pytest.mark.parametrize(("codes", "wanted"), MIXES.items())
def test_mixing(codes: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    found = mix([BASE + each for each in codes])
    assert tuple(each.removeprefix(BASE) for each in found.licences) == wanted
    assert found.possible == bool(wanted)
    assert found.possible or not codes or found.reasons


LISTED = st.sampled_from([each.iri for each in vocabulary("licence")] + ["http://x.example/y"])


@given(st.lists(LISTED, max_size=6), LISTED)
def test_another_source_never_makes_more_possible(iris: list[str], other: str) -> None:
    before, after = mix(iris), mix([*iris, other])
    assert mix(iris[::-1]).possible == before.possible
    if iris and after.possible:
        assert before.possible
        assert after.name >= before.name


def test_the_line_to_copy_names_who_what_how_and_where() -> None:
    line = licensing.attribution_line(
        "Bäume", "Stadt Jena", "dl-de/by-2-0", "https://l.example", "https://d.example", "de"
    )
    assert line == (
        "Datenquelle: Stadt Jena, „Bäume“, dl-de/by-2-0 (https://l.example), https://d.example"
    )
