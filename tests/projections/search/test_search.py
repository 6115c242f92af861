# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching a small catalogue on both engines, through the use case."""

from typing import Any

import pytest
from tests.projections.search.records import (
    NATURE,
    TRAFFIC,
    City,
    ask,
    counts,
    dataset,
    entry,
    ids,
)
from tests.support.trees import MODEL, tree

from allmende.core import catalogue, collections, search
from allmende.core.collections import CollectionEntry
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.catalogue import Agent, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Status, read_condition
from allmende.projections.search import SearchIndex
from allmende.projections.search.query import check


@pytest.mark.parametrize(
    ("text", "first", "mode"),
    [
        ("Häuser", "houses", "stem"),
        ("haus", "houses", "stem"),
        ("Baeume", "trees", "stem"),
        ("BÄUME", "trees", "stem"),
        ("tree", "trees", "stem"),  # English word, German record
        ("playground", "english", "stem"),
        ("Kinderspielplätze playgrounds", "english", "partial"),
        ("spielplatz", "english", "stem"),  # German word, English record
        ("parkplaetze bahnhof", "parking", "stem"),
        ("playgr", "english", "prefix"),
        ("kataster", "register", "stem"),  # compound with a known word
        ("katas", "register", "substring"),
        ("Straßenbäume", "", "none"),
        ('"Parkplatz am Bahnhof"', "parking", "stem"),
        ('"Bahnhof Parkplatz"', "", "none"),
        ("geojson bäume", "trees", "stem"),
        ("2020 Zählung", "traffic", "stem"),  # a year inside of the period
        ("", "trees", "all"),
    ],
)
def test_words_find_records(city: City, text: str, first: str, mode: str) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, text)
        assert (ids(result)[:1], result.mode) == ([first] if first else [], mode)

    city(scenario)


