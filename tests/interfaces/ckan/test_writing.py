# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The real client of CKAN makes, changes and deletes datasets, resources and files."""

import io
from typing import Any

import pytest
from ckanapi import CKANAPIError, NotAuthorized, NotFound, ValidationError
from tests.interfaces.ckan.conftest import City

from allmende.core import catalogue, files
from allmende.errors import Gone
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"
SENT: dict[str, Any] = {
    "name": "my_set",
    "title": "Mein <b>Satz</b>",
    "notes": "Zeile eins\n\n<script>alert(1)</script>",
    "owner_org": "jena",
    "author": "Frau Eins",
    "author_email": "eins@example.org",
    "version": "1.2",
    "url": "https://example.org/home",
    "license_id": "cc-by",
    "tags": [{"name": "Baum"}, {"name": "grüner Baum"}],
    "groups": [{"name": "envi"}],
    "extras": [
        {"key": "own key", "value": "own value"},
        {"key": "frequency", "value": "http://publications.europa.eu/resource/authority/"
         "frequency/MONTHLY"},
        {"key": "spatial", "value": '{"type":"Point","coordinates":[11.5,50.9]}'},
    ],
    "resources": [
        {"url": "https://example.org/a.csv", "format": "CSV", "name": "A", "my_field": "x",
         "size": 12, "mimetype": "text/csv"},
        {"url": "https://example.org/b", "format": "Fancy", "description": "<i>b</i>"},
    ],
}  # fmt: skip


@pytest.fixture
def database(engine: str) -> str:
    """Both engines."""
    return engine if engine.startswith("postgresql") else ""


async def stored(city: City, ident: str) -> Dataset:
    record = await catalogue.get(city.served.platform, SYSTEM, ResourceKind.DATASET, ident)
    assert isinstance(record.resource, Dataset)
    return record.resource


def came_back(sent: Any, shown: Any) -> bool:
    """Whether everything that was sent stands in the answer."""
    if isinstance(sent, dict):
        return all(came_back(value, shown.get(name)) for name, value in sent.items())
    if isinstance(sent, list) and sent and isinstance(sent[0], dict):
        by_key = {each.get("key"): each for each in shown}
        pairs = zip(sent, shown, strict="key" not in sent[0])
        if "key" in sent[0]:
            return all(came_back(each, by_key.get(each["key"])) for each in sent)
        return all(came_back(*pair) for pair in pairs)
    return bool(sent == shown)


