# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The generated clients talk to the running server: they list, page, read, make and change rows."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import msgspec
import pytest
from tests.interfaces.support import Served, listening, served
from tests.model.emit.samples import ROW, TREES
from tests.model.emit.test_clients import compiler, load

from allmende.core import accounts, collections
from allmende.core.collections import Change, CollectionEntry
from allmende.interfaces.models import routes as model_routes
from allmende.interfaces.ogcapi import routes as ogc_routes
from allmende.model.document import Model
from allmende.policy import SYSTEM

pytestmark = pytest.mark.anyio
TOKEN = "steward-jena"


def register() -> Model:
    """The sample with the one geometry a collection can have."""
    model = copy.deepcopy(TREES)
    tree = model.entities[0]
    tree.fields = [each for each in tree.fields if each.name not in ("crown", "street")]
    model.entities.pop()
    return model


def row(number: int, **changes: Any) -> dict[str, Any]:
    kept = {name: value for name, value in ROW.items() if name not in ("crown", "street")}
    return kept | {"number": f"B-{number:04}"} | changes


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Served, str]]:
    async with served(tmp_path, lambda: [*ogc_routes(), *model_routes()]) as found:
        await accounts.save_organisation(found.platform, SYSTEM, "jena", {"de": "Jena"})
        entry = CollectionEntry(id="trees", model=register(), organisation="jena")
        await collections.create(found.platform, SYSTEM, entry)
        rows = [Change("upsert", values=row(number, height=number)) for number in range(1, 8)]
        await collections.write(found.platform, SYSTEM, "trees", rows)
        async with listening(found.app) as base:
            settings = msgspec.structs.replace(found.platform.settings, base_url=base)
            found.platform.settings = settings
            yield found, base


async def test_the_python_client_works_with_the_server(
    house: tuple[Served, str], tmp_path: Path
) -> None:
    served_now, base = house
    steward = {"Authorization": f"Bearer {TOKEN}"}
    text = (await served_now.client.get("/models/trees.py", headers=steward)).text
    assert repr(base) in text
    made = load(text, tmp_path)
    await anyio.to_thread.run_sync(_python_works, made)


def _python_works(made: Any) -> None:
    trees = made.connect(token=TOKEN)
    numbers = [each.id for each in trees.items(limit=3)]
    assert numbers == [f"B-{number:04}" for number in range(1, 8)]
    tall = list(trees.items(filter="height > 5", bbox=(11, 50, 12, 51)))
    assert [each.properties.height for each in tall] == [6, 7]
    found = trees.get("B-0001")
    assert found.geometry == ROW["place"]
    assert found.properties.planted.year == 1990
    assert found.properties.owner == "Somebody"  # a steward sees personal data
    assert made.connect().get("B-0001").properties.owner is None
    late = trees.get("B-0001")
    found.properties.height = 20.5
    trees.replace(found)
    assert trees.get("B-0001").properties.height == 20.5
    with pytest.raises(made.ServerError, match="412"):
        trees.replace(late)
    new = made.Tree.from_json(row(100))
    ident = trees.create(new, ROW["place"])
    assert ident == "B-0100"
    trees.delete(trees.get(ident))
    with pytest.raises(made.ServerError, match="404"):
        trees.get(ident)
    with pytest.raises(made.ServerError, match="401"):
        made.connect().create(new, ROW["place"])


SCRIPT = """
import { connect } from "./trees.js";
const trees = connect(undefined, undefined, "TOKEN");
const ids = [];
for await (const each of trees.items({ limit: 3 })) ids.push(each.id);
const tall = [];
for await (const each of trees.items({ filter: "height > 5" })) tall.push(each.properties.height);
const one = await trees.get("B-0001");
await trees.replace({ ...one, properties: { ...one.properties, height: 20.5 } });
const late = await trees.replace(one).catch((error) => error.status);
const again = await trees.get("B-0001");
const made = await trees.create({ ...one.properties, number: "B-0100" }, one.geometry);
await trees.delete(await trees.get(made));
const gone = await trees.get(made).catch((error) => error.status);
console.log(JSON.stringify({ ids, tall, late, height: again.properties.height, made, gone }));
""".replace("TOKEN", TOKEN)


async def test_the_typescript_client_works_with_the_server(
    house: tuple[Served, str], tmp_path: Path
) -> None:
    command = compiler()
    (tmp_path / "trees.ts").write_text((await house[0].client.get("/models/trees.ts")).text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "use.mjs").write_text(SCRIPT)
    strict = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
    await _run([*command, *strict, "trees.ts"], tmp_path)
    found = json.loads(await _run(["node", "use.mjs"], tmp_path))
    assert found == {
        "ids": [f"B-{number:04}" for number in range(1, 8)],
        "tall": [6, 7],
        "late": 412,
        "height": 20.5,
        "made": "B-0100",
        "gone": 404,
    }


async def _run(command: list[str], folder: Path) -> str:
    done = await anyio.run_process(command, cwd=folder, check=False, stderr=subprocess.STDOUT)
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


async def test_the_openapi_and_schema_fit_what_is_served(house: tuple[Served, str]) -> None:
    import jsonschema_rs

    client = house[0].client
    described = (await client.get("/models/trees.openapi")).json()
    answer = (await client.get("/ogc/collections/trees/items", params={"f": "json"})).json()
    page = {"$ref": "#/components/schemas/page-of-features"}
    judge = jsonschema_rs.Draft202012Validator(page | {"components": described["components"]})
    assert [each.message for each in judge.iter_errors(answer)] == []
