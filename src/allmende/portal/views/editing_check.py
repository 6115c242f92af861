# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The box beside a form alone, for the form as it is being typed. Nothing is kept."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

from allmende.errors import NotFound
from allmende.portal.editing.saving import KINDS, begin, fresh, own_catalogue, sent, take
from allmende.portal.editing.target import opened, person
from allmende.portal.page import Page, environment
from allmende.portal.views import editing_files, editing_record


async def check(page: Page) -> Response:
    """Findings, score and suggestions for a sent form, as a piece of a page."""
    person(page)
    given = await sent(page)
    kind = KINDS.get(given.state.get("kind", ""))
    if kind is None:
        raise NotFound("There is no such form.", "Dieses Formular gibt es nicht.")
    ident = given.state.get("id", "")
    target = await opened(page, kind, ident) if ident else None
    if target is not None and "file" in given.state:
        box = await editing_files.box_of(page, target, given.state)
    else:
        entry = target.entry() if target else fresh(kind, given.state.get("organisation", ""))
        if target is None:
            entry.catalogue = await own_catalogue(page)
        work = await begin(page, entry)
        take(work, given.state, page.language)
        record = target.record if target else None
        _, box = await editing_record.drawn(page, work, given.state, record)
    template = environment().get_template("edit_box.html")
    return HTMLResponse(template.render(box=box, w=page.words))