async def test_a_package_is_made_changed_and_deleted_by_the_real_client(city: City) -> None:
    made = await city.remote(lambda ckan: ckan.action.package_create(**SENT))
    assert came_back({**SENT, "owner_org": made["owner_org"]}, made)
    assert (made["state"], made["private"], made["type"]) == ("active", False, "dataset")
    assert made["organization"]["name"] == "jena"
    found = await stored(city, "my-set")
    assert found.title == {"de": "Mein <b>Satz</b>"}
    assert found.distribution[0].license == "http://dcat-ap.de/def/licenses/cc-by"
    assert found.distribution[0].byte_size == 12
    assert found.publisher is not None
    assert found.publisher.name == {"de": "Stadt Jena"}

    for key in ("my_set", "my-set", made["id"]):
        assert await city.remote(lambda ckan, k=key: ckan.action.package_show(id=k), "") == made
    same = await city.remote(lambda ckan: ckan.action.package_update(**made))
    assert same == made
    sent = {**made, "notes": "neu", "extras": made["extras"][:0], "author": ""}
    changed = await city.remote(lambda ckan: ckan.action.package_update(**sent))
    assert (changed["notes"], changed["author"]) == ("neu", None)
    keys = {each["key"] for each in changed["extras"]}
    assert not {"own key", "frequency", "spatial"} & keys
    assert changed["resources"] == [
        {**each, "metadata_modified": changed["metadata_modified"]} for each in made["resources"]
    ]

    revised = await city.remote(
        lambda ckan: ckan.call_action(
            "package_revise",
            {"match": {"name": "my_set", "notes": "neu"}, "update": {"version": "3"},
             "update__resources__1__description": "d", "filter": ["-tags__0"]},
        )
    )  # fmt: skip
    assert revised["package"]["version"] == "3"
    assert revised["package"]["resources"][1]["description"] == "d"
    assert [each["name"] for each in revised["package"]["tags"]] == ["grüner Baum"]

    history = await city.result("package_activity_list", STEWARD, id=made["id"])
    assert [each["activity_type"] for each in history] == ["changed package"] * 2 + ["new package"]
    assert history[0]["user_id"] == STEWARD
    assert (await city.result("package_activity_list", id="my_set"))[0]["user_id"] is None

    assert await city.remote(lambda ckan: ckan.action.package_delete(id="my_set")) is None
    assert (await city.result("package_show", STEWARD, id="my_set"))["state"] == "deleted"
    with pytest.raises(NotFound):
        await city.remote(lambda ckan: ckan.action.package_show(id="my_set"), "")
    assert await city.result("package_list") == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "no address"]
)
async def test_addresses_nobody_may_follow_are_refused(city: City, url: str) -> None:
    made = await city.result("package_create", STEWARD, **SENT)
    bad = {"name": "bad", "url": url}
    for action, more in (
        ("package_patch", {"id": made["id"], "resources": [*made["resources"], bad]}),
        ("package_create", {**SENT, "name": "other", "resources": [bad]}),
        ("resource_create", {"package_id": made["id"], **bad}),
    ):
        with pytest.raises(ValidationError) as refused:
            await city.remote(lambda ckan, a=action, m=more: ckan.call_action(a, m))
        assert "Not a web address" in str(refused.value.error_dict)
    assert len((await stored(city, "my-set")).distribution) == 2
    bare = await city.result("package_patch", STEWARD, id=made["id"], resources=[
        {"name": "fine", "url": "www.example.org/a.csv"}
    ])  # fmt: skip
    assert bare["resources"][0]["url"].startswith("http")


async def test_files_are_uploaded_replaced_and_described(city: City) -> None:
    await city.result("package_create", STEWARD, **SENT)
    upload = io.BytesIO(b"a,b\n1,2\n")
    upload.name = "../../etc/Öffentliche Daten..csv"
    made = await city.remote(
        lambda ckan: ckan.action.resource_create(package_id="my_set", name="Datei", upload=upload)
    )
    address = "http://127.0.0.1:8000/files/my-set/"
    assert made["url"] == f"{address}Offentliche-Daten.csv"
    assert (made["url_type"], made["format"], made["size"]) == ("upload", "CSV", 8)
    assert made["mimetype"] == "text/csv"
    file, path = await files.locate(city.served.platform, SYSTEM, "my-set", "Offentliche-Daten.csv")
    assert path.read_bytes() == b"a,b\n1,2\n"
    assert file.sha256 == made["hash"]
    assert (await stored(city, "my-set")).distribution[2].byte_size == 8

    other = {"upload": ("x.csv", io.BytesIO(b"a\n"))}
    again = await city.remote(
        lambda ckan: ckan.call_action("resource_patch", {"id": made["id"]}, files=other)
    )
    assert (again["id"], again["url"], again["size"]) == (made["id"], f"{address}x.csv", 2)
    assert again["name"] == "Datei"
    third = await city.remote(
        lambda ckan: ckan.call_action(
            "resource_create",
            {"package_id": "my_set"},
            files={"upload": ("x.csv", io.BytesIO(b"zz"))},
        )
    )
    assert third["url"] == f"{address}{third['id'][:8]}-x.csv"
    shown = await city.result("package_show", id="my_set")
    assert [each["id"] for each in shown["resources"]][2:] == [made["id"], third["id"]]


