# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""authId of a Party (STAplus 22-022r1): for whom it is, and that it gives no rights."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interfaces.sensorthings.writers import Api, service, stream, thing
from tests.interfaces.support import SUBJECTS

from allmende.policy import Role, Subject

pytestmark = pytest.mark.anyio

PARTY = {"role": "individual", "displayName": "Anna", "authId": "anna"}


@pytest.fixture
def anna(monkeypatch: pytest.MonkeyPatch) -> str:
    """A person that may measure for nobody but is named in a Party."""
    roles = {"jena": frozenset({Role.CITIZEN})}
    subject = Subject(kind="user", id="anna", roles=roles)
    monkeypatch.setitem(SUBJECTS, "anna", subject)
    return "anna"


async def test_auth_id_is_for_few(engine: str, tmp_path: Path, anna: str) -> None:
    async with service(tmp_path, engine) as api:
        party = await api.make("Parties", PARTY)
        await api.make("Parties", {**PARTY, "displayName": "Bert", "authId": "bert"})
        ident = {"@iot.id": 1}
        await api.make("Things", thing(Party=ident, Datastreams=[stream(Party=ident)]))
        seeing = [api, api.of("steward-jena"), api.of(anna)]
        others = [api.of(""), api.of("reader-jena"), api.of("contributor-other")]
        for reader in seeing:
            assert await shown(reader, party) == ["anna"] * 5
        for reader in others:
            assert await shown(reader, party) == [None] * 5
        assert await names(api, "authId eq 'bert'") == ["Bert"]
        assert await names(api.of(anna), "authId eq 'bert'") == []
        assert await names(api, "authId ne null") == ["Anna", "Bert"]
        assert await names(api.of(anna), "authId ne null") == ["Anna"]
        for reader in others:
            assert await names(reader, "authId ne null") == []
            assert await names(reader, "startswith(authId,'a')") == []
            assert await names(reader, "Things/any(t:t/Party/authId eq 'anna')") == []
            found = await reader.values("Parties", **{"$orderby": "authId desc,id"})
            assert [each["displayName"] for each in found] == ["Anna", "Bert"]
            table = await reader.ask("GET", "Parties?$resultFormat=CSV")
            assert b"anna" not in table.content
            assert b"Anna" in table.content


async def shown(api: Api, party: str) -> list[str | None]:
    """The authId wherever it could be read."""
    bare = await api.ask("GET", f"{party}/authId/$value")
    expanded = (await api.values("Things", **{"$expand": "Party,Datastreams/Party"}))[0]
    return [
        (await api.get(party)).get("authId"),
        (await api.get(f"{party}/authId"))["authId"],
        bare.text or None,
        expanded["Party"].get("authId"),
        expanded["Datastreams"][0]["Party"].get("authId"),
    ]


async def names(api: Api, condition: str) -> list[str]:
    found = await api.values("Parties", **{"$filter": condition, "$orderby": "id"})
    counted = await api.get("Parties", **{"$filter": condition, "$count": "true"})
    assert counted["@iot.count"] == len(found)
    return [each["displayName"] for each in found]


async def test_auth_id_gives_no_rights(engine: str, tmp_path: Path, anna: str) -> None:
    async with service(tmp_path, engine) as api:
        party = await api.make("Parties", PARTY)
        mine = await api.make("Things", thing(Party={"@iot.id": 1}))
        below = await api.make(f"{mine}/Datastreams", stream(Party={"@iot.id": 1}))
        named = api.of(anna)
        assert await named.status("PATCH", party, {"displayName": "Eve"}) == 403
        assert await named.status("DELETE", mine) == 403
        assert await named.status("POST", f"{below}/Observations", {"result": 1}) == 403
        assert await named.status("POST", f"{mine}/Datastreams", stream()) == 403
        hidden = await api.make("Things", thing("den", **{"@allmende.access": "internal"}))
        assert await api.status("PATCH", hidden, {"Party": {"@iot.id": 1}}) == 200
        assert await named.status("GET", hidden) == 404
