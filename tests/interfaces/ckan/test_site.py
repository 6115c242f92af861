# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the site says of itself, who a token is, and CKAN's addresses of pages."""

import pytest
from tests.interfaces.ckan.conftest import City

from allmende.interfaces.ckan.every import ACTIONS

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"


async def test_the_site_tells_what_it_is(city: City) -> None:
    status = await city.remote(lambda ckan: ckan.action.status_show(), "")
    assert (status["ckan_version"], status["site_url"]) == ("2.11.0", "http://127.0.0.1:8000")
    assert {"datastore", "dcat"} <= set(status["extensions"])
    assert await city.result("site_read") is True
    assert (await city.served.client.get("/api/3")).json() == {"version": 3}
    for name in ACTIONS:
        text = await city.result("help_show", name=name)
        assert len(text) > 10, name
    licences = {each["id"]: each for each in await city.result("license_list")}
    assert len(licences) > 20
    assert licences["cc-by"]["title"]
    assert await city.result("vocabulary_list") == []
    assert (await city.error("vocabulary_show", id="x"))[0] == 404


async def test_a_token_is_told_who_it_is_and_nobody_else(city: City) -> None:
    found = await city.result("user_show", STEWARD)
    assert (found["name"], found["sysadmin"], found["state"]) == (STEWARD, False, "active")
    assert await city.result("user_show", STEWARD, id=STEWARD) == found
    assert (await city.error("user_show", STEWARD, id="reader-jena"))[0] == 404
    assert (await city.error("user_show"))[0] == 403


async def test_who_may_write_may_put_into_every_group(city: City) -> None:
    assert await city.result("group_list_authz") == []
    assert await city.result("group_list_authz", "reader-jena") == []
    assert len(await city.result("group_list_authz", STEWARD)) == 13
    found = await city.result("group_autocomplete", q="verk")
    assert [each["name"] for each in found] == ["tran"]


async def test_organisations_get_other_titles(city: City) -> None:
    admin = "administrator-jena"
    found = await city.result("organization_update", admin, id="jena", title="Neu")
    assert (found["name"], found["title"]) == ("jena", "Neu")
    assert (await city.error("organization_update", admin, id="nope", title="x"))[0] == 404
    assert (await city.error("organization_patch", STEWARD, id="jena", title="x"))[0] == 403
    assert (await city.error("organization_list", sort="colour"))[0] == 409


async def test_purging_keeps_the_history(city: City) -> None:
    await city.result("package_create", STEWARD, name="satz-1", owner_org="jena")
    assert await city.result("dataset_purge", STEWARD, id="satz-1") is None
    assert (await city.error("package_show", id="satz-1"))[0] == 404
    history = await city.result("package_activity_list", STEWARD, id="satz-1")
    assert len(history) == 2
    shown = await city.result("package_show", STEWARD, id="satz-1")
    again = await city.result("package_update", STEWARD, **{**shown, "state": "active"})
    assert again["state"] == "active"


async def test_addresses_of_pages_lead_to_ours(city: City) -> None:
    made = await city.result("package_create", STEWARD, name="mein_satz", owner_org="jena")
    base, get = "http://127.0.0.1:8000/datasets", city.served.client.get
    for path, there in (
        (f"/dataset/{made['id']}", f"{base}/mein-satz"),
        ("/dataset/mein_satz", f"{base}/mein-satz"),
        ("/dataset/mein-satz", f"{base}/mein-satz"),
        (f"/dataset/mein_satz/resource/{made['id']}", f"{base}/mein-satz"),
        ("/dataset/%0d%0aset-cookie:x", f"{base}/%0D%0Aset-cookie%3Ax"),
        ("/dataset", base),
        ("/dataset?q=Bäume+%26+x", f"{base}?q=B%C3%A4ume+%26+x"),
    ):
        answer = await get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, there), path
