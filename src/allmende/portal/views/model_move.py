# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A collection moves to another version of its model: conversions, a trial, the move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from allmende.core import collections, models
from allmende.core.collections import Collection, Conversion, Moved
from allmende.core.operations import operation
from allmende.errors import AllmendeError
from allmende.model.compare import compare
from allmende.model.document import Entity, Field, FieldType, Model
from allmende.model.findings import Finding
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said
from allmende.portal.page import Page
from allmende.portal.views.models import changes, crumbs, level, path, told

SHOWN = 20  # rows that do not fit
MAX_CODES = 500  # of a field whose value is chosen from a list


@dataclass(frozen=True, slots=True)
class Line:
    """A new field and where its value comes from."""

    field: Field
    label: str
    source: str
    constant: str
    kind: str  # of the input: text, date, number or choice
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that does not fit the new version."""

    id: str
    reasons: list[str]


async def move(page: Page) -> Response:
    """What would change, and the conversions to choose."""
    found, old, new = await _both(page)
    return _page(page, found, old, new, _proposed(found, old, new))


async def _both(page: Page) -> tuple[Collection, Model, Model]:
    given = page.request.path_params
    new = await models.get(page.platform, page.subject, given["id"], given["version"])
    await collections.writable(page.platform, page.subject, given["collection"])
    found = await collections.get(page.platform, page.subject, given["collection"])
    old = await models.get(page.platform, page.subject, found.model, found.model_version)
    return found, old, new


def _proposed(found: Collection, old: Model, new: Model) -> dict[str, Conversion]:
    """The same name, or the name it seems to have had."""
    was = {each.field: each.was for each in compare(old, new).changes if each.kind == "renamed"}
    there = {each.name for each in found.entity.plain}
    return {
        each.name: Conversion(source=each.name if each.name in there else was.get(each.name, ""))
        for each in _entity(found, new).plain
    }


def _entity(found: Collection, model: Model) -> Entity:
    """The entity with the same name, else the first."""
    names = {each.name for each in model.entities}
    return model.entity(found.entity.name if found.entity.name in names else "")


def _page(
    page: Page,
    found: Collection,
    old: Model,
    new: Model,
    chosen: Mapping[str, Conversion],
    moved: Moved | None = None,
    error: str = "",
) -> Response:
    difference = compare(old, new)
    title = str(page.words("models.move-title", version=new.version))
    given = page.request.path_params
    here = path(given["id"], given["version"], "move", given["collection"])
    return page.render(
        "model_move.html",
        title=title,
        crumbs=crumbs(page, new, title),
        csrf=csrf(page),
        here=page.at(here),
        collection=found,
        of=_titled(page, found),
        back=page.at(f"/collections/{quote(found.id)}"),
        old=old,
        new=new,
        level=level(page, difference),
        changes=changes(page, difference.changes),
        lines=_lines(page, _entity(found, new), chosen),
        sources=[each.name for each in found.entity.plain],
        moved=moved,
        unfit=_unfit(page, _entity(found, new), moved),
        error=error,
    )


def _titled(page: Page, found: Collection) -> Said:
    title = page.said(found.title)
    return title if title.text else Said(found.id, None)


def _lines(page: Page, entity: Entity, chosen: Mapping[str, Conversion]) -> list[Line]:
    return [
        Line(
            each,
            page.said(each.title).text or each.name,
            chosen.get(each.name, Conversion()).source,
            "" if chosen.get(each.name) is None else _text(chosen[each.name].constant),
            _input(each),
            _options(page, each),
        )
        for each in entity.plain
    ]


def _input(field: Field) -> str:
    """How a value is asked for; a date is picked, so that no way of writing it is guessed."""
    if field.type is FieldType.BOOLEAN or 0 < len(field.codes) <= MAX_CODES:
        return "choice"
    if field.type is FieldType.DATE:
        return "date"
    numbers = (FieldType.INTEGER, FieldType.YEAR, FieldType.NUMBER)
    return "number" if field.type in numbers else "text"


def _options(page: Page, field: Field) -> list[tuple[str, str]]:
    if _input(field) != "choice":
        return []
    if field.type is FieldType.BOOLEAN:
        return [(each, str(page.words(f"value.{each}"))) for each in ("yes", "no")]
    return [(str(each.code), page.said(each.title).text or str(each.code)) for each in field.codes]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _unfit(page: Page, entity: Entity, moved: Moved | None) -> list[Unfit]:
    if moved is None:
        return []
    return [
        Unfit(each.id, [_reason(page, entity, one) for one in each.findings])
        for each in moved.refused[:SHOWN]
    ]


def _reason(page: Page, entity: Entity, found: Finding) -> str:
    """What is wrong, with the field it is about."""
    field = entity.find(found.field.partition(".")[0])
    name = page.said(field.title).text if field else ""
    text = page.said(found.text).text or found.code
    return f"{name or found.field}: {text}" if found.field else text


@operation("", seconds="upload_seconds")
async def act(page: Page) -> Response:
    """Tries the move, or moves."""
    form = await checked_form(page)
    found, old, new = await _both(page)
    entity = _entity(found, new)
    known = {each.name for each in found.entity.plain}
    chosen = {each.name: _conversion(form, each, known) for each in entity.plain}
    trial = form.get("do") != "move"
    given = {
        name: each for name, each in chosen.items() if each.source or each.constant is not None
    }
    try:
        moved = await collections.migrate(
            page.platform,
            page.subject,
            found.id,
            new,
            given,
            entity=entity.name,
            trial=trial,
            reason=form.get("reason", "").strip()[:500],
        )
    except AllmendeError as error:
        text = told(page, error)
        return _page(page.with_status(error.status), found, old, new, chosen, error=text)
    if trial:
        return _page(page, found, old, new, chosen, moved)
    return page.redirect(f"/collections/{quote(found.id)}")


def _conversion(form: Mapping[str, str], field: Field, known: set[str]) -> Conversion:
    source = form.get(f"s-{field.name}", "")
    text = form.get(f"c-{field.name}", "").strip()
    return Conversion(source=source if source in known else "", constant=_constant(text, field))


def _constant(text: str, field: Field) -> object:
    """The value for rows that have none, in the type of the field; wrong ones fail in the trial."""
    if not text:
        return None
    try:
        if field.type in (FieldType.INTEGER, FieldType.YEAR):
            return int(text)
        if field.type is FieldType.NUMBER:
            return float(text.replace(",", "."))
    except ValueError:
        return text
    if field.type is FieldType.BOOLEAN:
        return {"true": True, "ja": True, "yes": True, "1": True}.get(text.lower(), False)
    return text
