# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Write docs/reference/repairs.md and docs/reference/profiles.md from the code.

    python tools/model_reference.py

A test holds both pages against the code, so run this after changing a repair, a profile or
a vocabulary.
"""

from collections.abc import Iterator
from pathlib import Path

from allmende.model.check import FINDINGS
from allmende.model.profile import PROFILES, Obligation, Profile, field_label, profile
from allmende.model.repair import REPAIRS
from allmende.model.vocabulary import names, vocabulary

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "<!-- Written by tools/model_reference.py; do not edit by hand. -->"


def cell(text: str) -> str:
    """Text that is safe in a table."""
    return text.replace("|", "\\|")


def repairs_page() -> str:
    """All repairs with their sentences."""
    return "\n".join([*_repairs_intro(), *_repairs_table()]) + "\n"


def _repairs_intro() -> list[str]:
    return [
        NOTE,
        "# Repairs on import",
        "",
        "Lenient in, strict out. Metadata from other portals is full of small faults. None of the",
        "faults below costs a record: what is meant without doubt is put right, what is not meant",
        "without doubt is kept beside (`extra`) and left out of the RDF we publish. Nothing is",
        "changed in silence: every change is recorded with the record as *code, path, before,",
        "after* and shown on its page, and the original RDF is kept as it came.",
        "",
        "- `path` names the field of the record; lists count from 0: `distribution[2].license`.",
        "- `before` and `after` are cut at 300 characters.",
        "- Spellings that mean the same in RDF (order, prefixes, blank node labels) are no",
        "  repairs.",
        "- HTML in descriptions is kept; pages clean it when they show it.",
        "- Several values of one property become one field with several values; only where one",
        "  value is meant the first counts (`second-value`).",
        "",
    ]


def _repairs_table() -> Iterator[str]:
    yield "| code | what was done | was gemacht wurde |"
    yield "|---|---|---|"
    for code, texts in sorted(REPAIRS.items()):
        yield f"| `{code}` | {cell(texts['en'])} | {cell(texts['de'])} |"


def profiles_page() -> str:
    """Profiles, findings and vocabularies."""
    lines = [*_profiles_intro(), *_findings()]
    for name in PROFILES:
        lines += _profile(profile(name))
    return "\n".join([*lines, *_vocabularies()]) + "\n"


def _profiles_intro() -> list[str]:
    return [
        NOTE,
        "# Profiles, findings and vocabularies",
        "",
        "A profile says which properties a class must, should or may have. The tables lie in",
        "`src/allmende/model/profiles/*.toml`, were written from the specifications and are held",
        "against the official SHACL shapes in the tests; every difference is listed there with its",
        "reason. `allmende.model.check.check(record, profile)` answers with findings.",
        "",
        "DCAT-AP.de extends DCAT-AP; HVD extends DCAT-AP and is asked only of records that name a",
        "high-value category or Regulation (EU) 2023/138. The tables show what a profile adds.",
        "",
    ]


def _findings() -> Iterator[str]:
    yield "## Findings"
    yield ""
    yield "Severity: `violation` breaks the profile, `warning` is against its advice, `info` is a"
    yield "recommendation that is not followed. Every finding has a sentence that says what to do."
    yield ""
    yield "| code | English | Deutsch |"
    yield "|---|---|---|"
    for code, texts in FINDINGS.items():
        yield f"| `{code}` | {cell(texts['en'])} | {cell(texts['de'])} |"
    yield ""


def _profile(found: Profile) -> Iterator[str]:
    base = profile("dcat-ap") if found.name != "dcat-ap" else None
    yield f"## {found.title} {found.version} (`{found.name}`)"
    yield ""
    yield "| class | field | count | obligation | property |"
    yield "|---|---|---|---|---|"
    for cls, rows in found.rows.items():
        for name, row in rows.items():
            if base is not None and base.of(cls).get(name) == row:
                continue
            count = f"{row.min}..{row.max or 'n'}"
            if row.obligation is Obligation.DEPRECATED:
                count = "–"
            yield f"| {cls} | {name} | {count} | {row.obligation} | <{row.field.iri}> |"
    yield ""
    must, should = sorted(found.must), sorted(found.should)
    yield f"Values must come from: {', '.join(must) or '–'}."
    yield f"Values should come from: {', '.join(should) or '–'}."
    if found.deprecated_properties:
        yield "Out of use: " + ", ".join(f"<{iri}>" for iri in found.deprecated_properties) + "."
    yield ""


def _vocabularies() -> Iterator[str]:
    yield "## Vocabularies"
    yield ""
    yield "Fields are called on pages by `profiles/labels.toml`, for example"
    english, german = field_label("access_url", "en"), field_label("access_url", "de")
    yield f"“{english}” / „{german}“ for `access_url`."
    yield ""
    yield "| name | entries | base | source |"
    yield "|---|---|---|---|"
    for name in names():
        words = vocabulary(name)
        count = f"{len(words)}{' and more' if words.open else ''}"
        yield f"| {name} | {count} | <{words.base}> | {cell(words.source)} |"


PAGES = {"repairs.md": repairs_page, "profiles.md": profiles_page}


if __name__ == "__main__":
    for file, page in PAGES.items():
        (FOLDER / file).write_text(page(), "utf-8")
