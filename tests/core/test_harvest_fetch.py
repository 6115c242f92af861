# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading foreign addresses: what is refused, what is limited, what is tried again."""

from __future__ import annotations

import bz2
import gzip
import lzma
import time
from collections.abc import Iterator
from email.utils import formatdate
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from tests.sources.servers import (
    Site,
    bomb,
    endless,
    failing,
    fetcher,
    running_site,
    silent,
    truncated,
)

from allmende.core.address_names import shown
from allmende.core.fetch import Body, Fetcher, FetchLimits, Known, retry_after
from allmende.core.fetch_guard import Guard, is_public
from allmende.core.unpack import Inflate, unpack
from allmende.errors import SourceUnavailable


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def get(address: str, how: dict[str, Any] | None = None, **limits: Any) -> Body:
    async def main() -> Body:
        async with fetcher(**limits) as fetch:
            return await fetch.get(address, **(how or {}))

    return anyio.run(main)


def refusal(address: str, **limits: Any) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        get(address, **limits)
    assert set(caught.value.text) == {"en", "de"}
    return caught.value.code


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "198.18.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "2002:a00:1::",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f.1/",
        "http://2130706433/",
    ],
)
def test_this_machine_is_refused_however_it_is_written(address: str) -> None:
    assert refusal(address, allow_private=()) in ("source-address-refused", "source-unknown-host")


def test_intranet_is_allowed_by_name_or_network(site: Site) -> None:
    site.serve("/a", b"yes")
    local = site.address.replace("127.0.0.1", "localhost")
    assert get(f"{local}/a", allow_private=("localhost",)).data == b"yes"
    assert get(f"{site.address}/a", allow_private=("127.0.0.0/8",)).data == b"yes"
    assert refusal(f"{local}/a", allow_private=("10.0.0.0/8",)) == "source-address-refused"


def test_the_checked_address_is_the_one_that_is_called(site: Site) -> None:
    """A name server that changes its mind gains nothing: the name is asked once."""
    site.serve("/a", b"secret")
    port = int(site.address.rpartition(":")[2])
    answers = [["127.0.0.1"], ["8.8.8.8"]]

    async def resolver(host: str, port: int) -> list[str]:
        return answers.pop()

    async def main() -> None:
        guard = Guard((), resolver)
        limits = FetchLimits(attempts=1, connect_seconds=0.01, delay_seconds=0)
        async with Fetcher(limits, guard=guard) as fetch:
            await fetch.get(f"http://rebind.test:{port}/a")

    with pytest.raises(SourceUnavailable):
        anyio.run(main)
    assert answers == [["127.0.0.1"]]
    assert site.log == []


def test_a_name_with_one_private_address_is_refused() -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(SourceUnavailable):
        anyio.run(Guard((), resolver).addresses, "mixed.test", 80)


def test_a_redirect_to_a_private_address_is_refused(site: Site) -> None:
    @site("/away")
    async def away(request: Request) -> Response:
        return RedirectResponse("http://10.0.0.1/secret")

    assert refusal(f"{site.address}/away") == "source-address-refused"


def test_redirects_are_followed_five_times(site: Site) -> None:
    site.serve("/0", b"there")
    for number in range(1, 8):

        async def step(request: Request, number: int = number) -> Response:
            return RedirectResponse(f"/{number - 1}")

        site.handlers[f"/{number}"] = step
    found = get(f"{site.address}/5")
    assert (found.data, found.address) == (b"there", f"{site.address}/0")
    assert refusal(f"{site.address}/6") == "source-redirects"


def test_a_redirect_to_a_file_is_refused(site: Site) -> None:
    @site("/away")
    async def away(request: Request) -> Response:
        return RedirectResponse("file:///etc/passwd")

    assert refusal(f"{site.address}/away") == "source-redirects"


def test_credentials_stay_with_their_host(site: Site) -> None:
    with running_site() as other:
        other.serve("/b", b"there")

        @site("/a")
        async def away(request: Request) -> Response:
            return RedirectResponse(f"{other.address}/b")

        get(f"{site.address}/a", {"headers": {"X-API-Key": "geheim"}})
        assert site.headers[0]["x-api-key"] == "geheim"
        assert "x-api-key" not in other.headers[0]


