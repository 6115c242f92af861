# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""SQL for stewards: what it answers, and that it cannot be made to do anything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.interfaces.ogcapi.city import TREES, city

from allmende.core import sqlpage
from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    DeadlineExceeded,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
)
from allmende.policy import ANONYMOUS, Role, Subject
from allmende.store import sqlpage as cage

pytestmark = pytest.mark.anyio

JENA = Subject(kind="user", id="a", roles={"jena": frozenset({Role.STEWARD})})
OTHER = Subject(kind="user", id="b", roles={"other": frozenset({Role.STEWARD})})
READER = Subject(kind="user", id="c", roles={"jena": frozenset({Role.READER})})


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
async def platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Platform]:
    address = ""
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        address = cluster.url(cluster.create())
    async with city(tmp_path_factory.mktemp("sql"), address) as found:
        yield found.served.platform


async def test_a_query_answers_with_a_table(platform: Platform) -> None:
    found = await sqlpage.query(
        platform,
        OTHER,
        "select species, count(*) as n, round(avg(height), 1) from trees "
        "group by species order by n desc, species;",
    )
    assert found.columns == ["species", "n", "round(avg(height), 1)"]
    assert sum(row[1] for row in found.rows) == TREES
    assert found.cut is False
    found = await sqlpage.query(
        platform, OTHER, "select id, lon, lat, healthy, tags from trees where number = 4"
    )
    assert found.rows == [["4", 11.584, 50.924, 1, '["a","t4"]']]
    found = await sqlpage.query(
        platform,
        OTHER,
        "with a as (select * from trees where number = 1), b as (select * from houses) "
        "select count(*), min(metres(a.lon, a.lat, b.west, b.south)) from a, b",
    )
    assert found.rows[0][0] == 5
    found = await sqlpage.query(platform, OTHER, "select number from trees", most=3)
    assert (len(found.rows), found.cut) == (3, True)
    found = await sqlpage.query(platform, OTHER, "select number from trees where number > 999")
    assert (found.columns, found.rows) == (["number"], [])
    found = await sqlpage.query(
        platform, OTHER, "select t.value from trees, json_each(tags) as t where number = 2"
    )
    assert found.rows == [["a"], ["t2"]]
    found = await sqlpage.query(
        platform, OTHER, "with recursive n(x) as (select 1 union all select x + 1 from n "
        "where x < 5) select sum(x) from n"
    )  # fmt: skip
    assert found.rows == [[15]]


async def test_everybody_asks_what_they_may_see_and_no_more(platform: Platform) -> None:
    with pytest.raises(NotAuthenticated):
        await sqlpage.query(platform, ANONYMOUS, "select 1")
    with pytest.raises(NotAllowed):
        await sqlpage.query(platform, READER, "select 1")
    names = {each.name for each in await sqlpage.tables(platform, OTHER)}
    assert "secrets" not in names
    assert "trees" in names
    assert "secrets" in {each.name for each in await sqlpage.tables(platform, JENA)}
    found = await sqlpage.query(platform, JENA, "select note, inspector from secrets")
    assert found.rows == [["note 1", "Frau Muster"]]
    for text in (
        "select * from secrets",
        "select note from trees",
        "select inspector from trees",
        "select _extra from trees",
        "select place from trees",
    ):
        with pytest.raises(InvalidInput):
            await sqlpage.query(platform, OTHER, text)
    found = await sqlpage.query(platform, OTHER, "select * from trees limit 1")
    assert not {"note", "inspector", "_public", "_extra", "place"} & set(found.columns)
    found = await sqlpage.query(platform, JENA, "select * from trees limit 1")
    assert {"note", "inspector"} <= set(found.columns)


