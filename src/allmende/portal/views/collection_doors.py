# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a person may do with a collection, and what the pages that do it have in common."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.errors import AllmendeError
from allmende.policy import Action, Subject, may
from allmende.portal.map_layers import title_of
from allmende.portal.map_values import label
from allmende.portal.page import Crumb, Page

ROWS = (("/add", "care.add"), ("/load", "care.load"))
WORDS = (("/about", "care.about"),)
REFUSED = (("/quarantine", "care.quarantine"),)
STATUS = (("/status", "care.status"),)
BY_ACTION = (
    (Action.WRITE_ROWS, ROWS),
    (Action.WRITE, REFUSED),
    (Action.WRITE, WORDS),
    (Action.RELEASE, STATUS),
)


@dataclass(frozen=True, slots=True)
class Door:
    """A page on which something can be done: its text and address."""

    text: str
    address: str


def path(ident: str, rest: str = "") -> str:
    """The path of a page of a collection."""
    return f"/collections/{quote(ident)}{rest}"


def row_at(ident: str, what: str, row: str) -> str:
    """The path of a page that does something with a row: `edit` or `remove`."""
    return path(ident, f"/{what}/{quote(row, safe='')}")


def doors(page: Page, collection: Collection) -> list[Door]:
    """The pages on which this person may change the collection; none for all others."""
    return [
        Door(str(page.words(key)), page.at(path(collection.id, rest)))
        for action, pages in BY_ACTION
        if person_may(page.subject, action, collection.organisation)
        for rest, key in pages
    ]


def person_may(subject: Subject, action: Action, organisation: str) -> bool:
    """Whether somebody is signed in who may do this."""
    return subject.kind == "user" and may(subject, action, organisation)


async def opened(page: Page, action: Action = Action.WRITE_ROWS) -> Collection:
    """The collection of the address for those who may do this with it.

    Raises NotFound, NotAuthenticated, NotAllowed.
    """
    ident = page.request.path_params["id"]
    await collections.writable(page.platform, page.subject, ident, action)
    return await collections.get(page.platform, page.subject, ident)


def crumbs(page: Page, collection: Collection, *more: Crumb) -> list[Crumb]:
    """The way from the list of collections to this page."""
    title = title_of(collection, page).text
    return [
        Crumb(str(page.words("collections.title")), page.at("/collections")),
        Crumb(title, page.at(path(collection.id))),
        *more,
    ]


def told(page: Page, error: AllmendeError) -> str:
    """The sentence of an error that a person can put right; others go on."""
    if error.status in (401, 403, 404, 500):
        raise error
    return error.text[page.language]


def field_name(page: Page, collection: Collection, name: str) -> str:
    """The title of a field that a finding names, or the word for the whole row."""
    field = collection.entity.find(name)
    return label(field, page).text if field else str(page.words("care.row"))
