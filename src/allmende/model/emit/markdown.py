# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documentation of a model as Markdown, German or English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from allmende.model.document import Entity, Field, Model
from allmende.model.emit.place import Place, line, title, words
from allmende.model.emit.wording import rule_words, say, type_words

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def emit(model: Model, place: Place) -> str:
    """The document."""
    language = place.language
    lines = [f"# {safe(words(model.title, language, model.id))}", ""]
    lines += _paragraph(words(model.description, language))
    lines += _facts(model, place)
    for entity in model.entities:
        lines += ["", *_entity(entity, language)]
    return "\n".join(lines) + "\n"


def safe(text: str) -> str:
    """A text that means only itself in Markdown, in one line."""
    return _SPECIAL.sub(r"\\\1", line(text))


def _paragraph(text: str) -> list[str]:
    return [safe(text), ""] if text else []


def _facts(model: Model, place: Place) -> Iterator[str]:
    language = place.language
    yield f"- {say('version', language)}: [{model.version}]({place.model(model)})"
    if model.licence:
        yield f"- {say('licence', language)}: {safe(model.licence)}"
    if model.source:
        yield f"- {say('source', language)}: {safe(model.source)}"
    if model.changes:
        yield f"- {say('changes', language)}: {safe(words(model.changes, language))}"


def _entity(entity: Entity, language: str) -> Iterator[str]:
    yield f"## {safe(title(entity, language))} ({code(entity.name)})"
    yield ""
    yield from _paragraph(words(entity.description, language))
    if entity.key:
        yield f"{say('key', language)}: {', '.join(code(each) for each in entity.key)}\n"
    if entity.time:
        ends = [code(each) for each in (entity.time.start, entity.time.end) if each]
        between = f" {say('until', language)} "
        yield f"{say('true_from', language)} {between.join(ends)}\n"
    names = ("field", "type", "unit", "rules", "about")
    yield "| " + " | ".join(say(each, language) for each in names) + " |"
    yield "|---" * len(names) + "|"
    for field in entity.fields:
        yield "| " + " | ".join(_cells(field, language)) + " |"
    for field in entity.fields:
        if field.codes:
            yield ""
            yield from _codes(field, language)


def code(text: str) -> str:
    """A name as code; a bar would end a cell of a table."""
    return f"`{line(text)}`"


def _cells(field: Field, language: str) -> Iterator[str]:
    about = (words(field.title, language), words(field.description, language))
    yield code(field.name)
    yield safe(type_words(field, language))
    yield safe(field.unit)
    yield safe(", ".join(rule_words(field, language)))
    yield safe(": ".join(each for each in about if each))


def _codes(field: Field, language: str) -> Iterator[str]:
    more = f" ({say('open', language)})" if field.open_codes else ""
    yield f"### {say('values', language)} {code(field.name)}{more}"
    yield ""
    yield f"| {say('code', language)} | {say('about', language)} |"
    yield "|---|---|"
    for each in field.codes:
        yield f"| {safe(str(each.code))} | {safe(words(each.title, language))} |"