def test_other_schemes_and_files_are_refused(tmp_path: Path) -> None:
    assert refusal("ftp://example.org/a") == "source-scheme"
    file = tmp_path / "a.ttl"
    file.write_text("# nothing")
    assert refusal(str(file), allow_files=False) == "source-file-refused"
    assert get(str(file)).data == b"# nothing"
    assert get(file.as_uri()).data == b"# nothing"
    assert refusal(str(tmp_path / "b.ttl")) == "source-file"


def test_endless_and_packed_bodies_end_at_the_limit(site: Site) -> None:
    site.handlers["/endless"] = endless
    site.handlers["/bomb"] = bomb
    assert refusal(f"{site.address}/endless", max_bytes=1_000_000) == "source-too-large"
    assert refusal(f"{site.address}/bomb", max_bytes=1_000_000) == "source-too-large"


def test_a_packed_file_is_opened_up_to_the_limit(site: Site, tmp_path: Path) -> None:
    text = b"<a> <b> <c> .\n" * 1000
    for pack in (gzip.compress, lzma.compress, bz2.compress):
        site.serve("/a", pack(text), "application/octet-stream")
        assert get(f"{site.address}/a").data == text
        file = tmp_path / "a"
        file.write_bytes(pack(text))
        assert get(str(file)).data == text
        assert refusal(str(file), max_bytes=5000) == "source-too-large"
        file.write_bytes(pack(text)[:-9])
        assert refusal(str(file)) == "source-encoding"


def test_unknown_and_broken_encodings_are_refused(site: Site) -> None:
    site.serve("/br", b"abc", **{"content-encoding": "br"})
    site.serve("/nested", b"abc", **{"content-encoding": "gzip, gzip"})
    site.serve("/broken", b"abc", **{"content-encoding": "gzip"})
    site.serve("/cut", gzip.compress(b"a" * 99999)[:-20], **{"content-encoding": "gzip"})
    site.serve("/good", gzip.compress(b"good"), **{"content-encoding": "gzip"})
    for name in ("br", "nested", "broken", "cut"):
        assert refusal(f"{site.address}/{name}") == "source-encoding"
    assert get(f"{site.address}/good").data == b"good"


@given(st.binary(max_size=3000), st.integers(0, 4000))
def test_unpacking_never_passes_the_limit(data: bytes, limit: int) -> None:
    for pack in (gzip.compress, lzma.compress, bz2.compress):
        packed = pack(data)
        if len(data) > limit:
            with pytest.raises(SourceUnavailable):
                unpack(packed, limit, "x")
        else:
            assert unpack(packed, limit, "x") == data


@given(st.lists(st.binary(max_size=500), max_size=6), st.integers(1, 60))
def test_pieces_of_a_packed_stream_make_the_whole(parts: list[bytes], step: int) -> None:
    data = b"".join(parts)
    packed = gzip.compress(data)
    inflate = Inflate("gzip", 10_000, "x")
    out = [inflate.feed(packed[at : at + step]) for at in range(0, len(packed), step)]
    assert b"".join(out) + inflate.end() == data


def test_a_silent_server_is_given_up(site: Site) -> None:
    site.handlers["/silent"] = silent
    assert refusal(f"{site.address}/silent", total_seconds=0.2, attempts=1) == "source-timeout"
    assert refusal(f"{site.address}/silent", idle_seconds=0.1, attempts=1) == "source-timeout"


def test_a_truncated_body_is_not_taken(site: Site) -> None:
    site.handlers["/cut"] = truncated
    assert refusal(f"{site.address}/cut") == "source-connection"
    assert len(site.log) == 4


