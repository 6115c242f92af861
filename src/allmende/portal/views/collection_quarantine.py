# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Refused rows: the list, one with a form to put it right, and all of them as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from starlette.responses import Response, StreamingResponse

from allmende.core import collections, quarantine
from allmende.core.collections import Change, Collection, Quarantined, Row
from allmende.core.collections.encoding import RowEncoder
from allmende.core.operations import operation
from allmende.core.quarantine import Attempt
from allmende.errors import AllmendeError, InvalidRecord, NotFound, PreconditionFailed
from allmende.model.check_rows import Finding
from allmende.model.document import Field
from allmende.policy import Action
from allmende.portal import map_rows, row_form
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.views.collection_doors import crumbs, field_name, opened, path, told
from allmende.portal.views.collection_rows import bad

SHOWN = 50  # refused rows of one page
CELLS = 300  # characters of a raw value


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refused row in the list."""

    key: int
    head: str
    reasons: list[tuple[str, str]]
    raw: list[tuple[str, str]]
    address: str


async def listing(page: Page) -> Response:
    """The refused rows, oldest first, some at a time."""
    collection = await opened(page, Action.WRITE)
    return await _listing(page, collection)


async def _listing(page: Page, collection: Collection, note: str = "", error: str = "") -> Response:
    after = _number(page.request.query_params.get("after", ""))
    found = await collections.quarantined(
        page.platform, page.subject, collection.id, after, SHOWN + 1
    )
    shown = found[:SHOWN]
    here = path(collection.id, "/quarantine")
    title = str(page.words("care.quarantine"))
    return page.render(
        "care_quarantine.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(here),
        back=page.at(path(collection.id)),
        file=page.at(path(collection.id, "/quarantine.csv")),
        rows=[_waiting(page, collection, each) for each in shown],
        first=page.at(here) if after else "",
        next=page.at(here, [("after", str(shown[-1].key))]) if len(found) > SHOWN else "",
        note=note,
        error=error,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _waiting(page: Page, collection: Collection, each: Quarantined) -> Waiting:
    head = [each.source]
    if each.line:
        head.append(str(page.words("quality.line", n=each.line)))
    if each.id:
        head.append(each.id)
    return Waiting(
        each.key,
        " · ".join(head),
        [(field_name(page, collection, f.field), _said(page, f)) for f in each.findings],
        _raw(each),
        page.at(path(collection.id, f"/quarantine/{each.key}")),
    )


def _said(page: Page, finding: Finding) -> str:
    return page.said(finding.text).text or finding.code


def _raw(each: Quarantined) -> list[tuple[str, str]]:
    return [(name, "" if value is None else str(value)[:CELLS]) for name, value in each.raw.items()]


@operation("", seconds="upload_seconds")
async def act(page: Page) -> Response:
    """Tries all refused rows again, or discards them with a reason."""
    form = await checked_form(page)
    collection = await opened(page, Action.WRITE)
    note, at = "", (page.platform, page.subject, collection.id)
    try:
        if form.get("do") == "discard":
            if form.get("sure"):
                count = await quarantine.discard(*at, form.get("reason", ""))
                note = str(page.words.count("care.discarded", count))
        else:
            after = _number(page.request.query_params.get("after", ""))
            done = await quarantine.retry(*at, after=after)
            note = str(page.words("care.retried", stored=done.stored, refused=done.refused))
    except AllmendeError as error:
        return await _listing(page.with_status(error.status), collection, error=told(page, error))
    if not note:
        said = str(page.words("care.discard-sure-missing"))
        return await _listing(page.with_status(422), collection, error=said)
    return await _listing(page, collection, note)


async def one(page: Page) -> Response:
    """A refused row in a form, with what is wrong and the values as they came."""
    collection = await opened(page, Action.WRITE)
    attempt = await _attempt(page, collection)
    findings = attempt.faults or attempt.refused.findings
    return _form(page, collection, attempt, _texts(page, collection, attempt), findings)


async def _attempt(page: Page, collection: Collection) -> Attempt:
    key = page.request.path_params["key"]
    return await quarantine.one(page.platform, page.subject, collection.id, key)


def _texts(page: Page, collection: Collection, attempt: Attempt) -> dict[str, str]:
    change = attempt.change
    placed = collection.entity.geometry
    shape = change.values.get(placed.name) if placed else None
    return row_form.texts(collection.entity, change.values, change.extra, shape, page)


def _form(
    page: Page,
    collection: Collection,
    attempt: Attempt,
    texts: Mapping[str, str],
    findings: Sequence[Finding],
    error: str = "",
    current: Row | None = None,
) -> Response:
    refused = attempt.refused
    current = current or attempt.current
    known = {each.name for each in collection.entity.fields}
    title = str(page.words("care.correct-title"))
    above = Crumb(str(page.words("care.quarantine")), page.at(path(collection.id, "/quarantine")))
    return page.render(
        "care_row.html",
        title=title,
        crumbs=crumbs(page, collection, above, Crumb(title)),
        csrf=csrf(page),
        here=page.at(path(collection.id, f"/quarantine/{refused.key}")),
        back=page.at(path(collection.id, "/quarantine")),
        controls=row_form.controls(collection.entity, texts, page, findings),
        general=[_said(page, each) for each in findings if each.field not in known],
        errors=len(findings),
        error=error,
        others=[],
        revision=current.revision if current else 0,
        reason="",
        keyed=False,
        settles={
            "head": _waiting(page, collection, refused).head,
            "raw": _raw(refused),
            "id": current.id if current else "",
            "current": page.at(map_rows.row_path(collection.id, current.id)) if current else "",
        },
    )


@operation("", seconds="upload_seconds")
async def settle(page: Page) -> Response:
    """Stores the row as it was corrected, tries it as it came, or discards it."""
    form = await checked_form(page)
    collection = await opened(page, Action.WRITE)
    key = page.request.path_params["key"]
    at = (page.platform, page.subject, collection.id)
    back = path(collection.id, "/quarantine")
    try:
        if form.get("do") == "discard":
            await quarantine.discard(*at, form.get("reason", ""), key)
            return page.redirect(back)
        if form.get("do") == "retry":
            done = await quarantine.retry(*at, key)
            return page.redirect(back if done.stored else path(collection.id, f"/quarantine/{key}"))
    except AllmendeError as error:
        said, attempt = told(page, error), await _attempt(page, collection)
        texts = _texts(page, collection, attempt)
        page = page.with_status(error.status)
        return _form(page, collection, attempt, texts, attempt.refused.findings, said)
    return await _correct(page, collection, form)


async def _correct(page: Page, collection: Collection, form: Mapping[str, str]) -> Response:
    attempt = await _attempt(page, collection)
    entity = collection.entity
    shown = _texts(page, collection, attempt)
    given = row_form.sent(entity, form, shown)
    values, wrong = row_form.read(_touched(collection, attempt, given, shown), given, page)
    kept = {**attempt.change.values, **values}
    filled = {name: value for name, value in kept.items() if value is not None}
    change = Change(id="" if entity.key else attempt.refused.id, values=filled)
    current = await _current(page, collection, RowEncoder(entity).id_of(change))
    change = replace(change, expected_revision=current.revision if current else 0)
    agreed = current is None or form.get("over") == f"{current.id} {current.revision}"
    try:
        if wrong:
            raise bad(wrong)
        if not agreed:
            raise PreconditionFailed(
                "There is a row with this id; storing replaces its values. Compare, then store "
                "again.",
                "Eine Zeile mit dieser Kennung gibt es; Speichern ersetzt ihre Werte. Bitte "
                "vergleichen und dann noch einmal speichern.",
            )
        reason = form.get("reason", "").strip()
        row_id = await quarantine.correct(
            page.platform, page.subject, collection.id, attempt.refused.key, change, reason
        )
    except InvalidRecord as error:
        rest = "" if error.findings else error.text[page.language]
        page = page.with_status(422)
        return _form(page, collection, attempt, given, list(error.findings), rest, current)
    except AllmendeError as error:
        said, page = told(page, error), page.with_status(error.status)
        return _form(page, collection, attempt, given, [], said, current)
    return page.redirect(map_rows.row_path(collection.id, row_id))


def _touched(
    collection: Collection, attempt: Attempt, given: Mapping[str, str], shown: Mapping[str, str]
) -> list[Field]:
    """The fields to read: those a person has changed, and those that could not be read before."""
    changed = row_form.changed(collection.entity, given, shown)
    names = {each.name for each in changed} | attempt.change.extra.keys()
    return [each for each in collection.entity.fields if each.name in names]


async def _current(page: Page, collection: Collection, row_id: str) -> Row | None:
    if not row_id:
        return None
    try:
        return await collections.row(page.platform, page.subject, collection.id, row_id)
    except NotFound:
        return None


@operation("", seconds="upload_seconds")
async def as_csv(page: Page) -> Response:
    """All refused rows as CSV."""
    collection = await opened(page, Action.WRITE)
    parts = quarantine.as_csv(page.platform, page.subject, collection.id, page.language)
    name = f'attachment; filename="{collection.id}-quarantine.csv"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingResponse(_sent(parts), 200, headers, "text/csv; charset=utf-8")


async def _sent(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """With the mark that makes spreadsheets read UTF-8."""
    yield "\ufeff".encode()
    async for part in parts:
        yield part