@pytest.mark.parametrize(
    "name", ["..", ".", "", "/", "a/../../b", "..\\..\\x", "con\x00.txt", "-", "…", "a" * 300]
)
async def test_names_of_uploads_lead_nowhere(city: City, name: str) -> None:
    await city.result("package_create", STEWARD, name="satz", owner_org="jena")
    given = {"upload": (name or "blob", b"x", "text/html")}
    answer = await city.served.client.post(
        "/api/3/action/resource_create",
        data={"package_id": "satz"},
        files=given,
        headers={"Authorization": STEWARD},
    )
    body = answer.json()
    assert answer.status_code == 200, body
    last = body["result"]["url"].removeprefix("http://127.0.0.1:8000/files/satz/")
    assert "/" not in last
    assert ".." not in last
    assert 1 <= len(last) <= 120
    folder = city.served.platform.settings.data
    outside = [each for each in folder.parent.iterdir() if each != folder]
    assert not [each for each in outside if each.is_file()]


async def test_a_full_disk_leaves_the_dataset_as_it_was(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    await city.result("package_create", STEWARD, name="full", owner_org="jena", title="F")
    monkeypatch.setattr(files, "_keep", full)
    with pytest.raises(CKANAPIError):
        await city.remote(
            lambda ckan: ckan.action.resource_create(
                package_id="full", upload=("a.csv", io.BytesIO(b"a;b\n1;2\n"))
            )
        )
    assert (await city.result("package_show", STEWARD, id="full"))["resources"] == []


async def test_private_datasets_are_drafts_or_have_a_legal_reason(city: City) -> None:
    draft = await city.result("package_create", STEWARD, name="a-1", owner_org="jena", private=True)
    assert (draft["state"], draft["private"]) == ("draft", True)
    assert (await city.error("package_show", id="a-1"))[0] == 404
    again = await city.result("package_update", STEWARD, **{**draft, "state": "active"})
    assert again["private"] is True
    public = await city.result("package_patch", STEWARD, id="a-1", private=False)
    assert (public["state"], public["private"]) == ("active", False)
    assert await city.result("package_list") == ["a-1"]
    basis = [{"key": "legal_basis", "value": "§ 3 ThürTG"}]
    closed = await city.result(
        "package_create", STEWARD, name="b-1", owner_org="jena", private="true", extras=basis
    )
    assert (closed["state"], closed["private"]) == ("active", True)
    platform = city.served.platform
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "b-1")
    assert (record.status, record.metadata_access, record.data_access) == (
        Status.PUBLISHED, Level.INTERNAL, Level.INTERNAL
    )  # fmt: skip
    assert record.legal_basis == "§ 3 ThürTG"
    assert (await city.result("package_show", "reader-jena", id="b-1"))["name"] == "b-1"
    assert (await city.error("package_show", "reader-other", id="b-1"))[0] == 404


async def test_who_may_not_write_is_told_so_as_in_ckan(city: City) -> None:
    for who in ("", "reader-jena", "gatekeeper-jena"):
        with pytest.raises(NotAuthorized):
            await city.remote(lambda ckan: ckan.action.package_create(**SENT), who)
    for who in ("contributor-jena", "steward-other"):
        with pytest.raises(NotAuthorized):
            await city.remote(lambda ckan: ckan.action.package_create(**SENT), who)
    drafted = {**SENT, "private": True}
    made = await city.remote(lambda c: c.action.package_create(**drafted), "contributor-jena")
    for action in ("package_patch", "package_delete", "package_update"):
        status, error = await city.error(action, "steward-other", id=made["id"])
        assert (status, error["__type"]) == (404, "Not Found Error")
    await city.result("package_patch", STEWARD, id=made["id"], private=False)
    for action in ("package_patch", "package_delete"):
        for who in ("", "reader-jena", "steward-other", "contributor-jena"):
            status, error = await city.error(action, who, id=made["id"], notes="x")
            assert (status, error["__type"]) == (403, "Authorization Error"), (action, who)
    resource = made["resources"][0]["id"]
    for action in ("resource_patch", "resource_delete"):
        assert (await city.error(action, "contributor-jena", id=resource, name="x"))[0] == 403
    before = await files.listing(city.served.platform, SYSTEM, "my-set")
    with pytest.raises(NotAuthorized):
        await city.remote(
            lambda ckan: ckan.action.resource_create(package_id="my_set", upload=io.BytesIO(b"x")),
            "contributor-jena",
        )
    assert await files.listing(city.served.platform, SYSTEM, "my-set") == before == []


