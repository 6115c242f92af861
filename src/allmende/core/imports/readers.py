# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The readers of rows: every folder of `allmende.sources` whose manifest says so."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Literal, cast

import msgspec
from msgspec import Struct

from allmende.core.imports.formats import settle
from allmende.core.imports.types import Material, Opened, Reader
from allmende.errors import InvalidInput

Grade = Literal["bronze", "silver", "gold", "platinum"]


class Manifest(Struct, forbid_unknown_fields=True):
    """What the manifest of a folder says; `formats` maps a format to the module that reads it."""

    id: str
    brings: Literal["rows"]
    title: dict[str, str]
    reads: dict[str, str]
    grade: Grade
    evidence: dict[Grade, list[str]]
    formats: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    recognise: list[str] = []


@cache
def manifests() -> dict[str, Manifest]:
    """Every folder that brings rows, in alphabetical order."""
    found: dict[str, Manifest] = {}
    for folder in sorted(files("allmende.sources").iterdir(), key=lambda entry: entry.name):
        for name in ("manifest.toml", "rows.toml"):
            manifest = folder.joinpath(name)
            if manifest.is_file():
                data = tomllib.loads(manifest.read_text("utf-8"))
                if data.get("brings") == "rows":
                    found[folder.name] = msgspec.convert(data, Manifest)
    return found


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
