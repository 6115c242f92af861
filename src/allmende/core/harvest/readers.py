# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The kinds of source: every folder of `allmende.sources` with a manifest and a reader."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Literal, cast

import msgspec
from msgspec import Struct

from allmende.core.harvest.types import Reader
from allmende.errors import InvalidInput

Grade = Literal["bronze", "silver", "gold", "platinum"]


class Manifest(Struct, forbid_unknown_fields=True):
    """What `manifest.toml` says about a kind of source.

    `evidence` names, per grade up to the claimed one, the tests that prove it; a test
    checks that they exist. `options` explains each option in two languages. `brings` says
    what a run gives: records of the catalogue, rows of a collection or observations; for the
    last two `formats` names the module of the folder that reads a format, and `signs` what
    stands at the beginning of its content.
    """

    id: str
    title: dict[str, str]
    reads: dict[str, str]
    grade: Grade
    evidence: dict[Grade, list[str]]
    options: dict[str, dict[str, str]] = {}
    brings: Literal["records", "rows", "observations", "messages"] = "records"
    formats: dict[str, str] = {}
    signs: dict[str, list[str]] = {}
    recognise: list[str] = []  # parts of an address or file endings that hint at this kind


@cache
def kinds() -> dict[str, Manifest]:
    """The kinds that bring records of the catalogue, by id, in alphabetical order."""
    return {name: each for name, each in manifests().items() if each.brings == "records"}


@cache
def manifests() -> dict[str, Manifest]:
    """Every kind by its id, in alphabetical order."""
    found: dict[str, Manifest] = {}
    for folder in sorted(files("allmende.sources").iterdir(), key=lambda entry: entry.name):
        manifest = folder.joinpath("manifest.toml")
        if manifest.is_file():
            data = tomllib.loads(manifest.read_text("utf-8"))
            found[folder.name] = msgspec.convert(data, Manifest)
    return found


def reader(kind: str) -> Reader:
    """The reader of a kind; InvalidInput when there is none."""
    if kind not in kinds():
        known = ", ".join(kinds())
        raise InvalidInput(
            f"There is no source kind {kind!r}; known are {known}.",
            f"Die Quellenart {kind!r} gibt es nicht; bekannt sind {known}.",
        )
    return cast(Reader, import_module(f"allmende.sources.{kind}.source").read)


def guess(address: str) -> str:
    """The kind that an address or file name hints at; `dcat` when nothing else does."""
    plain = address.lower().removesuffix(".gz").removesuffix(".xz").removesuffix(".bz2")
    for kind, manifest in kinds().items():
        for hint in manifest.recognise:
            if plain.endswith(hint) or (hint.startswith("/") and hint in plain):
                return kind
    return "dcat"
