# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a run goes outward: limits from the settings, headers and secrets of the source."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from allmende.core.fetch import Fetcher, FetchLimits
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.store.harvest import Source

SECRETS = "ALLMENDE_SOURCE_"


def limits(platform: Platform, *, files: bool = False) -> FetchLimits:
    """The limits of outward requests from the settings."""
    settings = platform.settings
    return FetchLimits(
        allow_private=("0.0.0.0/0", "::/0") if settings.harvest_private else (),
        allow_files=files,
        max_bytes=settings.harvest_bytes,
        total_seconds=settings.harvest_seconds,
        delay_seconds=settings.harvest_pause,
        contact=settings.base_url,
    )


@asynccontextmanager
async def fetcher(platform: Platform, given: Fetcher | None, files: bool) -> AsyncIterator[Fetcher]:
    """The fetcher given, or a new one with the limits of the settings."""
    if given is not None:
        yield given
        return
    async with Fetcher(limits(platform, files=files)) as fetch:
        yield fetch


def headers(source: Source) -> dict[str, str]:
    """Headers of the option `headers`; `env:ALLMENDE_SOURCE_…` takes a secret's value."""
    wanted = source.options.get("headers") or {}
    if not isinstance(wanted, Mapping):
        raise InvalidInput(
            "The option headers is a table of names and values.",
            "Die Option headers ist eine Tabelle aus Namen und Werten.",
        )
    return {str(name): secret(str(value)) for name, value in wanted.items()}


def secret(value: str) -> str:
    """A value, or what the environment or the file it names holds for `env:ALLMENDE_SOURCE_…`.

    InvalidInput when neither it nor the same name with _FILE is set.
    """
    name = value.removeprefix("env:")
    if name == value:
        return value
    file = os.environ.get(f"{name}_FILE")
    if not name.startswith(SECRETS) or (name not in os.environ and file is None):
        raise InvalidInput(
            f"{name} is not set, or does not begin with {SECRETS}.",
            f"{name} ist nicht gesetzt oder beginnt nicht mit {SECRETS}.",
        )
    if file is None:
        return os.environ[name]
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"The file that {name}_FILE names cannot be read.",
            f"Die Datei, die {name}_FILE nennt, ist nicht lesbar.",
        ) from error
