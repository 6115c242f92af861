# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who finds what, what was missed, and an index that is checked and made anew."""

import pytest
from tests.projections.search.records import (
    City,
    ask,
    counts,
    dataset,
    entry,
)

from allmende.core import catalogue, search
from allmende.core.platform import Platform
from allmende.errors import NotAllowed
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject, read_condition
from allmende.store import catalogue as stored_catalogue


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


def test_bitmaps_and_sql_agree_on_what_a_subject_sees(city: City) -> None:
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


def test_hidden_words_do_not_show_through(city: City) -> None:
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
    city: City,
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


def test_the_index_is_checked_and_rebuilt(city: City) -> None:
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


def test_an_index_of_an_older_program_is_made_anew(city: City) -> None:
    async def scenario(platform: Platform) -> None:
        projection = search.projection_of(platform)
        assert await platform.store.read_slow(projection.outdated) == []
        await platform.store.write(lambda db: db.run("delete from search_text"))
        assert await platform.store.read_slow(projection.outdated) == [*range(1, 8)]
        await platform.store.write(lambda db: db.run("update search_state set value = 'older'"))
        assert len(await platform.store.read_slow(projection.outdated)) == 7
        await search.make_ready(platform)
        assert (await ask(platform, "bäume")).total == 2
        assert await platform.store.read_slow(projection.outdated) == []

    city(scenario)
