# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documentation of a model as a fragment of HTML, German or English, for pages.

It has headings from level 2 on, tables with headers and captions, an address for every
entity (`#Tree`) and field (`#Tree.height`, where the IRIs of the model lead), no styles and
no scripts. Everything from the model is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from allmende.model.document import Entity, Field, Model
from allmende.model.emit.place import Place, title, words
from allmende.model.emit.wording import rule_words, say, type_words

_COLUMNS = ("field", "type", "unit", "rules", "about")


def emit(model: Model, place: Place) -> str:
    """The fragment: every entity as a section."""
    found: list[str] = []
    for entity in model.entities:
        found += _entity(entity, model, place.language)
    return "\n".join(found) + "\n"


def _entity(entity: Entity, model: Model, language: str) -> Iterator[str]:
    name = escape(entity.name)
    yield f'<section class="model-entity" id="{name}" aria-labelledby="{name}-title">'
    yield f'<h2 id="{name}-title">{escape(title(entity, language))} <code>{name}</code></h2>'
    about = words(entity.description, language)
    if about:
        yield f"<p>{escape(about)}</p>"
    if entity.key:
        yield f"<p>{say('key', language)}: {', '.join(_code(each) for each in entity.key)}</p>"
    if entity.time:
        ends = [_code(each) for each in (entity.time.start, entity.time.end) if each]
        between = f" {say('until', language)} "
        yield f"<p>{say('true_from', language)} {between.join(ends)}</p>"
    heads = [say(each, language) for each in _COLUMNS]
    caption = f"{escape(title(entity, language))}: {len(entity.fields)} {say('fields', language)}"
    rows = [_row(entity, field, model, language) for field in entity.fields]
    yield from _table(caption, heads, rows)
    for field in entity.fields:
        if field.codes:
            yield from _codes(entity, field, language)
    yield "</section>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _table(caption: str, heads: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region"'
    yield f'    aria-label="{caption}"><table><caption>{caption}</caption>'
    listed = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    yield f"<thead><tr>{listed}</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table></div>"


def _row(entity: Entity, field: Field, model: Model, language: str) -> str:
    ident = escape(f"{entity.name}.{field.name}")
    kind = escape(type_words(field, language))
    if any(each.name == field.entity for each in model.entities):
        kind = kind.replace(field.entity, f'<a href="#{field.entity}">{field.entity}</a>')
    rules = "<br>".join(escape(each) for each in rule_words(field, language))
    cells = (kind, escape(field.unit), rules, _about(field, language))
    return (
        f'<tr id="{ident}"><th scope="row">{_code(field.name)}</th>'
        + "".join(f"<td>{each}</td>" for each in cells)
        + "</tr>"
    )


def _about(field: Field, language: str) -> str:
    parts = [f"<strong>{escape(words(field.title, language))}</strong>"] if field.title else []
    about = words(field.description, language)
    parts += [escape(about)] if about else []
    if field.iri.startswith(("http://", "https://")):
        address = escape(field.iri)
        parts.append(f'<a href="{address}" rel="external">{address}</a>')
    return "<br>".join(parts)


def _codes(entity: Entity, field: Field, language: str) -> Iterator[str]:
    more = f" ({say('open', language)})" if field.open_codes else ""
    caption = f"{say('values', language)} {escape(field.name)}{more}"
    rows = (
        f'<tr><th scope="row">{_code(str(each.code))}</th>'
        f"<td>{escape(words(each.title, language))}</td></tr>"
        for each in field.codes
    )
    yield from _table(caption, (say("code", language), say("about", language)), rows)
