# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is delivered to GovData, and which datasets would be refused and why."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import govdata
from allmende.core.govdata import Verdict
from allmende.core.operations import operation
from allmende.model.catalogue import ResourceKind
from allmende.model.vocabulary import vocabulary
from allmende.portal import addresses
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page

MAX_LISTED = 200
FORMS = (("RDF/XML", "rdf"), ("Turtle", "ttl"), ("JSON-LD", "jsonld"))


@dataclass(frozen=True, slots=True)
class Refused:
    """A dataset that is left out, with sentences that say what to do."""

    title: Said
    address: str
    reasons: list[tuple[str, str]]


@operation("", seconds="upload_seconds")
async def show(page: Page) -> Response:
    """The page: numbers, reasons, and the datasets that are left out."""
    found = await govdata.survey(page.platform)
    refused, contributor = found.refused, found.delivery.contributor
    name = vocabulary("contributor").label(contributor, page.language) if contributor else ""
    return page.render(
        "govdata.html",
        title=str(page.words("govdata.title")),
        crumbs=[Crumb(str(page.words("govdata.title")))],
        total=len(found.verdicts),
        taken=len(found.taken),
        contributor=name,
        reasons=[(reason.text[page.language], number) for reason, number in govdata.counts(found)],
        refused=[_refused(page, each) for each in refused[:MAX_LISTED]],
        left_out=max(len(refused) - MAX_LISTED, 0),
        forms=FORMS,
    )


def _refused(page: Page, verdict: Verdict) -> Refused:
    return Refused(
        page.said(verdict.title) or Said(verdict.id, None),
        page.at(addresses.thing(ResourceKind.DATASET, verdict.id)),
        [(each.text[page.language], each.path) for each in verdict.reasons],
    )
