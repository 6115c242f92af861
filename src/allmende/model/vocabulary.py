# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Controlled vocabularies: which IRIs are valid, how they are called, what a text means.

The lists lie in `vocabularies/` (JSON from `tools/build_vocabularies.py`, short ones as
TOML by hand) and are read when first asked for.

    vocabulary("file-type").match(".csv").iri   # http://…/authority/file-type/CSV
    vocabulary("data-theme").label(iri, "de")   # Verkehr
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from allmende.errors import NotFound

_FOLDER = Path(__file__).with_name("vocabularies")
_ENDINGS = (".json", ".toml")
_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry: its IRI, its code, its names; `facts` holds what only some lists say."""

    iri: str
    code: str
    labels: dict[str, str]
    aliases: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    broader: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """The name in the language, else in English, else in German, else the code."""
        for wanted in (language, "en", "de"):
            if wanted in self.labels:
                return self.labels[wanted]
        return self.code


class Vocabulary:
    """A list of concepts with one IRI base."""

    def __init__(self, name: str, content: dict[str, Any]) -> None:
        self.name = name
        self.title: dict[str, str] = content["title"]
        self.base: str = content["base"]
        self.source: str = content["source"]
        self.open: bool = content.get("open", False)
        self.terms: dict[str, dict[str, Any]] = content.get("terms", {})
        self.concepts: dict[str, Concept] = {}
        for code, entry in content["concepts"].items():
            concept = _concept(self.base, code, entry, self.terms)
            self.concepts[concept.iri] = concept
        self._same = {_bare(iri): c for c in self.concepts.values() for iri in (c.iri, *c.same)}
        self._texts = _texts(self.concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts.values())

    def __len__(self) -> int:
        return len(self.concepts)

    def has(self, iri: str) -> bool:
        """Whether the IRI is a valid value; in an open list any code below the base is."""
        return iri in self.concepts or (
            self.open and iri.startswith(self.base) and len(iri) > len(self.base)
        )

    def get(self, iri: str) -> Concept | None:
        """The concept with this IRI or with one that means the same (https, EU, CC, …)."""
        return self.concepts.get(iri) or self._same.get(_bare(iri))

    def label(self, iri: str, language: str) -> str:
        """The name of a concept; for an unknown IRI its last part."""
        concept = self.get(iri)
        if concept is not None:
            return concept.label(language)
        return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri

    def match(self, text: str) -> Concept | None:
        """The one concept a text names (code, label, alias, ending, media type) or None."""
        key = _key(text)
        return self._texts.get(key) if key else None


def _concept(base: str, code: str, entry: dict[str, Any], terms: dict[str, Any]) -> Concept:
    labels: dict[str, str] = {tag: entry[tag] for tag in ("de", "en") if tag in entry}
    known = {"de", "en", "aliases", "same", "broader"}
    facts = {name: value for name, value in entry.items() if name not in known}
    if "terms" in entry:
        meaning = terms[entry["terms"]]
        facts.update({name: value for name, value in meaning.items() if name not in ("de", "en")})
        facts["sentence"] = {"de": meaning["de"], "en": meaning["en"]}
    return Concept(
        base + code,
        code,
        labels,
        tuple(entry.get("aliases", ())),
        tuple(entry.get("same", ())),
        entry.get("broader"),
        facts,
    )


def _texts(concepts: dict[str, Concept]) -> dict[str, Concept]:
    """Text → concept: codes, then preferred texts, then names only one concept has."""
    found: dict[str, Concept] = {_key(concept.code): concept for concept in concepts.values()}
    for concept in concepts.values():
        for text in concept.facts.get("preferred", ()):
            found.setdefault(_key(text), concept)
    shared: set[str] = set()
    codes = set(found)
    for concept in concepts.values():
        for text in (*concept.labels.values(), *concept.aliases, *concept.facts.get("media", ())):
            key = _key(text)
            if key not in codes and found.setdefault(key, concept) is not concept:
                shared.add(key)
    return {key: concept for key, concept in found.items() if key not in shared}


def _key(text: str) -> str:
    return _WORD.sub("", text.casefold())


def _bare(iri: str) -> str:
    return iri.partition("://")[2].removeprefix("www.").rstrip("/").lower()


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name; NotFound when there is none."""
    if name not in names():
        raise NotFound(f"There is no vocabulary “{name}”.", f"Es gibt keine Werteliste „{name}“.")
    generated = _FOLDER / f"{name}.json"
    if generated.is_file():
        return Vocabulary(name, json.loads(generated.read_text("utf-8")))
    return Vocabulary(name, tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8")))


@cache
def names() -> tuple[str, ...]:
    """The names of all vocabularies."""
    return tuple(sorted(file.stem for file in _FOLDER.iterdir() if file.suffix in _ENDINGS))
