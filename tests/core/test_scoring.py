# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The score follows records, links and rights, and is summed up, kept and searched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue, scoring, scoring_upkeep
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.search import SearchQuery, search
from allmende.errors import NotAllowed, NotAuthenticated, NotFound
from allmende.model.catalogue import Agent, Catalog, Dataset, Distribution, ResourceKind
from allmende.model.filter import Compare
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject
from allmende.store import Connection, links, scores

DATASET, CATALOG = ResourceKind.DATASET, ResourceKind.CATALOG
ENVI = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
TREES = "https://example.org/trees.csv"
Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Run:
    """Runs a scenario on a fresh platform."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


def member(role: Role, organisation: str = "jena") -> Subject:
    roles = {organisation: frozenset({role})}
    return Subject(kind="user", id=str(role), roles=roles, scopes=frozenset(Scope))


def trees(**more: object) -> Dataset:
    return Dataset(
        title={"de": "Bäume"},
        description={"de": "Alle Bäume der Stadt."},
        publisher=Agent(name={"de": "Stadt"}),
        distribution=[
            Distribution(
                access_url=[TREES], license="http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
            )
        ],
        **more,  # type: ignore[arg-type]
    )


def entry(resource: Dataset, ident: str = "trees", **more: object) -> Entry:
    return Entry(
        kind=DATASET,
        resource=resource,
        organisation="jena",
        id=ident,
        **more,  # type: ignore[arg-type]
    )


async def points(platform: Platform, ident: str = "trees") -> int:
    _, rating = await scoring.find(platform, SYSTEM, ident)
    key = (await catalogue.get(platform, SYSTEM, DATASET, ident)).key
    stored = await platform.store.read(scores.points_of, [key])
    assert stored[key] == rating.score.points
    return rating.score.points


def answered(db: Connection, address: str, status: int) -> None:
    links.save(db, links.Link(address=address, status=status))


# DCAT-AP is met (30), publisher (10), licence (20) and that it is known (10)
PLAIN = 70


def test_the_score_follows_every_write_and_is_remembered(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        assert await points(platform) == PLAIN
        await catalogue.put(platform, SYSTEM, entry(trees(keyword={"de": ["Baum"]})))
        assert await points(platform) == PLAIN + 30
        await catalogue.put(platform, SYSTEM, entry(trees(keyword={"de": ["Baum", "Wald"]})))
        record = await catalogue.get(platform, SYSTEM, DATASET, "trees")
        past = await scoring.history(platform, SYSTEM, record)
        assert [(each.revision, each.points) for each in past] == [(1, PLAIN), (2, PLAIN + 30)]
        assert past[1].dimensions["findability"] == 30
        broken = trees()
        broken.title = {}
        await catalogue.put(platform, SYSTEM, entry(broken))
        assert await points(platform) == PLAIN - 30

    run(scenario)


def test_the_past_of_a_draft_is_not_told(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees(), status=Status.DRAFT))
        better = entry(trees(keyword={"de": ["Baum"]}))
        await catalogue.put(platform, SYSTEM, better)
        record = await catalogue.get(platform, ANONYMOUS, DATASET, "trees")
        past = await scoring.history(platform, ANONYMOUS, record)
        assert [each.revision for each in past] == [2]

    run(scenario)


def test_links_that_answer_count_at_once(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        _, rating = await scoring.find(platform, ANONYMOUS, "trees")
        assert rating.score.pending == 50
        await platform.store.write(answered, TREES, 200)
        projection = scoring_upkeep.projection_of(platform)
        record = await catalogue.get(platform, SYSTEM, DATASET, "trees")
        await platform.store.write(scoring_upkeep.again, projection, [record.key])
        assert await points(platform) == PLAIN + 50
        found = await search(platform, ANONYMOUS, SearchQuery(counted=("quality",)))
        assert [each.value for each in found.facets["quality"]] == ["bad"]  # 120 is just bad
        # what is known of the address counts for the next record as well
        await catalogue.put(platform, SYSTEM, entry(trees(), "others"))
        assert await points(platform, "others") == PLAIN + 50
        gone = trees()
        gone.distribution[0].access_url = ["ftp://example.org/trees"]
        await catalogue.put(platform, SYSTEM, entry(gone, "others"))
        _, rating = await scoring.find(platform, ANONYMOUS, "others")
        assert (rating.score.points, rating.score.pending) == (PLAIN, 0)

    run(scenario)


def test_search_filters_and_sorts_by_quality(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees(), "plain"))
        rich = trees(keyword={"de": ["Baum"]}, theme=[ENVI], issued="2020")
        await catalogue.put(platform, SYSTEM, entry(rich, "rich"))
        await catalogue.put(
            platform, SYSTEM, Entry(kind=CATALOG, resource=Catalog(), organisation="jena", id="c")
        )

        async def ids(**asked: object) -> list[str]:
            query = SearchQuery(**asked)  # type: ignore[arg-type]
            return [each.id for each in (await search(platform, ANONYMOUS, query)).records]

        assert await ids(sort="quality") == ["rich", "plain", "c"]
        assert await ids(sort="quality", backwards=True, kinds=(DATASET,)) == ["plain", "rich"]
        assert await ids(facets={"quality": ("sufficient",)}) == ["rich"]
        assert await ids(facets={"quality": ("bad",)}) == ["plain"]
        assert await ids(where=Compare("points", ">=", 130)) == ["rich"]
        assert await ids(where=Compare("points", "<=", 130)) == ["plain"]

    run(scenario)


def test_sums_are_about_what_everybody_sees(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(
            platform, SYSTEM, Entry(kind=CATALOG, resource=Catalog(), organisation="jena", id="c")
        )
        await catalogue.put(platform, SYSTEM, entry(trees(), "one", catalogue="c"))
        await catalogue.put(platform, SYSTEM, entry(trees(keyword={"de": ["x"]}), "two"))
        closed = entry(
            trees(), "three", metadata_access=Level.INTERNAL, legal_basis="§ 3", catalogue="c"
        )
        await catalogue.put(platform, SYSTEM, closed)
        await catalogue.put(platform, SYSTEM, entry(trees(), "four", status=Status.DRAFT))
        city = await scoring.overview(platform, ANONYMOUS)
        assert (city.now.records, city.now.points) == (2, PLAIN + 15)
        assert city.now.bands == {"excellent": 0, "good": 0, "sufficient": 0, "bad": 2}
        assert city.days == []
        await scoring_upkeep.note_day(platform, {})
        await catalogue.put(platform, SYSTEM, entry(trees(), "two"))
        city = await scoring.overview(platform, SYSTEM)
        assert (city.now.points, [each.points for _, each in city.days]) == (PLAIN, [PLAIN + 15])
        one = await scoring.overview(platform, ANONYMOUS, "catalogue", "c")
        assert (one.now.records, len(one.days)) == (1, 1)
        assert set(await scoring.table(platform, ANONYMOUS, "catalogue")) == {"", "c"}
        assert set(await scoring.table(platform, ANONYMOUS, "publisher")) == {"Stadt"}
        of_city = await scoring.overview(platform, ANONYMOUS, "publisher", "Stadt")
        assert of_city.now.records == 2
        dearest = (await scoring.losses(platform, ANONYMOUS))[0]
        assert (dearest.metric, dearest.points, dearest.records) == ("accessUrlStatusCode", 50, 2)
        for scope, name in (("catalogue", "nowhere"), ("publisher", "Nobody")):
            with pytest.raises(NotFound):
                await scoring.overview(platform, ANONYMOUS, scope, name)  # type: ignore[arg-type]

    run(scenario)


def test_advice_is_for_those_who_can_follow_it(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        record = await catalogue.get(platform, ANONYMOUS, DATASET, "trees")
        assert await scoring.advice(platform, ANONYMOUS, record) == []
        assert await scoring.advice(platform, member(Role.STEWARD, "gera"), record) == []
        deeds = await scoring.advice(platform, member(Role.STEWARD), record)
        assert [(each.key, each.points) for each in deeds][:2] == [
            ("download-url", 50), ("open-format", 40),
        ]  # fmt: skip
        total, rows = await scoring.to_do(platform, member(Role.CONTRIBUTOR))
        assert (total, [row.record.id for row in rows]) == (1, ["trees"])
        assert rows[0].gain == 405 - PLAIN - 50
        assert (await scoring.to_do(platform, member(Role.STEWARD, "gera")))[0] == 0
        assert (await scoring.to_do(platform, SYSTEM))[0] == 1
        with pytest.raises(NotAuthenticated):
            await scoring.to_do(platform, ANONYMOUS)
        with pytest.raises(NotAllowed):
            await scoring.to_do(platform, Subject(kind="user", id="x", scopes=frozenset(Scope)))

    run(scenario)


def test_a_draft_on_a_form_is_scored_without_being_stored(run: Run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        await platform.store.write(answered, TREES, 301)
        rating = await scoring.trial(platform, member(Role.CONTRIBUTOR), trees())
        assert rating.score.points == PLAIN + 50
        with pytest.raises(NotAuthenticated):
            await scoring.trial(platform, ANONYMOUS, trees())

    run(scenario)


def test_hostile_texts_are_scored_like_others(run: Run) -> None:
    nul = "Amt\0 für \ud800 alles"
    urls = [
        "https://example.org/" + "ä" * 1_990, "https://example.org/\0", "http://[::1", "",
        "https://example.org:99999/", "javascript:alert(1)", "https://me:secret@example.org/",
        "http://exa mple.org", "HTTPS://EXAMPLE.ORG/ok",
    ]  # fmt: skip

    async def scenario(platform: Platform) -> None:
        for at, name in enumerate((nul.replace("\ud800", ""), "x" * 5_000, "\n")):
            dataset = trees()
            dataset.publisher = Agent(name={"de": name})
            dataset.distribution = [Distribution(access_url=[each]) for each in urls]
            await catalogue.put(platform, SYSTEM, entry(dataset, f"d{at}"))
            _, rating = await scoring.find(platform, SYSTEM, f"d{at}")
            assert rating.score.pending == pytest.approx(50 / len(urls))
        await scoring_upkeep.note_day(platform, {})
        found = await scoring.table(platform, ANONYMOUS, "publisher")
        assert sorted(map(len, found)) == [0, 14, 300]

    run(scenario)


def test_a_replaced_file_is_looked_at_again(run: Run) -> None:
    def due(db: Connection) -> list[int]:
        return [row[0] for row in db.rows("select due from link order by address")]

    def later(db: Connection) -> None:
        db.run("update link set due = 99")

    async def scenario(platform: Platform) -> None:
        own = f"{platform.settings.base_url}/files/trees/trees.csv"
        dataset = trees()
        dataset.distribution[0].download_url = [own]
        await catalogue.put(platform, SYSTEM, entry(dataset))
        await platform.store.write(later)
        dataset.distribution[0].byte_size = 7
        await catalogue.put(platform, SYSTEM, entry(dataset))
        assert await platform.store.read(due) == [0, 99]  # ours at once, the other in its time

    run(scenario)


def test_an_older_scoring_is_made_anew(run: Run) -> None:
    def older(db: Connection) -> None:
        db.run("update resource_score set made_by = 'old', points = 1, counted = '[]'")

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry(trees()))
        assert await scoring_upkeep.rebuild(platform) == 0
        await platform.store.write(older)
        assert await scoring_upkeep.rebuild(platform) == 1
        assert await points(platform) == PLAIN

    run(scenario)