def test_errors_of_the_server_are_tried_again(site: Site) -> None:
    async def fine(request: Request) -> Response:
        return Response(b"fine")

    site.handlers["/a"] = failing(3, fine)
    assert get(f"{site.address}/a").data == b"fine"
    site.handlers["/b"] = failing(4, fine)
    assert refusal(f"{site.address}/b") == "source-status"
    assert refusal(f"{site.address}/nothing") == "source-not-found"
    assert site.log.count("/nothing") == 1


def test_retry_after_is_honoured_up_to_a_limit(site: Site) -> None:
    async def fine(request: Request) -> Response:
        return Response(b"fine")

    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async def main(path: str) -> Body:
        limits = FetchLimits(allow_private=("127.0.0.0/8",), delay_seconds=0, back_off_seconds=1)
        async with Fetcher(limits, sleep=note) as fetch:
            return await fetch.get(site.address + path)

    site.handlers["/a"] = failing(1, fine, 429, **{"retry-after": "7"})
    assert anyio.run(main, "/a").data == b"fine"
    site.handlers["/b"] = failing(3, fine, 503)
    assert anyio.run(main, "/b").data == b"fine"
    assert waits == [7.0, 1.0, 2.0, 4.0]
    site.handlers["/c"] = failing(1, fine, 503, **{"retry-after": "9999"})
    with pytest.raises(SourceUnavailable):
        anyio.run(main, "/c")


def test_retry_after_as_a_date() -> None:
    later = retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)})
    assert later is not None
    assert 50 < later < 70
    assert retry_after({"retry-after": "soon"}) is None
    assert retry_after({}) is None


def test_nobody_listening_is_an_error(site: Site) -> None:
    with running_site() as gone:
        address = gone.address
    assert refusal(f"{address}/a") == "source-connection"


def test_conditional_requests(site: Site) -> None:
    @site("/a")
    async def handler(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"1"':
            return Response(status_code=304)
        if request.headers.get("if-modified-since") == "Thu, 01 Jan 2026 00:00:00 GMT":
            return Response(status_code=304)
        return Response(b"new", headers={"etag": '"1"'})

    first = get(f"{site.address}/a")
    assert (first.data, first.etag, first.unchanged) == (b"new", '"1"', False)
    known = Known(hash="h", etag='"1"')
    second = get(f"{site.address}/a", {"known": known})
    assert (second.unchanged, second.hash, second.data) == (True, "h", b"")
    dated = Known(hash="h", last_modified="Thu, 01 Jan 2026 00:00:00 GMT")
    assert get(f"{site.address}/a", {"known": dated}).unchanged


def test_one_request_at_a_time_per_host_with_a_pause(site: Site) -> None:
    active: list[int] = [0, 0]
    waits: list[float] = []

    @site("/a")
    async def handler(request: Request) -> Response:
        active[0] += 1
        active[1] = max(active)
        await anyio.lowlevel.checkpoint()
        active[0] -= 1
        return Response(b"")

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async def main() -> None:
        limits = FetchLimits(allow_private=("127.0.0.0/8",), delay_seconds=50)
        async with Fetcher(limits, sleep=note) as fetch, anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(fetch.get, f"{site.address}/a")

    anyio.run(main)
    assert active[1] == 1
    assert len(waits) == 3
    assert all(40 < wait <= 50 for wait in waits)


def test_who_asks_is_said(site: Site) -> None:
    site.serve("/a", b"")
    get(f"{site.address}/a")
    agent = site.headers[0]["user-agent"]
    assert agent.startswith("Allmende/")
    assert agent.endswith("(+https://allmende.test)")


def test_passwords_are_not_shown() -> None:
    assert shown("https://me:secret@host.test/a?b=c") == "https://host.test/a?b=c"


def test_json_that_is_none_is_explained() -> None:
    html = Body(address="https://x.test/", data=b"<!DOCTYPE html><html>")
    with pytest.raises(SourceUnavailable) as caught:
        html.json()
    assert caught.value.code == "source-html"
    with pytest.raises(SourceUnavailable) as caught:
        Body(address="https://x.test/", data=b'{"a": ').json()
    assert caught.value.code == "source-json"
    assert Body(address="x", data=b'{"a": 1}').json() == {"a": 1}
