# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parts of packages: package_revise, order of resources, resources without files."""

from typing import Any

import pytest
from tests.interfaces.ckan.conftest import City

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"
RESOURCES = [
    {"name": name, "url": f"https://example.org/{name}.csv", "format": "CSV"}
    for name in ("eins", "zwei", "drei")
]
SENT = {
    "name": "satz",
    "owner_org": "jena",
    "title": "Satz",
    "version": "1",
    "tags": [{"name": "Baum"}, {"name": "Park"}],
    "resources": RESOURCES,
}


def names(package: dict[str, Any]) -> list[str]:
    return [each["name"] for each in package["resources"]]


async def revised(city: City, **more: Any) -> dict[str, Any]:
    found = await city.result("package_revise", STEWARD, match__name="satz", **more)
    package: dict[str, Any] = found["package"]
    return package


async def test_parts_are_added_changed_and_taken_out(city: City) -> None:
    made = await city.result("package_create", STEWARD, **SENT)
    first = made["resources"][0]["id"]
    found = await revised(city, update__title="Neu", update__resources__1__description="d")
    assert (found["title"], found["resources"][1]["description"]) == ("Neu", "d")
    path = f"update__resources__{first[:8]}__name"
    assert names(await revised(city, **{path: "erste"})) == ["erste", "zwei", "drei"]
    changed = {"update": {"notes": "n"}, "update__resources__-1": {"name": "letzte"}}
    found = await revised(city, **changed)
    assert (found["notes"], names(found)) == ("n", ["erste", "zwei", "letzte"])
    more = '[{"name": "vier", "url": "https://example.org/4"}]'
    assert names(await revised(city, update__resources__extend=more))[3:] == ["vier"]
    found = await revised(city, filter=["-resources__0", "-version", "-tags__*"])
    assert names(found) == ["zwei", "letzte", "vier"]
    assert (found["version"], found["tags"]) == (None, [])
    found = await revised(city, filter="-resources__*", update='{"version": "9"}')
    assert (names(found), found["version"]) == ([], "9")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"filter": ["+title"]}, "filter"),
    ({"update": "{"}, "update"),
    ({"update": [1]}, "update"),
    ({"update__resources__extend": "{}"}, "update"),
    ({"update__resources__extend": "["}, "update"),
    ({"update__resources__9__name": "x"}, "update"),
    ({"update__a__b__c__d__e__f__g": "x"}, "message"),
    ({"update____name": "x"}, "message"),
    ({"match__version": "2"}, "match"),
    ({"match__resources__0__name": "zwei"}, "match"),
]


async def test_what_cannot_be_revised_changes_nothing(city: City) -> None:
    made = await city.result("package_create", STEWARD, **SENT)
    for more, field in REFUSED:
        status, error = await city.error("package_revise", STEWARD, match__name="satz", **more)
        assert (status, field in error) == (409, True), (more, error)
    assert await city.result("package_show", id="satz") == made


async def test_resources_are_put_in_order(city: City) -> None:
    made = await city.result("package_create", STEWARD, **SENT)
    ids = [each["id"] for each in made["resources"]]
    found = await city.result("package_resource_reorder", STEWARD, id="satz", order=[ids[2]])
    assert found == {"id": made["id"], "order": [ids[2], ids[0], ids[1]]}
    for order in ([ids[0], ids[0]], ["x"]):
        status, error = await city.error(
            "package_resource_reorder", STEWARD, id="satz", order=order
        )
        assert (status, "order" in error) == (409, True)


async def test_a_resource_is_replaced_without_a_file(city: City) -> None:
    made = await city.result("package_create", STEWARD, **SENT)
    old = made["resources"][1]
    new = await city.result("resource_update", STEWARD, id=old["id"], name="neu")
    assert (new["id"], new["name"], new["url"], new["format"]) == (old["id"], "neu", old["url"], "")
    for action in ("resource_update", "resource_patch", "resource_delete", "resource_show"):
        assert (await city.error(action, STEWARD))[0] == 409, action
        assert (await city.error(action, STEWARD, id="nope"))[0] == 404, action
    status, error = await city.error(
        "resource_create", STEWARD, package_id="satz", id=old["id"], url="https://example.org/"
    )
    assert (status, "id" in error) == (409, True)
    status, error = await city.error("resource_patch", STEWARD, id=old["id"], upload="text")
    assert (status, "upload" in error) == (409, True)
    assert await city.result("resource_view_list", id=old["id"]) == []
    assert await city.result("resource_delete", STEWARD, id=old["id"]) is None
    assert (await city.error("resource_show", id=old["id"]))[0] == 404
    assert names(await city.result("package_show", id="satz")) == ["eins", "drei"]
