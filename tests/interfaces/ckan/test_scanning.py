# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files of CKAN's clients come to the virus scanner as those of the pages do."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream
from ckanapi.errors import CKANAPIError, ValidationError
from msgspec.structs import replace
from tests.interfaces.ckan.conftest import City

from allmende.core import files
from allmende.policy import SYSTEM

pytestmark = pytest.mark.anyio

STEWARD = "steward-jena"
HARMFUL = b"this would be a virus"


@asynccontextmanager
async def scanner() -> AsyncIterator[str]:
    """Speaks clamd's INSTREAM and finds HARMFUL."""

    async def serve(stream: SocketStream) -> None:
        async with stream:
            sent = BufferedByteReceiveStream(stream)
            assert await sent.receive_until(b"\0", 20) == b"zINSTREAM"
            content = b""
            while length := int.from_bytes(await sent.receive_exactly(4), "big"):
                content += await sent.receive_exactly(length)
            found = b"stream: Test FOUND\0" if HARMFUL in content else b"stream: OK\0"
            await stream.send(found)

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, serve)
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 - an attribute of anyio
        yield f"127.0.0.1:{port}"
        group.cancel_scope.cancel()
    await listener.aclose()


async def send(city: City, content: bytes) -> dict[str, Any]:
    given = {"upload": ("a.csv", io.BytesIO(content))}
    found: dict[str, Any] = await city.remote(
        lambda ckan: ckan.call_action("resource_create", {"package_id": "satz"}, files=given)
    )
    return found


async def test_harmful_files_are_not_kept(city: City) -> None:
    await city.result("package_create", STEWARD, name="satz", owner_org="jena")
    platform = city.served.platform
    async with scanner() as address:
        platform.settings = replace(platform.settings, virus_scanner=address)
        with pytest.raises(ValidationError) as caught:
            await send(city, b"a" * 3_000_000 + HARMFUL)
        assert "Test" in caught.value.error_dict["message"]
        assert (await city.result("package_show", id="satz"))["resources"] == []
        assert await files.listing(platform, SYSTEM, "satz") == []
        assert (await send(city, b"a\n1\n"))["size"] == 4
    with pytest.raises(CKANAPIError):  # nobody looks at it, so it is not taken
        await send(city, b"a\n2\n")
    assert len(await files.listing(platform, SYSTEM, "satz")) == 1
