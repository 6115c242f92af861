# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tiles over HTTP: what they carry, for whom, and that they follow every change."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.interfaces.ogcapi.tiles.support import (
    TREE,
    address,
    fill,
    get,
    layers,
    make,
    moved,
    tree,
    trees,
    write,
)
from tests.interfaces.support import Served, served
from tests.projections.tiles.reading import Feature

from allmende.core import catalogue, collections, tiles
from allmende.core.collections import Change
from allmende.core.platform import Platform
from allmende.interfaces.ogcapi.tiles import tile_routes
from allmende.model.catalogue import ResourceKind
from allmende.policy import SYSTEM, Level, Status
from allmende.projections.tiles import prepared

pytestmark = pytest.mark.anyio

FAR = (12.9, 51.6)
EMPTY = address(14, FAR)


@pytest.fixture
async def site(tmp_path: Path, engine: str) -> AsyncIterator[Served]:
    more = {"database": engine} if engine.startswith("postgresql") else {}
    async with served(tmp_path, tile_routes, **more) as made:
        await fill(made.platform)
        yield made


async def test_a_tile_has_every_tree_with_its_public_fields(site: Served) -> None:
    for path in (address(9), address(4, grid="AdV_25832"), address(0)):
        found = await trees(site, path)
        assert sorted(each["id"] for each in found) == list(range(1, 51))
        assert found[0]["properties"] == {
            "_id": str(found[0]["id"]),
            "number": found[0]["id"],
            "species": "Tilia cordata",
            "height": 12.5,
            "kind": "street",
        }


async def test_an_empty_tile_is_204_and_one_that_cannot_be_is_404(site: Served) -> None:
    empty = await get(site, EMPTY)
    assert (empty.status_code, empty.content) == (204, b"")
    base = "/ogc/collections/trees/tiles/WebMercatorQuad"
    for path in ("/1/2/0", "/1/0/2", "/21/0/0"):
        assert (await get(site, base + path)).status_code == 404
    for path in ("/1/a/0", "/-1/0/0", "/1/0/0.5", "/1/٣/0"):
        assert (await get(site, base + path)).status_code in (400, 404)
    for path in ("/ogc/collections/trees/tiles/Mars/0/0/0", "/ogc/collections/none/tiles"):
        assert (await get(site, path)).status_code == 404
    assert (
        await get(site, "/ogc/collections/notes/tiles/WebMercatorQuad/0/0/0")
    ).status_code == 404


async def test_every_change_is_in_the_next_tile(site: Served) -> None:
    assert len(await trees(site, address(9))) == 50
    assert not await trees(site, EMPTY)
    await write(site.platform, tree(7, species="Acer platanoides"))
    found = {each["id"]: each["properties"] for each in await trees(site, address(9))}
    assert found[7]["species"] == "Acer platanoides"
    assert len(found) == 50
    await write(site.platform, moved(tree(7), FAR))
    assert [each["id"] for each in await trees(site, EMPTY)] == [7]
    assert 7 not in {each["id"] for each in await trees(site, address(9))}
    await write(site.platform, Change(action="delete", id="7"))
    assert (await get(site, EMPTY)).status_code == 204
    await write(site.platform, tree(7), tree(51, FAR))
    assert [each["properties"]["number"] for each in await trees(site, EMPTY)] == [51]
    assert len(await trees(site, address(9))) == 50


async def test_a_change_by_another_process_is_seen(site: Served) -> None:
    assert len(await trees(site, address(9))) == 50
    async with Platform.open(site.platform.settings) as other:
        await write(other, Change(action="delete", id="1"), tree(60, FAR))
        assert len(await trees(site, address(9))) == 49
        assert len(await trees(site, EMPTY)) == 1


