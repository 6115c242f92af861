# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is said of a collection and who may see it; publishing, hiding and archiving it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core.collections import Collection
from allmende.core.collections import about as telling
from allmende.core.collections.about import About
from allmende.errors import AllmendeError, PreconditionFailed
from allmende.model.vocabulary import vocabulary
from allmende.policy import Action, Level, Status
from allmende.portal.forms import checked_form, csrf
from allmende.portal.names import licence_name
from allmende.portal.page import Crumb, Page
from allmende.portal.views.collection_doors import crumbs, opened, path, told

USUAL = ("dl-zero-de/2.0", "dl-by-de/2.0", "cc-zero", "cc-by/4.0", "cc-by-sa/4.0", "odbl")
LEVELS = (
    (Level.OPEN, "import.access-open"),
    (Level.INTERNAL, "import.access-internal"),
    (Level.RESTRICTED, "import.access-restricted"),
)
WAYS = (
    (Status.PUBLISHED, "care.to-published", "care.do-published", "care.to-published-hint"),
    (Status.DRAFT, "care.to-draft", "care.do-draft", "care.to-draft-hint"),
    (Status.ARCHIVED, "care.to-archived", "care.do-archived", "care.to-archived-hint"),
)
LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Way:
    """A status the collection can be given: its name, how to get there, what it means."""

    value: str
    text: str
    verb: str
    hint: str
    address: str


async def about(page: Page) -> Response:
    """The form with what is said now."""
    collection = await opened(page, Action.WRITE)
    said = await telling.about(page.platform, page.subject, collection.id)
    return _page(page, collection, said)


def _page(page: Page, collection: Collection, said: About, error: str = "") -> Response:
    title = str(page.words("care.about"))
    return page.render(
        "care_about.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(path(collection.id, "/about")),
        back=page.at(path(collection.id)),
        error=error,
        about=said,
        credit=_credit(said),
        licences=_licences(page, said.licence),
        levels=[(each.value, page.words(key)) for each, key in LEVELS],
    )


def _credit(said: About) -> str:
    return said.attribution.get("de") or next(iter(said.attribution.values()), "")


def _licences(page: Page, chosen: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The usual licences and the others; one that is not in the list stays."""
    usual: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for each in vocabulary("licence"):
        pair = (each.iri, licence_name(each.iri, page.language))
        (usual if each.code in USUAL else others).append(pair)
    if chosen and chosen not in {iri for iri, _ in (*usual, *others)}:
        usual.append((chosen, licence_name(chosen, page.language)))
    return sorted(usual, key=_name), sorted(others, key=_name)


def _name(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


async def save(page: Page) -> Response:
    """Keeps the words and levels, unless somebody else has changed them meanwhile."""
    form = await checked_form(page)
    collection = await opened(page, Action.WRITE)
    before = await telling.about(page.platform, page.subject, collection.id)
    said = _read(form, before)
    try:
        await telling.retell(
            page.platform, page.subject, collection.id, said, _short(form, "reason", 500)
        )
    except PreconditionFailed as error:
        said.revision = before.revision
        conflict = str(page.words("care.about-conflict"))
        return _page(page.with_status(error.status), collection, said, conflict)
    except AllmendeError as error:
        return _page(page.with_status(error.status), collection, said, told(page, error))
    return page.redirect(path(collection.id))


def _short(form: Mapping[str, str], name: str, most: int) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()[:most]


def _read(form: Mapping[str, str], before: About) -> About:
    def texts(name: str, old: dict[str, str], most: int) -> dict[str, str]:
        others = {tag: text for tag, text in old.items() if tag not in ("de", "en")}
        mine = {tag: _short(form, f"{name}-{tag}", most) for tag in ("de", "en")}
        return {**{tag: text for tag, text in mine.items() if text}, **others}

    licence, credit = _short(form, "licence", 500), _short(form, "attribution", 300)
    levels = {each.value: each for each in Level}
    revision = form.get("revision", "")
    known = vocabulary("licence").get(licence) or licence == before.licence
    return About(
        title=texts("title", before.title, 300),
        description=texts("description", before.description, LONGEST),
        licence=licence if known else "",
        attribution=before.attribution if credit == _credit(before) else _german(credit),
        metadata_access=levels.get(form.get("metadata", ""), before.metadata_access),
        data_access=levels.get(form.get("data", ""), before.data_access),
        legal_basis=_short(form, "legal-basis", 500),
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else -1,
        status=before.status,
        harvested=before.harvested,
    )


def _german(text: str) -> dict[str, str]:
    return {"de": text} if text else {}


async def status(page: Page) -> Response:
    """The ways a collection can go; with `to` the question whether it is really to go there."""
    collection = await opened(page, Action.RELEASE)
    return await _status(page, collection, page.request.query_params.get("to", ""))


async def _status(page: Page, collection: Collection, to: str, error: str = "") -> Response:
    said = await telling.about(page.platform, page.subject, collection.id, Action.RELEASE)
    here = path(collection.id, "/status")
    ways = []
    for each, *keys in WAYS:
        text, verb, hint = (str(page.words(key)) for key in keys)
        ways.append(Way(each.value, text, verb, hint, page.at(here, [("to", each.value)])))
    title = str(page.words("care.status"))
    return page.render(
        "care_status.html",
        title=title,
        crumbs=crumbs(page, collection, Crumb(title)),
        csrf=csrf(page),
        here=page.at(here),
        back=page.at(path(collection.id)),
        error=error,
        now=next(each for each in ways if each.value == said.status.value),
        ways=[each for each in ways if each.value != said.status.value],
        chosen=next((each for each in ways if each.value == to != said.status.value), None),
    )


async def move(page: Page) -> Response:
    """Gives the collection another status."""
    form = await checked_form(page)
    collection = await opened(page, Action.RELEASE)
    to = form.get("to", "")
    if to not in [each.value for each in Status]:
        return page.redirect(path(collection.id, "/status"))
    try:
        await telling.move_to(
            page.platform, page.subject, collection.id, Status(to), _short(form, "reason", 500)
        )
    except AllmendeError as error:
        return await _status(page.with_status(error.status), collection, to, told(page, error))
    return page.redirect(path(collection.id))