def test_the_word_itself_comes_before_compounds_and_texts(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        assert ids(await ask(platform, "Baum")) == ["trees", "register"]
        found = await ask(platform, "Verkehr")
        assert set(ids(found)) == {"traffic", "parking", "council"}
        assert ids(found).index("traffic") < ids(found).index("parking")
        assert ids(await ask(platform, "Verkehr -Amt")) == ["traffic", "parking"]
        either = await ask(platform, "Baumkataster OR Häuser")
        assert (set(ids(either)), either.mode) == ({"register", "houses"}, "stem")

    city(scenario)


def test_words_that_nothing_has_are_left_out_and_named(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, "Bäume Xanten")
        assert ids(result) == ["trees", "register"]
        assert (result.mode, result.ignored) == ("partial", ["xanten"])

    city(scenario)


def test_typing_errors_are_answered_with_a_question(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, "parkplaz")
        assert (result.mode, result.total) == ("none", 0)
        assert result.suggestions[0] in ("Parkplatz", "Parkplätze")
        both = await ask(platform, "alle bäume parkplaz")
        assert both.suggestions[0] in ("alle bäume Parkplatz", "alle bäume Parkplätze")

    city(scenario)


def test_facets_count_without_their_own_choice(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        everything = await ask(platform)
        assert counts(everything, "theme") == {NATURE: 2, TRAFFIC: 2}
        assert counts(everything, "format") == {"CSV": 5, "GEOJSON": 2}
        assert counts(everything, "openness") == {"open": 5, "restricted": 1, "unknown": 1}
        assert counts(everything, "publisher") == {"Stadt Jena": 5, "Stadtwerke Jena": 1}
        assert counts(everything, "catalogue") == {"city": 7}
        assert counts(everything, "year")["2020"] == 2

        chosen = await ask(platform, facets={"theme": (TRAFFIC,)})
        assert counts(chosen, "theme") == {NATURE: 2, TRAFFIC: 2}
        assert counts(chosen, "format") == {"CSV": 1, "GEOJSON": 1}
        assert set(ids(chosen)) == {"traffic", "parking"}

    city(scenario)


def test_values_of_a_facet_are_alternatives_or_all_demanded(
    city: City,
) -> None:
    async def scenario(platform: Platform) -> None:
        both: dict[str, tuple[str, ...]] = {"format": ("CSV", "GEOJSON")}
        assert (await ask(platform, facets=both)).total == 6
        every = await ask(platform, facets=both, all_values=frozenset({"format"}))
        assert ids(every) == ["trees"]
        assert counts(every, "format") == {"CSV": 1, "GEOJSON": 1}
        narrow = await ask(platform, facets={**both, "theme": (TRAFFIC,)})
        assert set(ids(narrow)) == {"traffic", "parking"}

    city(scenario)


def test_places_times_and_kinds(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        assert ids(await ask(platform, bbox=(11.6, 50.9, 11.61, 50.91))) == ["trees"]
        assert ids(await ask(platform, bbox=(13.0, 50.9, 13.1, 50.91))) == []
        assert ids(await ask(platform, start="2019-06", end="2019-07")) == ["traffic"]
        assert set(ids(await ask(platform, start="2024"))) == {"trees"}
        assert (await ask(platform, kinds=(ResourceKind.SERVICE,))).total == 0
        assert (await ask(platform, kinds=(ResourceKind.DATASET,))).total == 7

    city(scenario)


def test_a_compound_in_a_title_comes_before_the_word_in_a_text(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        for number, text in enumerate(("Linden, Linden und Linden.", "Auch Linden.")):
            resource = dataset(f"Flächen {number}", text)
            await catalogue.put(platform, SYSTEM, entry(f"area{number}", resource))
        resource = dataset("Lindenverzeichnis der Stadt Jena", "Ein Verzeichnis.")
        await catalogue.put(platform, SYSTEM, entry("list", resource))
        assert ids(await ask(platform, "Linde"))[0] == "list"
        assert len(ids(await ask(platform, "Linde"))) == 3

    city(scenario)


def test_datasets_with_rows_to_look_at_come_first_among_equals(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        for ident in ("aaa", "bbb"):
            described = CollectionEntry(
                id=ident, model=MODEL, organisation="city", dataset=dataset("Linden")
            )
            await collections.create(platform, SYSTEM, described)
            await collections.write(platform, SYSTEM, ident, [tree(1)])
        assert ids(await ask(platform, "Linden"))[:2] == ["aaa", "bbb"]
        more = [tree(number) for number in range(2, 101)]
        await collections.write(platform, SYSTEM, "bbb", more)
        assert ids(await ask(platform, "Linden"))[:2] == ["bbb", "aaa"]

    city(scenario)


def test_publishers_are_named_in_every_language_they_have(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        names = {"de": "Amt für Grün", "en": "Parks Office"}
        resource = dataset("Linden")
        resource.publisher = Agent(name=names)
        await catalogue.put(platform, SYSTEM, entry("parks", resource))
        found = await ask(platform, "Linden", counted=("publisher",))
        assert [each.value for each in found.facets["publisher"]] == ["Amt für Grün"]
        assert found.publishers == {"Amt für Grün": names}

    city(scenario)


def test_orders_and_pages(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        by_title = await ask(platform, sort="title")
        assert ids(by_title) == [
            "council", "trees", "register", "houses", "parking", "english", "traffic",
        ]  # fmt: skip
        newest = ["trees", "traffic", "parking", "houses", "register", "council", "english"]
        assert ids(await ask(platform, sort="modified")) == newest
        assert ids(await ask(platform, sort="modified", limit=2, offset=2)) == newest[2:4]
        assert ids(await ask(platform, "verkehr", sort="title")) == [
            "council",
            "parking",
            "traffic",
        ]
        pages = [ids(await ask(platform, "verkehr", limit=1, offset=n))[0] for n in range(3)]
        assert pages == ids(await ask(platform, "verkehr"))
        assert (await ask(platform, limit=0)).total == 7

    city(scenario)


def test_completion(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        assert await search.complete(platform, ANONYMOUS, "par") == ["Parkplätze"]
        assert await search.complete(platform, ANONYMOUS, "bau") == [
            "Baum", "Baumkataster", "Bäume der Stadt",
        ]  # fmt: skip
        assert await search.complete(platform, ANONYMOUS, "Häus") == ["Häuser"]
        assert await search.complete(platform, ANONYMOUS, "x") == []

    city(scenario)


def test_changes_are_seen_at_once_and_by_other_processes(
    city: City,
) -> None:
    async def scenario(platform: Platform) -> None:
        other = SearchIndex()

        async def elsewhere(text: str) -> int:
            found = await platform.store.read(
                other.search, read_condition(ANONYMOUS), SearchQuery(text=text)
            )
            return found.total

        assert await elsewhere("baumkataster") == 1
        changed = dataset("Gehölzregister", themes=[TRAFFIC])
        await catalogue.put(platform, SYSTEM, entry("register", changed))
        assert (await ask(platform, "baumkataster")).total == 0
        assert await elsewhere("baumkataster") == 0
        assert await elsewhere("gehölzregister") == 1
        assert counts(await ask(platform), "theme") == {NATURE: 1, TRAFFIC: 3}
        await catalogue.release(platform, SYSTEM, ResourceKind.DATASET, "register", Status.ARCHIVED)
        assert (await ask(platform, "gehölzregister")).total == 0
        assert await elsewhere("gehölzregister") == 0

    city(scenario)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"limit": 1001}, LimitExceeded),
        ({"limit": -1}, InvalidInput),
        ({"text": "x" * 401}, LimitExceeded),
        ({"facets": {"colour": ("red",)}}, InvalidInput),
        ({"start": "gestern"}, InvalidInput),
        ({"bbox": (1, 5, 2, 4)}, InvalidInput),
        ({"facets": {"keyword": tuple("x" * 101)}}, LimitExceeded),
    ],
)
def test_bad_questions_are_refused(given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        check(SearchQuery(**given))


@pytest.mark.parametrize(
    "text", ['"', "-", "' OR 1", "NEAR(a b)", "* & | ! ( ) :", "{title} : x", "a" * 400]
)
def test_no_text_is_taken_for_syntax(city: City, text: str) -> None:
    async def scenario(platform: Platform) -> None:
        found = await search.search(platform, ANONYMOUS, search.SearchQuery(text=text))
        everything = await search.search(platform, ANONYMOUS, search.SearchQuery())
        assert found.total <= everything.total
        assert len(await search.complete(platform, ANONYMOUS, text)) <= 10

    city(scenario)
