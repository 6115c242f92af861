# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One feature: an answer from a frame says what the answer without one says."""

from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace
from tests.interfaces.ogcapi.city import READER, STEWARD, STRANGER, City
from tests.interfaces.ogcapi.test_core import ITEMS

from allmende.core.formats import GEOJSON
from allmende.interfaces.ogcapi import single
from allmende.interfaces.ogcapi.common import MAX_HEADER, header
from allmende.interfaces.ogcapi.single import USUAL
from allmende.policy.fields import PUBLIC

pytestmark = pytest.mark.anyio

FRAMED = f"{ITEMS}/3?f=geojson"
OTHER = f"{ITEMS}/3?f=application/geo%2Bjson"  # the same, in words that have no frame
SECRETS = "/ogc/collections/secrets/items"


async def _said(api: City, path: str, headers: dict[str, str] | None = None) -> tuple[Any, ...]:
    """Status, headers and document, with the one query written like the other."""
    answer = await api.get(path, headers=headers or {})
    text = answer.text.replace("application/geo%2Bjson", "geojson")
    kept = {
        name: value.replace("application/geo%2Bjson", "geojson")
        for name, value in answer.headers.items()
        if name not in ("x-request-id", "content-length")
    }
    return answer.status_code, kept, text


@pytest.fixture
def framed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each request from now on was answered from a frame."""
    seen: list[bool] = []
    inner = single._usual

    async def watched(request: Any) -> Any:
        found = await inner(request)
        seen.append(found is not None)
        return found

    monkeypatch.setattr(single, "_usual", watched)
    return seen


@pytest.mark.parametrize("who", [{}, READER, STEWARD, STRANGER])
async def test_the_same_is_said_to_everybody(api: City, framed: list[bool], who: Any) -> None:
    one, other = await _said(api, FRAMED, who), await _said(api, OTHER, who)
    assert one == other
    assert one[0] == 200
    assert ("note" in one[2]) == (who in (READER, STEWARD))
    assert framed == [True]
    bare = await _said(api, f"{ITEMS}/3", who)
    assert (bare[0], bare[1]["etag"]) == (200, one[1]["etag"])
    assert bare[2] == one[2].replace("/3?f=geojson", "/3")


@pytest.mark.parametrize("who", [{}, READER, STRANGER])
async def test_what_is_hidden_or_missing_is_not_found(api: City, who: Any) -> None:
    for path in (f"{SECRETS}/1", f"{ITEMS}/99", "/ogc/collections/nothing/items/1"):
        one = await api.get(f"{path}?f=geojson", headers=who)
        other = await api.get(f"{path}?f=application/geo%2Bjson", headers=who)
        expected = 200 if who == READER and path.startswith(SECRETS) else 404
        assert (one.status_code, other.status_code) == (expected, expected), path


async def test_conditions(api: City, framed: list[bool]) -> None:
    first = await api.get(FRAMED)
    for headers, status in (
        ({"if-none-match": first.headers["etag"]}, 304),
        ({"if-none-match": f"W/{first.headers['etag']}"}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-modified-since": first.headers["last-modified"]}, 304),
        ({"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
    ):
        one, other = await _said(api, FRAMED, headers), await _said(api, OTHER, headers)
        assert one == other
        assert one[0] == status, headers
        assert bool(one[2]) == (status == 200)
    assert all(framed)
    plain = {"accept-encoding": "identity"}
    first = await api.get(FRAMED, headers=plain)
    head = await api.served.client.head(FRAMED, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == first.headers["content-length"]


async def test_what_is_asked_for_otherwise_has_no_frame(api: City, framed: list[bool]) -> None:
    page = await api.get(f"{ITEMS}/3", headers={"accept": "text/html"})
    assert page.status_code == 303
    features = await api.get(f"{ITEMS}/3", headers={"accept": "application/vnd.ogc.fg+json"})
    assert "conformsTo" in features.json()
    assert (await api.get(f"{ITEMS}/3", headers={"accept": "image/png"})).status_code == 406
    assert (await api.get(f"{ITEMS}/3?f=geojson&f=jsonfg")).status_code == 400
    assert (await api.get("/ogc/collections/houses/items/h%2F1")).status_code == 200
    assert framed == []
    for accept in ("*/*", "application/geo+json", "application/geo+json;q=0.5, image/png"):
        assert (await api.get(f"{ITEMS}/3", headers={"accept": accept})).status_code == 200
    assert framed == [True] * 3


async def test_links_too_long_for_a_header_are_left_out_of_it(
    api: City, framed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = api.served.platform
    long = "http://127.0.0.1:8000" + "/way" * 130
    monkeypatch.setattr(platform, "settings", replace(platform.settings, base_url=long))
    one, other = await _said(api, FRAMED), await _said(api, OTHER)
    assert one == other
    assert framed == [False]
    assert 2_000 < len(one[1]["link"]) < MAX_HEADER
    assert "version-history" in one[2]
    assert "version-history" not in one[1]["link"]


def test_no_address_is_mistaken_for_the_place_of_the_id() -> None:
    frame = single._frame("http://x.test/~me", "trees", b"f=geojson", PUBLIC)
    assert frame is not None
    links = single.row_links("http://x.test/~me", "trees", "7.a", USUAL[b"f=geojson"], GEOJSON)
    assert "7.a".join(frame.link) == header(links)
    assert json.decode("{" + "7.a".join(frame.links)[1:]) == {"links": links}
