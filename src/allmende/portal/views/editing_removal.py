# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Files of a dataset deleted for good: in the form of one, and from the list of the rest."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import catalogue, file_removal
from allmende.core.operations import operation
from allmende.errors import PreconditionFailed
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.portal.editing.target import Target, opened, person, write
from allmende.portal.forms import checked_form
from allmende.portal.page import Page


def _path(ident: str) -> str:
    return f"/edit/dataset/{ident}/files"


async def offered(page: Page, target: Target, part: Distribution) -> list[str]:
    """Files of a distribution that can go with it at once: not through a working copy."""
    if not target.direct or target.record is None:
        return []
    return await file_removal.held(page.platform, page.subject, target.record.id, [part])


async def leftover(page: Page, ident: str) -> list[tuple[str, str]]:
    """Files that the dataset does not name any more: name and size in words."""
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    found = await file_removal.leftover(page.platform, page.subject, record)
    return [(each.name, page.words.size(each.size)) for each in found]


async def remove(page: Page, target: Target, changed: Dataset, names: list[str], why: str) -> bool:
    """Writes a dataset without a distribution and deletes its files; whether their content went.

    Raises as `file_removal.delete` before anything is written.
    """
    entry = target.entry()
    if target.record is None or not target.direct:
        raise PreconditionFailed(
            "Others have begun a working copy meanwhile; load the form again.",
            "Inzwischen wurde eine Arbeitskopie begonnen; bitte laden Sie das Formular neu.",
        )
    await file_removal.allowed(page.platform, page.subject, target.record, names, why)
    entry.resource, entry.reason = changed, why.strip()
    await write(page, target, entry, "save")
    gone = [
        await file_removal.delete(page.platform, page.subject, entry.id, name, why)
        for name in names
    ]
    return all(gone)


@operation("")
async def discard(page: Page) -> Response:
    """Deletes a file of the list of those that nothing names any more."""
    person(page)
    form = await checked_form(page)
    ident = page.request.path_params["id"]
    await opened(page, ResourceKind.DATASET, ident)
    last = await file_removal.delete(
        page.platform, page.subject, ident, form.get("name", ""), form.get("reason", "")
    )
    return page.redirect(_path(ident), [("deleted", "all" if last else "kept")])
