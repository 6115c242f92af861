# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the steps of an import have in common: whose draft, where one is, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from allmende.core import drafts
from allmende.core.drafts import Draft
from allmende.errors import NotAuthenticated
from allmende.model.document import Text
from allmende.portal.page import Crumb, Page

STEPS = (
    ("", "import.step-columns"),
    ("/about", "import.step-about"),
    ("/check", "import.step-check"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the row at the top: its text and address, and whether one is there."""

    text: str
    address: str
    here: bool


def person(page: Page) -> None:
    """NotAuthenticated for visitors, NotAllowed for those who may not import."""
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    drafts.require(page.subject)


async def draft_of(page: Page) -> Draft:
    """The draft in the address; NotFound when it is somebody else's."""
    person(page)
    return await drafts.get(page.platform, page.subject, page.request.path_params["id"])


def path(draft: Draft, rest: str = "") -> str:
    """The path of a step of a draft."""
    return f"/import/{draft.id}{rest}"


def steps(page: Page, draft: Draft, here: str) -> list[Step]:
    """The steps of a draft."""
    return [
        Step(str(page.words(key)), page.at(path(draft, rest)), rest == here) for rest, key in STEPS
    ]


def crumbs(page: Page, draft: Draft) -> list[Crumb]:
    """The way from the start to this draft."""
    return [
        Crumb(str(page.words("import.title")), page.at("/import")),
        Crumb(draft.about.title.get(page.language) or draft.name),
    ]


def told(page: Page, texts: list[Text]) -> list[str]:
    """Sentences in the language of the page."""
    return [each.get(page.language) or next(iter(each.values()), "") for each in texts]
