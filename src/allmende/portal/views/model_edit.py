# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A model is changed in the browser and becomes a new version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.responses import Response

from allmende.core import models
from allmende.errors import AllmendeError, NotAllowed
from allmende.model.compare import Difference, compare, suffices
from allmende.model.document import (
    Code,
    Entity,
    Field,
    FieldType,
    Model,
    Text,
    Visibility,
    problems,
)
from allmende.model.sniff.names import usable
from allmende.policy import Action, Status, may
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Page
from allmende.portal.views.importing.columns import TYPES, UNITS, WHO
from allmende.portal.views.models import changes, crumbs, level, path, told

FRESH = 3  # empty fields at the end of the form
LONGEST = 5_000
NUMERIC = (FieldType.NUMBER, FieldType.INTEGER, FieldType.YEAR)
_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,9})?\Z")


@dataclass(frozen=True, slots=True)
class Row:
    """A field in the form; `codes` has a line for each code."""

    number: int
    field: Field
    low: str
    high: str
    codes: str
    key: bool
    fresh: bool
    fixed: bool  # geometry and objects keep their type


async def edit(page: Page) -> Response:
    """The form with the fields of an entity."""
    kept = await _kept(page)
    return _page(page, kept, kept.model)


async def _kept(page: Page) -> models.Kept:
    given = page.request.path_params
    kept = await models.find(page.platform, page.subject, given["id"], given["version"])
    if not may(page.subject, Action.WRITE_DRAFT, kept.organisation):
        raise NotAllowed(
            "Only contributors and stewards of the organisation change its models.",
            "Modelle ändern nur Mitwirkende und Verantwortliche der Organisation.",
        )
    return kept


def _page(
    page: Page,
    kept: models.Kept,
    model: Model,
    found: Difference | None = None,
    errors: list[str] | None = None,
) -> Response:
    entity = _entity(page, model)
    title = str(page.words("models.edit-title", version=kept.version))
    return page.render(
        "model_edit.html",
        title=title,
        crumbs=crumbs(page, kept.model, title),
        csrf=csrf(page),
        here=page.at(path(kept.id, kept.version, "edit"), [("entity", entity.name)]),
        back=page.at(path(kept.id, kept.version)),
        entities=[
            (each.name, page.at(path(kept.id, kept.version, "edit"), [("entity", each.name)]))
            for each in model.entities
        ],
        entity=entity,
        model=model,
        rows=_rows(entity),
        errors=errors or [],
        found=found,
        level=level(page, found) if found else "",
        changes=changes(page, found.changes) if found else [],
        types=[(each.value, page.words(f"type.{each.value}")) for each in TYPES],
        units=UNITS,
        who=[(each.value, page.words(key)) for each, key in WHO],
    )


def _entity(page: Page, model: Model) -> Entity:
    wanted = page.request.query_params.get("entity", "")
    return next((each for each in model.entities if each.name == wanted), model.entities[0])


def _rows(entity: Entity) -> list[Row]:
    fields = [*entity.fields, *(Field(name="") for _ in range(FRESH))]
    return [
        Row(
            number,
            each,
            _said(each.minimum),
            _said(each.maximum),
            "\n".join(_code_line(code) for code in each.codes),
            each.name in entity.key,
            not each.name,
            each.type not in TYPES,
        )
        for number, each in enumerate(fields)
    ]


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _code_line(code: Code) -> str:
    titles = [code.title.get("de", ""), code.title.get("en", "")]
    return " = ".join([str(code.code), " | ".join(titles).rstrip(" |")]).removesuffix(" = ")


# --- what was sent -------------------------------------------------------------------


async def save(page: Page) -> Response:
    """Compares the changed model with the one before, or keeps it as a new version."""
    form = await checked_form(page)
    kept = await _kept(page)
    model = _changed(page, kept.model, form)
    wrong = [each[page.language] for each in problems(model)]
    if wrong:
        return _page(page.with_status(422), kept, model, errors=wrong)
    found = compare(kept.model, model)
    if not suffices(model.version, found.required):
        model.version = found.required
    if form.get("do") != "publish" or found.level == "none":
        return _page(page, kept, model, found)
    try:
        await models.put(
            page.platform,
            page.subject,
            model,
            kept.organisation,
            status=Status.PUBLISHED,
            metadata_access=kept.metadata_access,
            data_access=kept.data_access,
        )
    except AllmendeError as error:
        text = told(page, error)
        return _page(page.with_status(error.status), kept, model, found, [text])
    return page.redirect(path(model.id, model.version))


