# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where a second person has to release: a switch for each organisation and catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import catalogue, four_eyes
from allmende.core.catalogue_writing import refused
from allmende.model.catalogue import ResourceKind
from allmende.policy import EVERY_ORGANISATION, Action, may
from allmende.portal.forms import checked_form, csrf
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of
from allmende.portal.views.releases import ADDRESS

MOST = 500


@dataclass(frozen=True, slots=True)
class Switch:
    """One organisation or catalogue and whether two people are needed there."""

    scope: str
    ident: str
    name: str
    on: bool


async def show(page: Page) -> Response:
    """The switches the subject may set."""
    switches = await _switches(page)
    if not switches:
        raise refused(page.subject, Action.ADMINISTER)
    title = str(page.words("rel.rules"))
    return page.render(
        "release_rules.html",
        title=title,
        crumbs=[Crumb(str(page.words("rel.title")), page.at(ADDRESS)), Crumb(title)],
        switches=switches,
        here=page.at(f"{ADDRESS}/rules"),
        csrf=csrf(page),
    )


async def _switches(page: Page) -> list[Switch]:
    rules = await four_eyes.rules(page.platform, page.subject)
    found = [
        Switch("organisation", ident, name, ident in rules.organisations)
        for ident, name in (await organisation_names(page)).items()
        if may(page.subject, Action.ADMINISTER, ident)
    ]
    async for record in catalogue.each(page.platform, page.subject, kind=ResourceKind.CATALOG):
        if len(found) >= MOST:
            break
        if may(page.subject, Action.ADMINISTER, record.organisation):
            on = record.id in rules.catalogues
            found.append(Switch("catalogue", record.id, title_of(record, page).text, on))
    return sorted(found, key=lambda each: (each.ident != EVERY_ORGANISATION, each.scope))


async def save(page: Page) -> Response:
    """Sets one switch."""
    form = await checked_form(page)
    for scope in four_eyes.SCOPES:
        if form.get("scope") == scope:
            on = form.get("on") == "yes"
            ident = form.get("id", "")
            await four_eyes.decide(page.platform, page.subject, scope, ident, on)
    return page.redirect(f"{ADDRESS}/rules")
