# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Somebody else was faster: both versions beside each other, field by field."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.errors import NotFound
from allmende.model.catalogue import Resource
from allmende.model.profile import field_label
from allmende.portal.editing.merging import CHOICE, Clash, join
from allmende.portal.editing.saving import Sent
from allmende.portal.editing.target import Target
from allmende.portal.forms import csrf
from allmende.portal.page import Crumb, Page

AGAINST = "against"  # the version the two were compared with
Reading = Callable[[Resource], Resource]


async def joined(
    page: Page, given: Sent, target: Target, mine: Reading
) -> tuple[Resource | None, list[Clash]]:
    """The record with the changes of both, or the fields that need a decision.

    `mine` lays the sent form over the record it was made from.
    """
    base = await _base(page, given, target.record)
    theirs = target.resource
    known = base if base is not None else theirs
    choices = given.state if given.state.get(AGAINST) == target.token else {}
    together, clashes = join(known, mine(known), theirs, choices, every=base is None)
    return (None if clashes else together), clashes


async def _base(page: Page, given: Sent, record: Record | None) -> Resource | None:
    """The revision the form was made from; None when it cannot be had any more."""
    token = given.state.get("revision", "")
    if record is None or not token.isdecimal() or len(token) > 9:
        return None
    try:
        found = await catalogue.revision(
            page.platform, page.subject, record.kind, record.id, int(token)
        )
    except NotFound:
        return None
    return found.resource


def show(page: Page, given: Sent, target: Target, here: str, clashes: list[Clash]) -> Response:
    """The page with both versions. The form that was sent goes with it, so nothing is lost."""
    kept = {
        name: text
        for name, text in given.state.items()
        if name not in ("csrf", "do", AGAINST) and not name.startswith(CHOICE)
    }
    title = str(page.words("edit.both-title"))
    fields = [(each, field_label(each.field, page.language)) for each in clashes]
    return page.with_status(409).render(
        "edit_conflict.html",
        title=title,
        crumbs=[Crumb(str(page.words("mine-data.title")), page.at("/my-data")), Crumb(title)],
        here=here,
        kept=kept,
        do=given.do,
        against=target.token,
        fields=fields,
        choice=CHOICE,
        csrf=csrf(page),
    )
