# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One row in a form: add it, change it, remove it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Change, Collection, Row
from allmende.errors import Conflict, InvalidRecord, PreconditionFailed
from allmende.model.check_rows import Finding
from allmende.portal import map_rows, row_form
from allmende.portal.forms import checked_form, csrf
from allmende.portal.map_values import label, measured
from allmende.portal.page import Crumb, Page
from allmende.portal.views.collection_doors import crumbs, opened, path, row_at

REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the form shows: texts, the revision they belong to, what is wrong, what changed."""

    texts: Mapping[str, str]
    revision: int = 0
    findings: Sequence[Finding] = ()
    error: str = ""
    others: list[tuple[str, str, str]] = field(default_factory=list)  # field, before, now
    reason: str = ""


async def add(page: Page) -> Response:
    """An empty form."""
    collection = await opened(page)
    return _form(page, collection, Sheet(_empty(page, collection)))


def _empty(page: Page, collection: Collection) -> dict[str, str]:
    return row_form.texts(collection.entity, {}, {}, None, page)


def _form(page: Page, collection: Collection, sheet: Sheet, row: Row | None = None) -> Response:
    name = map_rows.name_of(row, collection.entity, page) if row else ""
    title = page.words.plain("care.edit-title", name=name) if row else page.words.plain("care.add")
    here = row_at(collection.id, "edit", row.id) if row else path(collection.id, "/add")
    back = map_rows.row_path(collection.id, row.id) if row else path(collection.id)
    locked = collection.entity.key if row else ()
    known = {each.name for each in collection.entity.fields}
    return page.render(
        "care_row.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(here),
        back=page.at(back),
        controls=row_form.controls(collection.entity, sheet.texts, page, sheet.findings, locked),
        general=[_said(page, each) for each in sheet.findings if each.field not in known],
        errors=len(sheet.findings),
        error=sheet.error,
        others=sheet.others,
        revision=sheet.revision,
        reason=sheet.reason,
        keyed=bool(row and collection.entity.key),
        settles=None,
    )


def _said(page: Page, finding: Finding) -> str:
    return page.said(finding.text).text or finding.code


async def create(page: Page) -> Response:
    """Stores a new row."""
    form = await checked_form(page)
    collection = await opened(page)
    given = row_form.sent(collection.entity, form, _empty(page, collection))
    values, wrong = row_form.read(collection.entity.fields, given, page)
    reason = _reason(form)
    try:
        if wrong:
            raise bad(wrong)
        filled = {name: value for name, value in values.items() if value is not None}
        change = Change("create", values=filled)
        done = await collections.write(
            page.platform, page.subject, collection.id, [change], reason=reason
        )
    except InvalidRecord as error:
        sheet = Sheet(given, findings=error.findings, error=_rest(page, error), reason=reason)
        return _form(page.with_status(422), collection, sheet)
    except Conflict as error:
        sheet = Sheet(given, error=error.text[page.language], reason=reason)
        return _form(page.with_status(409), collection, sheet)
    return page.redirect(map_rows.row_path(collection.id, done.rows[0][0]))


def bad(wrong: Sequence[Finding]) -> InvalidRecord:
    """The error of texts that could not be read."""
    error = InvalidRecord("Some values cannot be read.", "Manche Werte sind nicht lesbar.")
    error.findings = wrong
    return error


def _rest(page: Page, error: InvalidRecord) -> str:
    """The sentence of an error that names no field."""
    return "" if error.findings else error.text[page.language]


def _reason(form: Mapping[str, str]) -> str:
    return form.get("reason", "").strip()[:REASON]


async def edit(page: Page) -> Response:
    """The row in a form."""
    collection = await opened(page)
    row = await _row(page, collection)
    return _form(page, collection, Sheet(_texts(page, collection, row), row.revision), row)


async def _row(page: Page, collection: Collection) -> Row:
    row_id = page.request.path_params["row"]
    return await collections.row(page.platform, page.subject, collection.id, row_id)


def _texts(page: Page, collection: Collection, row: Row) -> dict[str, str]:
    return row_form.texts(collection.entity, row.values, row.extra, row.geometry, page)


async def save(page: Page) -> Response:
    """Stores what was changed in a row, unless somebody else has changed it meanwhile."""
    form = await checked_form(page)
    collection = await opened(page)
    row = await _row(page, collection)
    shown = _texts(page, collection, row)
    given = row_form.sent(collection.entity, form, shown)
    if form.get("revision", "") != str(row.revision):
        return await _changed_meanwhile(page, collection, row, form)
    entity = collection.entity
    fields = [
        each for each in row_form.changed(entity, given, shown) if each.name not in entity.key
    ]
    values, wrong = row_form.read(fields, given, page)
    try:
        if wrong:
            raise bad(wrong)
        if values:
            change = Change("patch", row.id, values, expected_revision=row.revision)
            await collections.write(
                page.platform, page.subject, collection.id, [change], reason=_reason(form)
            )
    except InvalidRecord as error:
        rest = _rest(page, error)
        sheet = Sheet(given, row.revision, error.findings, rest, reason=_reason(form))
        return _form(page.with_status(422), collection, sheet, row)
    except PreconditionFailed:
        row = await _row(page, collection)
        return await _changed_meanwhile(page, collection, row, form)
    return page.redirect(map_rows.row_path(collection.id, row.id))


async def _changed_meanwhile(
    page: Page, collection: Collection, row: Row, form: Mapping[str, str]
) -> Response:
    """Says what others have changed; keeps what this person has, and takes the rest over."""
    now = _texts(page, collection, row)
    then = await _then(page, collection, row, form.get("revision", ""))
    given = row_form.sent(collection.entity, form, then)
    merged = {name: now[name] if given[name] == then[name].strip() else given[name] for name in now}
    sheet = Sheet(
        merged,
        row.revision,
        error=str(page.words("care.conflict")),
        others=list(_others(page, collection, then, now)),
        reason=_reason(form),
    )
    return _form(page.with_status(409), collection, sheet, row)


async def _then(page: Page, collection: Collection, row: Row, revision: str) -> dict[str, str]:
    """The texts of the state that the person began with."""
    states = await collections.history(page.platform, page.subject, collection.id, row.id)
    for each in states:
        if str(each.number) == revision:
            return row_form.texts(collection.entity, each.values, {}, each.geometry, page)
    return _texts(page, collection, row)


def _others(
    page: Page, collection: Collection, then: Mapping[str, str], now: Mapping[str, str]
) -> Iterable[tuple[str, str, str]]:
    for each in collection.entity.fields:
        names = row_form.names_of(each)
        if any(then[name] != now[name] for name in names):
            before, after = (" ".join(texts[name] for name in names) for texts in (then, now))
            yield label(each, page).text, before[:200], after[:200]


async def remove(page: Page) -> Response:
    """Asks whether the row is really to be removed."""
    collection = await opened(page)
    return _question(page, collection, await _row(page, collection))


def _question(page: Page, collection: Collection, row: Row, error: str = "") -> Response:
    name = map_rows.name_of(row, collection.entity, page)
    title = page.words.plain("care.remove-title", name=name)
    entity = collection.entity
    filled = [each for each in entity.plain if row.values.get(each.name) is not None]
    return page.render(
        "care_remove.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(row_at(collection.id, "remove", row.id)),
        back=page.at(map_rows.row_path(collection.id, row.id)),
        error=error,
        revision=row.revision,
        facts=[
            (label(each, page), measured(each, row.values[each.name], page, entity))
            for each in filled
        ],
    )


async def drop(page: Page) -> Response:
    """Removes the row; its past stays."""
    form = await checked_form(page)
    collection = await opened(page)
    row = await _row(page, collection)
    given = form.get("revision", "")
    expected = int(given) if given.isdecimal() and len(given) < 10 else -1
    change = Change("delete", row.id, expected_revision=expected)
    try:
        await collections.write(
            page.platform, page.subject, collection.id, [change], reason=_reason(form)
        )
    except PreconditionFailed:
        said = str(page.words("care.remove-conflict"))
        return _question(page.with_status(409), collection, row, said)
    return page.redirect(path(collection.id))