def _changed(page: Page, before: Model, form: Mapping[str, str]) -> Model:
    """A copy of the model with what the form says."""
    model = msgspec.convert(msgspec.to_builtins(before), Model)
    model.title = _texts(form, "title", model.title)
    model.description = _texts(form, "description", model.description)
    model.changes = _texts(form, "changes", {})
    entity = _entity(page, model)
    fields: list[Field] = []
    keys: list[str] = []
    taken: set[str] = set()
    for row in _rows(entity):
        each = _field(form, row, taken)
        if each is None:
            continue
        taken.add(each.name.lower())
        fields.append(each)
        if form.get(f"f{row.number}-key"):
            keys.append(each.name)
    names = {each.name for each in fields}
    entity.fields, entity.key = fields, keys
    entity.label = entity.label if entity.label in names else ""
    if entity.time is not None:
        start, end = (
            each if each in names else "" for each in (entity.time.start, entity.time.end)
        )
        entity.time = replace(entity.time, start=start, end=end) if start or end else None
    return model


def _texts(form: Mapping[str, str], name: str, before: Text) -> Text:
    sent = {tag: form.get(f"{name}-{tag}", "").strip()[:LONGEST] for tag in ("de", "en")}
    merged = {**before, **sent}
    return {tag: text for tag, text in merged.items() if text}


def _field(form: Mapping[str, str], row: Row, taken: set[str]) -> Field | None:
    """The field of a row of the form; None when it is taken out or stays empty."""

    def sent(name: str) -> str:
        return form.get(f"f{row.number}-{name}", "").strip()

    name = usable_name(sent("name"), row.field.name)
    if not name or sent("drop") or f"f{row.number}-name" not in form:
        return None if name or row.fresh or sent("drop") else row.field
    while name.lower() in taken:
        name += "_2"
    kinds = {each.value: each for each in TYPES}
    levels = {each.value: each for each in Visibility}
    made = replace(row.field, name=name)
    made.title = _texts(form, f"f{row.number}-title", row.field.title)
    made.description = _texts(form, f"f{row.number}-about", row.field.description)
    made.type = row.field.type if row.fixed else kinds.get(sent("type"), row.field.type)
    made.unit = sent("unit")[:40]
    made.required = bool(sent("required")) or bool(sent("key"))
    who = levels.get(sent("who"), row.field.shown_to)
    made.visibility, made.personal = who, who is Visibility.PERSONAL
    made.minimum = _bound(sent("low"), made, row.field.minimum)
    made.maximum = _bound(sent("high"), made, row.field.maximum)
    made.codes = _codes(form.get(f"f{row.number}-codes", ""), made, row.field)
    made.open_codes = bool(made.codes) and bool(sent("open"))
    return made


def usable_name(given: str, before: str) -> str:
    """The name as it was when it was not touched; else with letters, digits and _ only."""
    return before if given == before else usable(given)


def _bound(text: str, field: Field, before: Any) -> Any:
    """A limit as the type of the field has it."""
    if not text:
        return None
    if field.type in NUMERIC and _NUMBER.match(text):
        number = float(text.replace(",", "."))
        return int(number) if number.is_integer() else number
    if field.type in (FieldType.DATE, FieldType.DATETIME, FieldType.TIME):
        return text[:30]
    return before if text == _said(before) else None


def _codes(text: str, field: Field, before: Field) -> list[Code]:
    """Codes from lines `code = German | English`; what is known of a code stays."""
    known = {str(each.code): each for each in before.codes}
    found: dict[str, Code] = {}
    for line in text.splitlines():
        code, _, titles = line.partition("=")
        code = code.strip()[:200]
        if not code:
            continue
        de, _, en = titles.partition("|")
        old = known.get(code, Code(code=_typed(code, field)))
        title = {**old.title, "de": de.strip()[:300], "en": en.strip()[:300]}
        found[code] = replace(old, title={tag: said for tag, said in title.items() if said})
    return list(found.values())


def _typed(code: str, field: Field) -> str | int:
    plain = code.removeprefix("-")
    whole = field.type is FieldType.INTEGER and plain.isascii() and plain.isdigit()
    return int(code) if whole and len(code) < 16 else code
