# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""New rows for a collection from a file: upload, a trial that says what changes, the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from allmende.core import drafts
from allmende.core.collections import Collection
from allmende.core.drafts import Draft, column_of, renewing
from allmende.core.drafts.types import Altered
from allmende.core.imports import formats
from allmende.core.operations import operation
from allmende.core.payload import read_form
from allmende.errors import AllmendeError, NotFound
from allmende.model.check_rows import Finding
from allmende.policy import Action
from allmende.portal.forms import checked_form, csrf
from allmende.portal.handed_in import content_of
from allmende.portal.map_rows import row_path
from allmende.portal.map_values import label, show
from allmende.portal.page import Crumb, Page
from allmende.portal.views.collection_doors import (
    crumbs,
    field_name,
    opened,
    path,
    person_may,
    told,
)

SECONDS = 2  # after which the page that waits is loaded again
SHOWN = 20  # refused rows
SHORT = 200  # characters of a raw row
KINDS = ("csv", "xlsx", "ods", "geojson", "geopackage", "shapefile", "json")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that would change: its address and `field: before → after`."""

    id: str
    address: str
    fields: list[tuple[str, str, str]]


async def start(page: Page) -> Response:
    """The form for the file, and uploads that wait."""
    return await _start(page, await opened(page))


async def _start(page: Page, collection: Collection, error: str = "", text: str = "") -> Response:
    waiting = await drafts.listing(page.platform, page.subject, collection.id)
    title = str(page.words("care.load"))
    return page.render(
        "care_load.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(path(collection.id, "/load")),
        back=page.at(path(collection.id)),
        error=error,
        text=text,
        limit=page.words.size(page.platform.settings.upload_limit),
        formats=page.words.joined([each for each in KINDS if each in formats()]),
        fields=[label(each, page) for each in collection.entity.plain],
        keyed=bool(collection.entity.key),
        drafts=[
            {
                "name": each.name,
                "address": page.at(_at(each)),
                "delete": page.at(_at(each, "/delete")),
                "changed": page.words.moment(each.changed),
            }
            for each in waiting
            if not (each.renewal and each.renewal.written)
        ],
    )


def _at(draft: Draft, rest: str = "") -> str:
    return path(draft.target, f"/load/{draft.id}{rest}")


@operation("", body_limit="upload_limit", seconds="upload_seconds")
async def upload(page: Page) -> Response:
    """Keeps the file, reads it as the one before, tries it, and goes on to the numbers."""
    collection = await opened(page)  # before the body is read
    given = await checked_form(page)
    form = await read_form(page.request, page.platform.settings)
    try:
        name, content = await content_of(page, form)
        draft = await renewing.start(page.platform, page.subject, collection.id, name, content)
        await renewing.begin(page.platform, page.subject, draft, "trial")
    except AllmendeError as error:
        said = told(page, error)
        return await _start(page.with_status(error.status), collection, said, given.get("text", ""))
    finally:
        for each in form.values():
            if isinstance(each, UploadFile):
                await each.close()
    return page.redirect(_at(draft))


async def _both(page: Page) -> tuple[Collection, Draft]:
    """The collection and the upload of the address; NotFound when it is for another one."""
    collection = await opened(page)
    draft = await drafts.get(page.platform, page.subject, page.request.path_params["draft"])
    if draft.target != collection.id:
        raise NotFound("This upload is not there.", "Diesen Upload gibt es nicht.")
    return collection, draft


async def look(page: Page) -> Response:
    """What the file changes, how far the work is, or what became of it."""
    collection, draft = await _both(page)
    if draft.task.state in ("waiting", "running"):
        page = replace(page, headers={**page.headers, "Refresh": str(SECONDS)})
    return _page(page, collection, draft)


def _page(page: Page, collection: Collection, draft: Draft, error: str = "") -> Response:
    task, seen = draft.task, draft.renewal
    if task.state == "failed" and not error:
        error = task.error.get(page.language, "")
    finished = seen is not None and seen.written
    working = task.state in ("waiting", "running")
    title = str(page.words("care.loaded" if finished else "care.load-trial"))
    if working:
        seen = None
    return page.render(
        "care_loaded.html" if finished and not working else "care_trial.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(_at(draft)),
        again=page.at(path(collection.id, "/load")),
        back=page.at(path(collection.id)),
        quarantine=page.at(path(collection.id, "/quarantine")),
        may_settle=person_may(page.subject, Action.WRITE, collection.organisation),
        draft=draft,
        task=task,
        error=error,
        working=working,
        seen=seen,
        fresh=_linked(page, collection, seen.fresh if finished else []) if seen else [],
        altered=[_difference(page, collection, each) for each in seen.altered] if seen else [],
        gone=_linked(page, collection, [] if finished else seen.gone) if seen else [],
        refused=_refused(page, collection, seen.refusals) if seen else [],
        notes=[each.get(page.language, "") for each in seen.notes] if seen else [],
        empty=_labels(page, collection, seen.empty) if seen else [],
        choices=_choices(page, collection, draft),
        keyed=bool(collection.entity.key),
    )


def _linked(page: Page, collection: Collection, ids: list[str]) -> list[tuple[str, str]]:
    return [(each, page.at(row_path(collection.id, each))) for each in ids]


def _labels(page: Page, collection: Collection, names: list[str]) -> list[str]:
    return [label(each, page).text for each in collection.entity.fields if each.name in names]


def _difference(page: Page, collection: Collection, row: Altered) -> Difference:
    fields = []
    for name, before, after in row.fields:
        each = collection.entity.find(name)
        if each is not None:
            old, new = show(each, before, page).text, show(each, after, page).text
            fields.append((label(each, page).text, old[:SHORT], new[:SHORT]))
    return Difference(row.id, page.at(row_path(collection.id, row.id)), fields)


def _refused(
    page: Page, collection: Collection, refusals: list[Any]
) -> list[tuple[int, list[str], str]]:
    return [
        (
            each.line,
            [_said(page, collection, finding) for finding in each.findings],
            ", ".join(f"{name}: {value}" for name, value in each.raw.items())[:SHORT],
        )
        for each in refusals[:SHOWN]
    ]


def _said(page: Page, collection: Collection, finding: Finding) -> str:
    name = field_name(page, collection, finding.field)
    return f"{name}: {page.said(finding.text).text or finding.code}"


def _choices(page: Page, collection: Collection, draft: Draft) -> list[tuple[str, str, str, Any]]:
    """Every field with its column; a column made of several stands as one more choice."""
    found = []
    for each in collection.entity.plain:
        column = column_of(draft.mapping, each.name)
        names = draft.sight.columns
        names = names if not column or column in names else [*names, column]
        found.append((each.name, label(each, page).text, column, names))
    return found


@operation("", seconds="upload_seconds")
async def act(page: Page) -> Response:
    """Tries again with other columns, or stores the rows."""
    form = await checked_form(page)
    collection, draft = await _both(page)
    if draft.task.state in ("waiting", "running") or (draft.renewal and draft.renewal.written):
        return page.redirect(_at(draft))
    if form.get("do") == "run":
        draft.replace = form.get("mode") == "replace"
        draft.accept_loss = bool(form.get("loss"))
    else:
        chosen = {name[2:]: text for name, text in form.items() if name.startswith("m-")}
        renewing.choose(draft, collection.entity, chosen)
    kind = "publish" if form.get("do") == "run" else "trial"
    try:
        await renewing.begin(page.platform, page.subject, draft, kind)
    except AllmendeError as error:
        said = told(page, error)
        return _page(page.with_status(error.status), collection, draft, said)
    return page.redirect(_at(draft))


async def delete(page: Page) -> Response:
    """Removes an upload that is not wanted."""
    await checked_form(page)
    collection, draft = await _both(page)
    await drafts.delete(page.platform, page.subject, draft.id)
    return page.redirect(path(collection.id, "/load"))
