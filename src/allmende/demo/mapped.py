# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The models and mappings that come with the program, by name."""

from __future__ import annotations

from functools import cache

import msgspec

from allmende.core.imports import Mapping, parse
from allmende.demo.shipped import FOLDER
from allmende.model.document import Model

MODELS = FOLDER / "models"
MAPPINGS = FOLDER / "mappings"


def models() -> list[str]:
    """Ids of the models, in alphabetical order."""
    return sorted(path.stem for path in MODELS.glob("*.json"))


def mappings() -> list[str]:
    """Names of the mappings, in alphabetical order."""
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


@cache
def model(ident: str) -> Model:
    """A shipped model. KeyError when there is none of this id."""
    if ident not in models():
        raise KeyError(ident)
    return msgspec.json.decode((MODELS / f"{ident}.json").read_bytes(), type=Model)


@cache
def mapping(name: str) -> Mapping:
    """A shipped mapping. KeyError when there is none of this name."""
    if name not in mappings():
        raise KeyError(name)
    return parse((MAPPINGS / f"{name}.toml").read_bytes())