async def test_many_changes_mean_reading_anew(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trees(site, address(9))
    monkeypatch.setattr(tiles, "MAX_CHANGES", 5)
    await write(site.platform, *[tree(number, FAR) for number in range(1, 21)])
    assert len(await trees(site, address(9))) == 30
    assert len(await trees(site, EMPTY)) == 20


async def test_inner_fields_are_for_insiders_and_never_mixed(site: Served) -> None:
    path = address(9)
    for token, fields in (
        ("", set()),
        ("reader-other", set()),
        ("reader-jena", {"note"}),
        ("steward-jena", {"note", "owner"}),
        ("", set()),
        ("reader-jena", {"note"}),
    ):
        (first, *_) = await trees(site, path, token)
        assert set(first["properties"]) & {"note", "owner"} == fields, token
        asked = await get(site, path, token, properties="note")
        assert asked.status_code == (200 if "note" in fields else 400)
    with_secret = await trees(site, path, "steward-jena", properties="owner")
    assert with_secret[0]["properties"]["owner"] == "Erika Muster"


async def test_a_hidden_collection_has_no_tiles(site: Served) -> None:
    path = address(9)
    known = (await get(site, path)).headers["etag"]
    record = await catalogue.get(site.platform, SYSTEM, ResourceKind.DATASET, "trees")
    entry = catalogue.entry_of(record)
    entry.data_access, entry.legal_basis = Level.INTERNAL, "§ 3"
    await catalogue.put(site.platform, SYSTEM, entry)
    assert (await get(site, path)).status_code == 404
    assert (await get(site, path, headers={"if-none-match": known})).status_code == 404
    assert len(await trees(site, path, "reader-jena")) == 50
    assert "trees" not in layers(await get(site, address(9, of="")))


async def test_a_collection_made_anew_shows_nothing_of_the_old_one(site: Served) -> None:
    assert len(await trees(site, address(9))) == 50
    await collections.remove(site.platform, SYSTEM, "trees")
    assert (await get(site, address(9))).status_code == 404
    await make(site.platform, "trees", TREE)
    await catalogue.release(site.platform, SYSTEM, ResourceKind.DATASET, "trees", Status.PUBLISHED)
    assert (await get(site, address(9))).status_code == 204
    await write(site.platform, tree(99))
    assert [each["properties"]["number"] for each in await trees(site, address(9))] == [99]


async def test_properties_and_filter_choose(site: Served) -> None:
    await write(site.platform, tree(3, height=30.0, kind="park"))
    path = address(9)
    (found,) = await trees(site, path, filter="height > 20", properties="kind")
    assert found["properties"] == {"_id": "3", "kind": "park"}
    assert len(await trees(site, path, filter="kind = 'street'", properties="")) == 49
    assert not await trees(site, path, filter="height > 90")
    await write(site.platform, tree(4, height=25.0))
    assert len(await trees(site, path, filter="height > 20")) == 2
    json = '{"op":">","args":[{"property":"height"},20]}'
    both = await trees(site, path, **{"filter": json, "filter-lang": "cql2-json"})
    assert len(both) == 2
    assert len(await trees(site, path, filter="note = 'secret note'", token="reader-jena")) == 50
    for query in (
        {"filter": "note = 'x'"},
        {"filter": "height >"},
        {"filter-lang": "sql"},
        {"properties": "tags"},
        {"properties": "place"},
        {"f": "png"},
        {"bbox": "1,2,3,4"},
    ):
        assert (await get(site, path, **query)).status_code == 400, query


async def test_long_texts_stay_away(site: Served) -> None:
    await write(site.platform, *(tree(number, remark="x" * 300) for number in (1, 2)))
    (first, *_) = await trees(site, address(9), properties="remark,kind")
    assert first["properties"].keys() == {"_id", "kind"}


async def test_several_collections_in_one_tile(site: Served) -> None:
    path = address(9, of="")
    found = layers(await get(site, path))
    assert {name: len(each) for name, each in found.items()} == {"squares": 1, "trees": 50}
    assert found["squares"][0]["properties"] == {"_id": "middle", "name": "middle"}
    found = layers(await get(site, path, collections="squares", properties="name"))
    assert list(found) == ["squares"]
    assert (await get(site, path, collections="squares,none")).status_code == 404
    many = ",".join(["squares", *[f"none{number}" for number in range(20)]])
    assert (await get(site, path, collections=many)).status_code == 404


async def test_a_tile_has_a_limit_of_collections(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_LAYERS", 1)
    refused = await get(site, address(9, of=""))
    assert refused.status_code == 413
    assert "collections" in refused.json()["detail"]


async def test_a_collection_has_a_limit_of_rows(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MAX_ROWS", 49)
    refused = await get(site, address(9))
    assert refused.status_code == 413
    assert "49" in refused.json()["detail"]
    monkeypatch.setattr(tiles, "MAX_ROWS", 50)
    assert len(await trees(site, address(9))) == 50


async def test_validators_and_compression(site: Served) -> None:
    path = address(9)
    plain = await get(site, path)
    packed = await get(site, path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '--gzip"'
    for each in (plain, packed):
        assert "Accept-Encoding" in each.headers["vary"]
        again = {"if-none-match": each.headers["etag"]}
        coding = {"accept-encoding": "gzip" if each is packed else "identity"}
        assert (await get(site, path, headers=again | coding)).status_code == 304
    await write(site.platform, tree(1, height=3.0))
    changed = await get(site, path, headers={"if-none-match": plain.headers["etag"]})
    assert changed.status_code == 200
    assert plain.headers["cache-control"] == "no-cache"


async def test_an_address_that_names_the_state_may_be_kept(site: Served) -> None:
    found = await collections.get(site.platform, SYSTEM, "trees")
    kept = await get(site, address(9), batch=str(found.batch))
    assert kept.headers["cache-control"] == "max-age=3600, s-maxage=60"
    inside = await get(site, address(9), "reader-jena", batch=str(found.batch))
    assert inside.headers["cache-control"] == "private, max-age=3600"
    old = await get(site, address(9), batch=str(found.batch - 1))
    assert old.headers["cache-control"] == "no-cache"


async def test_a_layer_is_read_once_however_many_wait(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    real = tiles._read

    async def counted(*given: object) -> object:
        calls.append(given)
        return await real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(tiles, "_read", counted)
    found = await asyncio.gather(*(get(site, address(zoom)) for zoom in range(12)))
    assert {each.status_code for each in found} == {200}
    assert len(calls) == 1


async def test_often_asked_fields_are_written_beforehand_and_follow_changes(
    site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "ENOUGH", 0)
    kept = tiles.keeper(site.platform)
    kept.tiles.limit = 1
    seen = [await trees(site, address(zoom)) for zoom in (9, 8, 9, 8, 9)]
    ready = kept.ready.get(next(iter(kept.ready._things)))
    assert ready is not None
    assert ready.points is not None
    assert [len(each) for each in seen] == [50] * 5
    assert _by_id(seen[0]) == _by_id(seen[2]) == _by_id(seen[4])
    assert len(await trees(site, address(9), filter="number > 20")) == 30
    await write(site.platform, tree(7, species="Acer platanoides"), tree(51, FAR))
    for _ in range(5):
        found = {each["id"]: each["properties"] for each in await trees(site, address(9))}
        assert len(found) == 50
        assert found[7]["species"] == "Acer platanoides"
        assert len(await trees(site, EMPTY)) == 1
    assert all("owner" not in each for each in found.values())


def _by_id(found: Sequence[Feature]) -> dict[int, Feature]:
    return {each["id"]: each for each in found}


async def test_memory_is_bounded(site: Served) -> None:
    kept = tiles.keeper(site.platform)
    kept.layers.limit = kept.tiles.limit = 1
    for path in (address(9), address(9, of="squares"), address(8), address(4, grid="AdV_25832")):
        assert (await get(site, path)).status_code == 200
        assert len(kept.layers) == len(kept.tiles) == 1


async def test_refusals_are_allowed_to_every_site(site: Served) -> None:
    found = await get(site, address(9), headers={"origin": "https://example.org"})
    assert found.headers["access-control-allow-origin"] == "*"
