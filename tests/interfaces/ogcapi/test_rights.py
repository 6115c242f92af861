# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who sees what: hidden collections and fields are as if they were not there."""

from urllib.parse import quote

import pytest
from tests.interfaces.ogcapi.city import READER, STEWARD, STRANGER, City
from tests.interfaces.ogcapi.test_core import ITEMS, ids

pytestmark = pytest.mark.anyio


async def test_what_is_hidden_is_not_there(api: City) -> None:
    paths = (
        "",
        "/items",
        "/items/1",
        "/schema",
        "/queryables",
        "/styles",
        "/changes",
        "/items.csv",
    )
    for path in paths:
        for headers in ({}, STRANGER):
            answer = await api.get(f"/ogc/collections/secrets{path}", headers=headers)
            assert answer.status_code == 404, path
        inside = await api.get(f"/ogc/collections/secrets{path}", headers=READER)
        assert inside.status_code == 200, path
    for path in ("/ogc/collections", "/ogc/api"):
        assert "secrets/" not in (await api.get(path)).text
        assert "secrets/" in (await api.get(path, headers=READER)).text


async def test_fields_are_there_for_whom_they_are(api: City) -> None:
    everywhere = (
        "/ogc/api",
        "/ogc/collections/trees/schema",
        "/ogc/collections/trees/queryables",
        "/ogc/collections/trees/sortables",
        ITEMS,
        f"{ITEMS}.csv",
        f"{ITEMS}/1",
        f"{ITEMS}/1/history",
        f"{ITEMS}?f=jsonfg",
    )
    for path in everywhere:
        public = (await api.get(path)).text
        assert "note" not in public, path
        assert "inspector" not in public, path
        reader = (await api.get(path, headers=READER)).text
        assert "note" in reader, path
        assert "inspector" not in reader, path
        assert "inspector" in (await api.get(path, headers=STEWARD)).text, path


async def test_a_hidden_field_is_an_unknown_one(api: City) -> None:
    hidden = quote("note = 'note 1'")
    for query in ("note=x", f"filter={hidden}", "sortby=note", "properties=note"):
        answer = await api.get(f"{ITEMS}?{query}")
        assert answer.status_code == 400, query
        unknown = await api.get(f"{ITEMS}?{query.replace('note', 'nope')}")
        assert answer.json()["code"] == unknown.json()["code"]
    found = await api.json(ITEMS, params={"note": "note 3"}, headers=READER)
    assert ids(found) == ["3"]
