# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The readers of rows: every folder of `allmende.sources` whose manifest says so."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from allmende.core.harvest.readers import Manifest
from allmende.core.harvest.readers import manifests as every
from allmende.core.imports.formats import settle
from allmende.core.imports.types import Material, Opened, Reader
from allmende.errors import InvalidInput


@cache
def manifests() -> dict[str, Manifest]:
    """Every folder that brings rows, in alphabetical order."""
    return {name: each for name, each in every().items() if each.brings == "rows"}


@cache
def formats() -> dict[str, str]:
    """Every format and the module that reads it."""
    return {
        name: f"allmende.sources.{folder}.{module}"
        for folder, manifest in manifests().items()
        for name, module in manifest.formats.items()
    }


def open_content(material: Material) -> Opened:
    """The layers of the content. InvalidInput when it is in no format that is read."""
    name = settle(material)
    if name not in formats():
        known = ", ".join(sorted(formats()))
        raise InvalidInput(
            f"The format {name} is not read; known are {known}.",
            f"Das Format {name} wird nicht gelesen; bekannt sind {known}.",
            code="import-format",
        )
    read = cast(Reader, import_module(formats()[name]).read)
    opened = read(material)
    opened.format = name
    return opened
