# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Described models for people: the list, one with its documentation, what has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response

from allmende.core import collections, models
from allmende.errors import AllmendeError
from allmende.model.compare import Change, Difference
from allmende.model.document import Model
from allmende.model.emit import EMITTERS, Place, diagram, html
from allmende.policy import Action, may
from allmende.portal.markup import Said, plain
from allmende.portal.page import Crumb, Page

MOST_VERSIONS = 50
LEVELS = (
    ("none", "models.level-none"),
    ("patch", "models.level-patch"),
    ("minor", "models.level-minor"),
    ("major", "models.level-major"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A model in the list."""

    id: str
    title: Said
    excerpt: Said
    address: str
    version: str
    status: str
    access: str
    used: int
    changed: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a model in its list."""

    version: str
    address: str
    status: str
    access: str
    changed: str
    diff: str
    here: bool


@dataclass(frozen=True, slots=True)
class User:
    """A collection that has the model."""

    title: Said
    address: str
    version: str
    move: str  # address of the page that moves it to this version; "" when it has it


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One difference between two versions."""

    text: str
    level: str
    field: str


async def listing(page: Page) -> Response:
    """All models the subject may see, or those in which the words occur."""
    text = page.request.query_params.get("q", "")[:200]
    found = await models.listing(page.platform, page.subject, text)
    title = str(page.words("models.title"))
    return page.render(
        "models.html", title=title, crumbs=[Crumb(title)], items=_items(page, found), text=text
    )


def _items(page: Page, found: Iterable[models.ModelInfo]) -> list[Item]:
    items = []
    for each in found:
        title = page.said(each.title)
        about = page.said(each.description)
        items.append(
            Item(
                each.id,
                title if title.text else Said(each.id, None),
                Said(plain(about.text, 220), about.lang),
                page.at(path(each.id)),
                each.version,
                each.status.value,
                each.metadata_access.value,
                len(each.used_by),
                page.words.moment(each.changed),
            )
        )
    return sorted(items, key=lambda item: item.title.text.casefold())


def path(ident: str, *rest: str) -> str:
    """The path of a model, of a version, or of something about it."""
    return "/".join(("/models", *(quote(each) for each in (ident, *rest) if each)))


def crumbs(page: Page, model: Model, *more: str) -> list[Crumb]:
    """The way to a model, and to something about it."""
    title = page.said(model.title).text or model.id
    here = page.at(path(model.id, model.version)) if more else None
    start = Crumb(str(page.words("models.title")), page.at("/models"))
    return [start, Crumb(title, here), *(Crumb(each) for each in more)]


async def one(page: Page) -> Response:
    """A model in its newest version, or in the one that is named."""
    ident = page.request.path_params["id"]
    version = page.request.path_params.get("version", "")
    kept = await models.find(page.platform, page.subject, ident, version)
    model = kept.model
    place = Place(base=page.site.base_url, language=page.language)
    title = page.said(model.title)
    return page.render(
        "model.html",
        title=title.text or model.id,
        spoken=title if title.text else Said(model.id, None),
        crumbs=crumbs(page, model),
        model=model,
        kept=kept,
        description=page.said(model.description),
        changes=page.said(model.changes),
        documentation=Markup(html.emit(model, place)),  # noqa: S704 - escaped there
        picture=Markup(diagram.emit(model, place)),  # noqa: S704 - escaped there
        downloads=_downloads(page, model),
        versions=await _versions(page, kept),
        users=await _users(page, kept),
        edit=page.at(path(ident, model.version, "edit"))
        if may(page.subject, Action.WRITE_DRAFT, kept.organisation)
        else "",
        address=place.model(model),
    )


def _downloads(page: Page, model: Model) -> list[tuple[str, str, str]]:
    """Title, address and media type of every document that follows from the model."""
    base = path(model.id, model.version)
    return [
        (each.title[page.language], f"{base}.{each.endings[0]}", each.media_type)
        for each in EMITTERS.values()
    ]


async def _versions(page: Page, kept: models.Kept) -> list[VersionView]:
    found = await models.versions(page.platform, page.subject, kept.id)
    shown = found[:MOST_VERSIONS]
    views = []
    for at, each in enumerate(shown):
        before = shown[at + 1].version if at + 1 < len(shown) else ""
        diff = page.at(path(kept.id, before, "diff", each.version)) if before else ""
        views.append(
            VersionView(
                each.version,
                page.at(path(kept.id, each.version)),
                each.status.value,
                each.metadata_access.value,
                page.words.moment(each.created),
                diff,
                each.version == kept.version,
            )
        )
    return views


async def _users(page: Page, kept: models.Kept) -> list[User]:
    used = await models.used_by(page.platform, page.subject, kept.id)
    found = []
    for each in await collections.listing(page.platform, page.subject):
        if each.id not in used:
            continue
        movable = may(page.subject, Action.WRITE, each.organisation)
        older = each.model_version != kept.version and kept.status != "draft"
        move = page.at(path(kept.id, kept.version, "move", each.id)) if movable and older else ""
        title = page.said(each.title)
        found.append(
            User(
                title if title.text else Said(each.id, None),
                page.at(f"/collections/{quote(each.id)}"),
                each.model_version,
                move,
            )
        )
    return found


async def difference(page: Page) -> Response:
    """What has changed from one version to another."""
    ident = page.request.path_params["id"]
    version, other = (page.request.path_params[name] for name in ("version", "other"))
    old = await models.get(page.platform, page.subject, ident, version)
    new = await models.get(page.platform, page.subject, ident, other)
    found = await models.difference(page.platform, page.subject, ident, version, other)
    title = str(page.words("models.diff-title", old=old.version, new=new.version))
    return page.render(
        "model_diff.html",
        title=title,
        crumbs=crumbs(page, new, title),
        compatible=found.compatible,
        level=level(page, found),
        changes=changes(page, found.changes),
        back=page.at(path(ident, other)),
    )


def level(page: Page, found: Difference) -> str:
    """What a difference means for rows and programs, in a sentence."""
    return str(page.words(dict(LEVELS)[found.level]))


def changes(page: Page, found: Iterable[Change]) -> list[ChangeView]:
    """Differences for a page, the weightiest first."""
    weight = {"major": 0, "minor": 1, "patch": 2}
    ordered = sorted(found, key=lambda each: weight[each.level])
    return [
        ChangeView(
            each.text.get(page.language) or next(iter(each.text.values()), ""),
            each.level,
            each.field,
        )
        for each in ordered
    ]


def told(page: Page, error: AllmendeError) -> str:
    """An error of one's own making in the language of the page; others are raised again."""
    if error.status in (401, 403, 404, 500):
        raise error
    return error.text[page.language]
