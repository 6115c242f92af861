# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The beginning: a file, an address or a pasted table, and the drafts one has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from allmende.core import drafts
from allmende.core.drafts import Draft
from allmende.core.imports import ReadOptions, formats
from allmende.core.operations import operation
from allmende.core.payload import read_form
from allmende.errors import AllmendeError
from allmende.portal.forms import checked_form, csrf
from allmende.portal.handed_in import content_of
from allmende.portal.page import Crumb, Page
from allmende.portal.views.importing.steps import path, person

SHOWN = ("csv", "xlsx", "ods", "geojson", "geopackage", "shapefile", "kml", "gml", "flatgeobuf",
         "parquet", "json")  # fmt: skip


async def start(page: Page) -> Response:
    """The form, and the drafts that wait."""
    person(page)
    return await _page(page)


async def _page(page: Page, error: str = "", given: Mapping[str, str] | None = None) -> Response:
    mine = await drafts.listing(page.platform, page.subject)
    given = given or {}
    return page.render(
        "import_start.html",
        title=str(page.words("import.title")),
        crumbs=[Crumb(str(page.words("import.title")))],
        csrf=csrf(page),
        error=error,
        address=given.get("address", ""),
        text=given.get("text", ""),
        limit=page.words.size(page.platform.settings.upload_limit),
        formats=page.words.joined([each for each in SHOWN if each in formats()]),
        days=drafts.DAYS,
        drafts=[_item(page, each) for each in mine],
    )


def _item(page: Page, draft: Draft) -> dict[str, str]:
    return {
        "name": draft.about.title.get(page.language) or draft.name,
        "address": page.at(path(draft)),
        "size": page.words.size(draft.size),
        "changed": page.words.moment(draft.changed),
        "delete": page.at(path(draft, "/delete")),
    }


@operation("", body_limit="upload_limit", seconds="upload_seconds")
async def upload(page: Page) -> Response:
    """Keeps what was sent as a draft, reads it, and goes on to its columns."""
    person(page)  # before the body is read
    given = await checked_form(page)
    form = await read_form(page.request, page.platform.settings)
    try:
        draft = await _kept(page, form)
    except AllmendeError as error:
        if error.status in (401, 403, 500):
            raise
        return await _page(page.with_status(error.status), error.text[page.language], given)
    finally:
        for each in form.values():
            if isinstance(each, UploadFile):
                await each.close()
    return page.redirect(path(draft))


async def _kept(page: Page, form: Mapping[str, Any]) -> Draft:
    name, content = await content_of(page, form)
    draft = await drafts.start(page.platform, page.subject, name, content)
    try:
        await drafts.look(page.platform, draft, ReadOptions())
    except AllmendeError:
        await drafts.forget(page.platform, draft)
        raise
    await drafts.save(page.platform, draft)
    return draft


async def delete(page: Page) -> Response:
    """Removes a draft."""
    await checked_form(page)
    person(page)
    await drafts.delete(page.platform, page.subject, page.request.path_params["id"])
    return page.redirect("/import")
