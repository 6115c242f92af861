# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The light page of a dataset that other sites may show in a frame.

It never knows who is looking: what stands in a foreign page is what everybody may see.
"""

from dataclasses import replace

from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.policy import ANONYMOUS
from allmende.portal.page import Page
from allmende.portal.present import card, files, title_of

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors *"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=300",
    "x-robots-tag": "noindex",
}
MAX_FILES = 3


async def dataset(page: Page) -> Response:
    """One dataset for a frame; a sentence when there is none, with status 404."""
    page = replace(page, subject=ANONYMOUS, headers={**page.headers, **HEADERS})
    ident = page.request.path_params["id"]
    try:
        record = await catalogue.get(page.platform, ANONYMOUS, ResourceKind.DATASET, ident)
    except NotFound:
        title = str(page.words("embed.gone"))
        return page.with_status(404).render("embed.html", title=title, card=None, files=[])
    return _shown(page, record)


def _shown(page: Page, record: Record) -> Response:
    found = [file for file in files(record, page) if file.download]
    return page.render(
        "embed.html",
        title=title_of(record, page).text,
        card=card(record, page),
        files=found[:MAX_FILES],
    )
