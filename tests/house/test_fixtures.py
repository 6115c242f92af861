# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The fixtures give what they promise."""

import os
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_engine_is_a_free_address(engine: str) -> None:
    if engine.startswith("postgresql://"):
        with psycopg.connect(engine) as connection:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert connection.execute(tables).fetchone() == (0,)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    else:
        assert not os.path.exists(engine)


@pytest.mark.postgres
def test_databases_are_apart(postgres_cluster, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE a (id bigint)")
    other = postgres_cluster.create()
    with psycopg.connect(postgres_cluster.url(other)) as connection:
        assert connection.execute("SELECT to_regclass('a')").fetchone() == (None,)
    postgres_cluster.drop(other)


@pytest.mark.browser
def test_browser_shows_a_page(chromium: "Browser") -> None:
    page = chromium.new_page()
    page.set_content("<title>Allmende</title><h1>Guten Tag</h1>")
    assert page.title() == "Allmende"
    page.close()
