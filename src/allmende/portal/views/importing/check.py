# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The trial of an import and its publication, with a page that waits for long work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.responses import Response

from allmende.core import drafts
from allmende.core.drafts import Draft
from allmende.core.imports import ImportReport
from allmende.core.operations import operation
from allmende.errors import AllmendeError
from allmende.portal import map_rows
from allmende.portal.forms import checked_form, csrf
from allmende.portal.map_values import label
from allmende.portal.page import Page
from allmende.portal.views.importing.about import LEVELS
from allmende.portal.views.importing.steps import crumbs, draft_of, path, steps, told

SECONDS = 2  # after which the page that waits is loaded again
SHOWN = 20  # refused rows and flags


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that would not be stored."""

    line: int
    reasons: list[str]
    raw: str


@dataclass(frozen=True, slots=True)
class Flag:
    """What is doubtful in a field, how often."""

    field: str
    text: str
    count: int
    examples: list[str]


async def check(page: Page) -> Response:
    """The report of the trial, how far the work is, or the finished collection."""
    draft = await draft_of(page)
    task = draft.task
    if task.kind == "publish" and task.state == "done":
        return await _finished(page, draft)
    if task.state in ("waiting", "running"):
        page = replace(page, headers={**page.headers, "Refresh": str(SECONDS)})
    return await _page(page, draft)


async def _page(page: Page, draft: Draft, errors: list[str] | None = None) -> Response:
    task = draft.task
    current = task.edition == draft.edition
    errors = errors or []
    if task.state == "failed" and current:
        errors = [*errors, *told(page, [task.error])]
    report = task.report if current and task.state == "done" else None
    return page.render(
        "import_check.html",
        title=str(page.words("import.check-title")),
        crumbs=crumbs(page, draft),
        steps=steps(page, draft, "/check"),
        draft=draft,
        csrf=csrf(page),
        errors=errors,
        working=task.state in ("waiting", "running"),
        publishing=task.kind == "publish",
        task=task,
        here=page.at(path(draft, "/check")),
        back=page.at(path(draft, "/about")),
        report=report,
        stored=report.created + report.known if report else 0,
        refused=_refused(page, report) if report else [],
        flags=_flags(page, draft, report) if report else [],
        notes=told(page, report.notes) if report else [],
        dropped=list(report.dropped) if report else [],
        access=page.words(dict(LEVELS)[draft.about.access]),
    )


def _refused(page: Page, report: ImportReport) -> list[Refused]:
    return [
        Refused(
            each.line,
            [page.said(finding.text).text or finding.code for finding in each.findings],
            ", ".join(f"{name}: {value}" for name, value in each.raw.items())[:200],
        )
        for each in report.refusals[:SHOWN]
    ]


def _flags(page: Page, draft: Draft, report: ImportReport) -> list[Flag]:
    entity = draft.model.entity(draft.mapping.entity) if draft.model else None
    found = []
    for each in report.flags[:SHOWN]:
        field = entity.find(each.field) if entity else None
        found.append(
            Flag(
                label(field, page).text if field else each.field,
                map_rows.flag_text(page, f"{each.field}:{each.code}"),
                each.count,
                each.examples[:5],
            )
        )
    return found


async def _finished(page: Page, draft: Draft) -> Response:
    await drafts.forget(page.platform, draft)
    return page.redirect(f"/collections/{quote(draft.about.ident)}")


@operation("", seconds="upload_seconds")
async def act(page: Page) -> Response:
    """Tries again, or publishes."""
    form = await checked_form(page)
    draft = await draft_of(page)
    if draft.task.state in ("waiting", "running") and not form.get("again"):
        return page.redirect(path(draft, "/check"))
    kind = "publish" if form.get("do") == "publish" else "trial"
    try:
        await drafts.begin(page.platform, page.subject, draft, kind)
    except AllmendeError as error:
        if error.status == 500:
            raise
        return await _page(page.with_status(error.status), draft, [error.text[page.language]])
    if draft.task.kind == "publish" and draft.task.state == "done":
        return await _finished(page, draft)
    return page.redirect(path(draft, "/check"))