ATTACKS = (
    "select name from sqlite_master",
    "select * from sqlite_schema",
    "select * from sqlite_temp_schema",
    "select sql from sqlite_temp_master, trees",
    "select * from main.sqlite_master, trees",
    "select * from main.trees",
    "select note from main.trees",
    'select t."_public" from main.trees as t',
    "with trees as (select * from main.trees) select * from trees",
    "with trees as (select note from main.trees) select note from trees",
    "with trees as (select number from main.trees__past) select * from trees",
    "with trees as (select * from main.gpkg_contents) select * from trees",
    "with trees as (select lon(place) from main.trees) select * from trees",
    "with houses as (select * from main.secrets), trees as (select 1) select * from houses",
    "with t as (select note from main.trees) select * from t, trees",
    "select * from (select note from main.trees) as trees",
    "select trees.number, (select note from main.trees limit 1) from trees",
    "select number from trees where exists (select 1 from main.trees m where m.note like 'note%')",
    "select number from trees union select note from main.trees",
    "select * from trees where number in main.trees",
    "select number from trees order by (select note from main.trees)",
    "select _rowid_, * from main.trees__past, trees",
    "select * from main.gpkg_contents, trees",
    "select * from gpkg_geometry_columns, trees",
    "select * from rtree_trees_place, trees",
    "select * from main.secrets, trees",
    "select * from temp.secrets, trees",
    "select * from geo.trees",
    "select * from account",
    "select * from accounts, trees",
    "pragma table_list",
    "pragma query_only = off",
    "pragma database_list",
    "select * from pragma_table_info('trees')",
    "select * from pragma_database_list, trees",
    "select * from dbstat, trees",
    "select * from sqlite_dbpage, trees",
    "select * from json_each('[1]'), main.trees",
    "attach database ':memory:' as x",
    "attach database '/etc/passwd' as x",
    "detach database main",
    "vacuum into '/tmp/allmende-attack'",
    "select load_extension('/tmp/x.so')",
    "select load_extension('/tmp/x.so') from trees",
    "select readfile('/etc/passwd')",
    "select writefile('/tmp/allmende-attack', 'x')",
    "select edit('x')",
    "select fts3_tokenizer('x')",
    "select zeroblob(1000000000)",
    "select randomblob(1000000000)",
    "select sqlite_compileoption_get(1)",
    "select sqlite_version()",
    "select lon(x'00') from trees",
    "select west(number) from trees",
    "insert into trees values (1)",
    "update trees set number = 1",
    "delete from trees",
    "delete from main.trees",
    "drop view trees",
    "drop table main.trees",
    "create table x (a)",
    "create temp table x as select 1",
    "create temp view trees as select * from main.trees",
    "create temp trigger x instead of insert on trees begin select 1; end",
    "begin",
    "savepoint x",
    "explain select * from trees",
    "explain query plan select * from trees",
    "analyze",
    "reindex",
    "select 1; select 2",
    "select 1; drop table main.trees",
    "select 1 ; ; select note from main.trees",
    ";",
    "-- nothing",
    "/* only */",
    "select",
    "select * from nowhere",
    "select ?",
    "select :a",
    "select pg_read_file('/etc/passwd')",
    "select pg_sleep(10)",
    "set role postgres",
    "select set_config('role', 'none', true)",
    "select query_to_xml('select 1', true, true, '')",
    "copy trees to '/tmp/allmende-attack'",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_authid",
    "select * from dblink('x', 'select 1') as t(a int)",
    "values (load_extension('x'))",
    "select * from trees indexed by x",
    "select * from generate_series(1, 1000000000)",
    "table trees",
    "select \ud7ff".replace("\ud7ff", "\x01"),
)


async def test_nothing_but_reading_what_is_shown(platform: Platform) -> None:
    """In this process, because a hundred others would take long; the next test uses the others."""
    if platform.store.engine != "sqlite":
        pytest.skip("with PostgreSQL the same code reads a copy")
    views = [sqlpage.view(each) for each in await sqlpage.tables(platform, OTHER)]
    path = platform.settings.data / "collections.gpkg"
    survived = []
    for text in ATTACKS:
        request = {"views": views, "sql": text, "rows": 10, "seconds": 5}
        frames = list(cage.answer(path, request))
        if "error" not in frames[-1]:
            survived.append((text, frames))
    assert survived == []
    assert not Path("/tmp/allmende-attack").exists()  # noqa: S108
    assert (await sqlpage.query(platform, OTHER, "select count(*) from trees")).rows == [[TREES]]


@pytest.mark.parametrize("text", ATTACKS[:70:7])
async def test_attacks_fail_in_a_process_of_their_own(platform: Platform, text: str) -> None:
    with pytest.raises((InvalidInput, LimitExceeded)):
        await sqlpage.query(platform, OTHER, text)


BOMBS = (
    "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n",
    "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n",
    "with recursive n(x) as (select 'a' union all select x || x from n) select max(length(x)) "
    "from n",
    "with recursive n(x) as (select 1 union select x + 1 from n) select group_concat(x) from n",
    "with recursive n(x, y) as (select 1, hex(printf('%1000d', 1)) union all select x + 1, y || x "
    "from n) select * from n order by y desc",
    "select count(*) from trees a, trees b, trees c, trees d, trees e, trees f, trees g, trees h",
    "select printf('%.*c', 1000000000, 'x')",
    "select replace(printf('%.*c', 900000, 'x'), 'x', printf('%.*c', 900000, 'y'))",
    "with recursive n(x) as (select 1 union all select x + 1 from n limit 100000000) "
    "select json_group_array(x) from n",
    "with recursive n(x) as (select 1 union all select x + 1 from n) "
    "select x, row_number() over (order by x desc) from n",
)


@pytest.mark.parametrize("text", BOMBS)
async def test_bombs_are_stopped(
    platform: Platform, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if platform.store.engine != "sqlite":
        pytest.skip("with PostgreSQL the same code reads a copy")
    monkeypatch.setattr(sqlpage, "SECONDS", 1.0)
    with pytest.raises((DeadlineExceeded, InvalidInput)):
        await sqlpage.query(platform, OTHER, text)


async def test_a_query_is_bounded_in_length_and_parts(platform: Platform) -> None:
    for text in (
        "select '" + "x" * 6_000 + "'",
        "select " + "+".join(["1"] * 2_400),
        "select " + ",".join(["1"] * 400),
        " union ".join(["select 1"] * 300),
        "select 'a\0b'",
        "",
    ):
        with pytest.raises(AllmendeError):
            await sqlpage.query(platform, OTHER, text)


async def test_an_error_says_what_sqlite_says(platform: Platform) -> None:
    with pytest.raises(InvalidInput, match="no such column: heigth"):
        await sqlpage.query(platform, OTHER, "select heigth from trees")
    with pytest.raises(InvalidInput, match="readfile"):
        await sqlpage.query(platform, OTHER, "select readfile('x')")
