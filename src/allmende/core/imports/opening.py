# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a file name or an address to layers that can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, cast

import anyio.to_thread

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.harvest.outward import fetcher
from allmende.core.imports.readers import formats, manifests, open_content
from allmende.core.imports.types import Limits, Material, Opened, ReadOptions
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.model.query import Box

SERVICES = "remote_features"


def city(platform: Platform) -> Box | None:
    """The box around the city (west, south, east, north), by the setting portal.bbox."""
    box: Any = platform.settings.extra.get("portal", {}).get("bbox")
    if not isinstance(box, list) or len(box) != 4:
        return None
    west, south, east, north = (float(each) for each in box)
    return west, south, east, north


def near(platform: Platform) -> tuple[float, float] | None:
    """The middle of the city (lon, lat)."""
    box = city(platform)
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None


@asynccontextmanager
async def opened(
    platform: Platform,
    address: str,
    options: ReadOptions,
    *,
    files: bool = False,
    fetch: Fetcher | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[Opened]:
    """The layers at an address or in a file; they can be read while the context is open.

    `files` allows local files (command line only). Raises SourceUnavailable and InvalidInput.
    """
    material = Material(b"", shown(address), options, limits or Limits(), near=near(platform))
    async with fetcher(platform, fetch, files) as outward:
        service = options.format if options.format in services() else guess(address)
        if service:
            module = import_module(formats()[service])
            async with module.collected(address, outward, material) as found:
                yield cast(Opened, found)
            return
        body = await outward.get(address, accept="*/*")
    material.data = body.data
    yield await anyio.to_thread.run_sync(open_content, material)


async def uploaded(
    platform: Platform, data: bytes, name: str, options: ReadOptions, limits: Limits | None = None
) -> Opened:
    """The layers of content that somebody sent. InvalidInput."""
    from allmende.core.unpack import unpack

    bounds = limits or Limits()
    unpacked = await anyio.to_thread.run_sync(unpack, data, bounds.unpacked_bytes, name)
    material = Material(unpacked, name, options, bounds, near=near(platform))
    return await anyio.to_thread.run_sync(open_content, material)


def services() -> list[str]:
    """The formats that are interfaces of servers."""
    folder = manifests().get(SERVICES)
    return list(folder.formats) if folder else []


def guess(address: str) -> str:
    """Which interface an address looks like; empty when it is taken for a file."""
    plain = address.lower()
    if not plain.startswith(("http://", "https://")):
        return ""
    path, _, query = plain.partition("?")
    if "service=wfs" in query or path.rstrip("/").endswith("/wfs"):
        return "" if "request=getfeature" in query and "outputformat" in query else "wfs"
    if "/featureserver" in path or "/mapserver" in path:
        return "arcgis"
    if "/collections/" in path or path.rstrip("/").endswith("/collections"):
        return "ogcapi"
    return ""


def known(name: str) -> None:
    """InvalidInput when a format is not read."""
    if name and name not in formats():
        there = ", ".join(sorted(formats()))
        raise InvalidInput(
            f"The format {name} is not read; known are {there}.",
            f"Das Format {name} wird nicht gelesen; bekannt sind {there}.",
            code="import-format",
        )