async def test_organisations_are_made_by_administrators(city: City) -> None:
    status, error = await city.error("organization_create", STEWARD, name="neu", title="Neu")
    assert (status, error["__type"]) == (403, "Authorization Error")
    admin = "administrator-jena"
    made = await city.result("organization_create", admin, name="neu", title="Neu", parent="jena")
    assert (made["name"], made["title"]) == ("neu", "Neu")
    changed = await city.result("organization_patch", admin, id="jena", title="Jena")
    assert changed["title"] == "Jena"
    with pytest.raises(ValidationError):
        await city.remote(lambda ckan: ckan.action.organization_create(name="jena"), admin)
    with pytest.raises(CKANAPIError):
        await city.remote(lambda ckan: ckan.action.group_create(name="x"), admin)
    assert (await city.error("organization_delete", admin, id="neu"))[0] == 501


async def test_a_browser_session_writes_nothing(city: City) -> None:
    """Only a token does; a foreign page could use the cookie of somebody signed in."""
    from tests.interfaces import support

    who = Subject(
        kind="user", id="u-1", name="Eins", roles={"jena": frozenset({Role.STEWARD})},
        scopes=frozenset(Scope),
    )  # fmt: skip
    support.SUBJECTS["browser"] = who
    try:
        status, error = await city.error("package_create", "browser", **SENT)
        assert (status, error["__type"]) == (403, "Authorization Error")
        assert "token" in error["message"]
        assert (await city.call("package_list", "browser"))[0] == 200
        cookie = {"cookie": f"{city.served.platform.settings.session_cookie}=browser"}
        form = {"name": "x1", "owner_org": "jena"}
        answer = await city.served.client.post(
            "/api/3/action/package_create", data=form, headers=cookie
        )
        assert answer.status_code == 403
    finally:
        del support.SUBJECTS["browser"]
    assert await city.result("package_list") == []
    answer = await city.served.client.get(
        "/api/3/action/package_create", params=SENT | {"name": "x2"}, headers={
            "Authorization": STEWARD}
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json().startswith("Bad request: JSON Error: Invalid request. Please use POST")


async def test_the_key_may_come_in_each_header_ckan_knows(city: City) -> None:
    for number, headers in enumerate(
        ({"Authorization": STEWARD}, {"X-CKAN-API-Key": STEWARD}, {"X-API-Key": STEWARD})
    ):
        sent = {"name": f"satz-{number}", "owner_org": "jena"}
        answer = await city.served.client.post(
            "/api/action/package_create", json=sent, headers=headers
        )
        assert answer.status_code == 200
    answer = await city.served.client.post(
        "/api/3/action/package_list", headers={"Authorization": "wrong"}
    )
    assert (answer.status_code, answer.json()["error"]["__type"]) == (401, "Authorization Error")


async def test_an_uploaded_file_is_deleted_with_its_resource(city: City) -> None:
    await city.result("package_create", STEWARD, **SENT)
    made = await city.remote(
        lambda ckan: ckan.call_action(
            "resource_create",
            {"package_id": "my_set"},
            files={"upload": ("x.csv", io.BytesIO(b"a\n"))},
        )
    )
    _, path = await files.locate(city.served.platform, SYSTEM, "my-set", "x.csv")
    deed = {"id": made["id"], "delete_file": True}
    status, error = await city.error("resource_delete", STEWARD, **deed)
    assert (status, error["reason"]) == (409, ["Missing value"])
    assert (await city.error("resource_delete", "contributor-jena", **deed, reason="x"))[0] == 403
    assert path.exists()
    await city.result("resource_delete", STEWARD, **deed, reason="Namen von Kindern")
    assert not path.exists()
    with pytest.raises(Gone, match="Namen von Kindern"):
        await files.locate(city.served.platform, ANONYMOUS, "my-set", "x.csv")
    (newest, *_) = await catalogue.revisions(
        city.served.platform, SYSTEM, ResourceKind.DATASET, "my-set"
    )
    assert newest.reason == "Namen von Kindern"
