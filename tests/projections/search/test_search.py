# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching a small catalogue on both engines, through the use case."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue, search
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery, SearchResult
from allmende.errors import InvalidInput, LimitExceeded, NotAllowed
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Location,
    Period,
    ResourceKind,
)
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject, read_condition
from allmende.projections.search import SearchIndex
from allmende.store import catalogue as stored_catalogue
from allmende.store.records import Entry

CC_ZERO = "http://dcat-ap.de/def/licenses/cc-zero"
CC_BY_NC = "http://dcat-ap.de/def/licenses/cc-by-nc"
TRAFFIC = "http://publications.europa.eu/resource/authority/data-theme/TRAN"
NATURE = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
CSV = "http://publications.europa.eu/resource/authority/file-type/CSV"
GEOJSON = "http://publications.europa.eu/resource/authority/file-type/GEOJSON"


def dataset(title: str, description: str = "", **fields: Any) -> Dataset:
    formats = fields.pop("formats", [CSV])
    licence = fields.pop("licence", CC_ZERO)
    return Dataset(
        title={"de": title},
        description={"de": description} if description else {},
        publisher=Agent(name={"de": fields.pop("publisher", "Stadt Jena")}),
        keyword={"de": fields.pop("keywords", [])},
        theme=fields.pop("themes", []),
        distribution=[Distribution(format=each, license=licence) for each in formats],
        **fields,
    )


RECORDS: dict[str, Dataset] = {
    "trees": dataset(
        "Bäume der Stadt",
        "Standorte und Arten der städtischen Bäume.",
        keywords=["Baum", "Grün"],
        themes=[NATURE],
        formats=[CSV, GEOJSON],
        modified="2024-05-01",
        spatial=[Location(bbox=["POLYGON((11.5 50.8, 11.7 50.8, 11.7 51.0, 11.5 51.0))"])],
    ),
    "register": dataset("Baumkataster", themes=[NATURE], modified="2020-01-01"),
    "traffic": dataset(
        "Verkehrszählung",
        "Gezählt wird der Straßenverkehr an Dauerzählstellen.",
        keywords=["Straßenverkehr", "Zählung"],
        themes=[TRAFFIC],
        modified="2023-01-01",
        issued="2019-01-01",
        temporal=[Period(start="2019-01-01", end="2021-12-31")],
    ),
    "parking": dataset(
        "Parkplätze",
        "Alle Parkplätze und ein Parkplatz am Bahnhof mit Verkehrsanbindung.",
        themes=[TRAFFIC],
        formats=[GEOJSON],
        modified="2022-01-01",
        publisher="Stadtwerke Jena",
    ),
    "houses": dataset("Häuser", "Hausnummern aller Gebäude", licence=CC_BY_NC, modified="2021"),
    "english": Dataset(
        title={"en": "Playgrounds of the city"},
        description={"en": "Places where children play, with fees and opening times."},
    ),
    "council": dataset("Ämter & Ortsteilräte", "Verkehr ist nicht ihr Thema.", modified="2018"),
}


def entry(ident: str, resource: Dataset, **fields: Any) -> Entry:
    given = {"organisation": "jena", "catalogue": "city", **fields}
    return Entry(kind=ResourceKind.DATASET, id=ident, resource=resource, **given)


Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def city(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a platform with the records above."""

    async def filled(platform: Platform, scenario: Scenario) -> None:
        for ident, resource in RECORDS.items():
            await catalogue.put(platform, SYSTEM, entry(ident, resource))
        await scenario(platform)

    def run(scenario: Scenario) -> None:
        settings = settings_for(engine, tmp_path)
        run_scenario(settings, lambda platform: filled(platform, scenario))

    return run


async def ask(
    platform: Platform, text: str = "", subject: Subject = ANONYMOUS, **given: Any
) -> SearchResult:
    return await search.search(platform, subject, SearchQuery(text=text, **given))


def ids(result: SearchResult) -> list[str]:
    return [record.id for record in result.records]


def counts(result: SearchResult, facet: str) -> dict[str, int]:
    return {each.value: each.count for each in result.facets[facet]}


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
def test_words_find_records(
    city: Callable[[Scenario], None], text: str, first: str, mode: str
) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, text)
        assert (ids(result)[:1], result.mode) == ([first] if first else [], mode)

    city(scenario)


def test_the_word_itself_comes_before_compounds_and_texts(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        assert ids(await ask(platform, "Baum")) == ["trees", "register"]
        found = await ask(platform, "Verkehr")
        assert set(ids(found)) == {"traffic", "parking", "council"}
        assert ids(found).index("traffic") < ids(found).index("parking")
        assert ids(await ask(platform, "Verkehr -Amt")) == ["traffic", "parking"]

    city(scenario)


def test_words_that_nothing_has_are_left_out_and_named(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, "Bäume Xanten")
        assert ids(result) == ["trees", "register"]
        assert (result.mode, result.ignored) == ("partial", ["xanten"])

    city(scenario)


def test_typing_errors_are_answered_with_a_question(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        result = await ask(platform, "parkplaz")
        assert (result.mode, result.total) == ("none", 0)
        assert result.suggestions[0] in ("Parkplatz", "Parkplätze")
        both = await ask(platform, "alle bäume parkplaz")
        assert both.suggestions[0] in ("alle bäume Parkplatz", "alle bäume Parkplätze")

    city(scenario)


def test_facets_count_without_their_own_choice(city: Callable[[Scenario], None]) -> None:
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
    city: Callable[[Scenario], None],
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


def test_places_times_and_kinds(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        assert ids(await ask(platform, bbox=(11.6, 50.9, 11.61, 50.91))) == ["trees"]
        assert ids(await ask(platform, bbox=(13.0, 50.9, 13.1, 50.91))) == []
        assert ids(await ask(platform, start="2019-06", end="2019-07")) == ["traffic"]
        assert set(ids(await ask(platform, start="2024"))) == {"trees"}
        assert (await ask(platform, kinds=(ResourceKind.SERVICE,))).total == 0
        assert (await ask(platform, kinds=(ResourceKind.DATASET,))).total == 7

    city(scenario)


def test_orders_and_pages(city: Callable[[Scenario], None]) -> None:
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


def test_completion(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        assert await search.complete(platform, ANONYMOUS, "par") == ["Parkplätze"]
        assert await search.complete(platform, ANONYMOUS, "bau") == [
            "Baum", "Baumkataster", "Bäume der Stadt",
        ]  # fmt: skip
        assert await search.complete(platform, ANONYMOUS, "Häus") == ["Häuser"]
        assert await search.complete(platform, ANONYMOUS, "x") == []

    city(scenario)


def test_changes_are_seen_at_once_and_by_other_processes(
    city: Callable[[Scenario], None],
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


def subjects() -> list[Subject]:
    made = [ANONYMOUS, SYSTEM]
    for role in Role:
        for organisation in ("jena", "gera", "*"):
            made.append(Subject(kind="user", id="x", roles={organisation: frozenset({role})}))
    both = {"jena": frozenset({Role.READER}), "gera": frozenset({Role.STEWARD})}
    return [
        *made,
        Subject(kind="user", id="y", roles=both),
        Subject(kind="token", scopes=frozenset()),
    ]


async def put_secrets(platform: Platform) -> None:
    for organisation in ("jena", "gera"):
        for status in Status:
            for level in Level:
                secret = dataset("Geheimnis Geheimnisverrat Quittenbaum", keywords=["Quitte"])
                made = entry(f"{organisation}-{status}-{level}", secret)
                made.organisation, made.status, made.metadata_access = organisation, status, level
                made.legal_basis = "§ 1"
                await catalogue.put(platform, SYSTEM, made)


def test_bitmaps_and_sql_agree_on_what_a_subject_sees(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await put_secrets(platform)
        index = search.projection_of(platform).index
        seen = set()
        for subject in subjects():
            condition = read_condition(subject)
            bitmap = await platform.store.read(index.visible, condition)
            keys = await platform.store.read(stored_catalogue.keys, condition)
            assert list(bitmap) == keys
            result = await ask(platform, "geheimnis", subject, limit=100)
            assert len(result.records) == result.total
            assert sum(counts(result, "organisation").values()) == result.total
            seen.add(result.total)
        assert len(seen) > 4

    city(scenario)


def test_hidden_words_do_not_show_through(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        hidden = entry("hidden", dataset("Quittenbaum", keywords=["Quitte"]), legal_basis="§ 1")
        hidden.metadata_access = Level.RESTRICTED
        await catalogue.put(platform, SYSTEM, hidden)
        for text in ("quittenbaum", "quitt", "quittenbaun", "tenbaum"):
            result = await ask(platform, text)
            assert (result.total, result.mode, result.suggestions) == (0, "none", [])
        assert await search.complete(platform, ANONYMOUS, "quit") == []
        assert "Quitte" not in counts(await ask(platform), "keyword")
        assert (await ask(platform, "quittenbaun", SYSTEM)).suggestions == ["Quittenbaum"]

    city(scenario)


def test_misses_are_counted_for_stewards_without_personal_data(
    city: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        for text in ("Xylophon", "xylophon ", "rufen sie an 03641 123456", "max@example.org"):
            await ask(platform, text)
        await ask(platform, "Zebra")
        await platform.store.write(lambda _: None)  # what is queued before is done then
        steward = Subject(kind="user", id="s", roles={"jena": frozenset({Role.STEWARD})})
        found = await search.misses(platform, steward)
        assert [(each.query, each.number) for each in found] == [("xylophon", 2)]
        assert len(await search.misses(platform, steward, at_least=1)) == 2
        with pytest.raises(NotAllowed):
            await search.misses(platform, ANONYMOUS)

    city(scenario)


def test_the_index_is_checked_and_rebuilt(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        projection = search.projection_of(platform)
        assert await platform.store.read_slow(projection.check) == []
        await platform.store.write(
            lambda db: db.run("update search_document set facts = '{\"fields\":{}}' where key = 1")
        )
        await platform.store.write(lambda db: db.run("delete from resource where key = 2"))
        problems = await platform.store.read_slow(projection.check)
        assert [(each.key, each.problem) for each in problems] == [(2, "surplus"), (1, "outdated")]
        for rebuild in platform.rebuilds:
            await rebuild(lambda *_: None)
        assert await platform.store.read_slow(projection.check) == []
        assert (await ask(platform)).total == 6
        words = await platform.store.read(
            lambda db: db.value("select count(*) from search_word where stem = 'baumkatast'")
        )
        assert words == 0

    city(scenario)


def test_an_index_of_an_older_program_is_made_anew(city: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await platform.store.write(lambda db: db.run("delete from search_text"))
        await platform.store.write(lambda db: db.run("delete from search_document"))
        await search.make_ready(platform)
        assert (await ask(platform, "bäume")).total == 2
        projection = search.projection_of(platform)
        assert await platform.store.read_slow(projection.outdated) == []

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
    from allmende.projections.search.query import check

    with pytest.raises(error):
        check(SearchQuery(**given))


@pytest.mark.parametrize(
    "text", ['"', "-", "' OR 1", "NEAR(a b)", "* & | ! ( ) :", "{title} : x", "a" * 400]
)
def test_no_text_is_taken_for_syntax(city: Callable[[Scenario], None], text: str) -> None:
    async def scenario(platform: Platform) -> None:
        await ask(platform, text)
        await search.complete(platform, ANONYMOUS, text)

    city(scenario)
