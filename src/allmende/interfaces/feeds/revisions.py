# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What became of one record, and of the whole catalogue, as feeds."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, changes
from allmende.core.catalogue import Record, Revision
from allmende.core.changes import Member
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.operations import Parameter, operation
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.errors import NotFound
from allmende.interfaces.feeds.forms import LANG, PRODUCES, form_named, language_of
from allmende.interfaces.feeds.results import TAG, address_of, answer, page_address
from allmende.model.catalogue import ResourceKind, local
from allmende.model.feed import Feed, Gone, Item
from allmende.model.plain import plain

MOST_CHANGES = 200  # of the catalogue, looked through for what the subject may see
MOST_REVISIONS = 100
KINDS = {part: kind for kind, part in ADDRESS_PARTS.items()}
WORDS = {
    "de": {
        "changes": "Änderungen",
        "create": "Neu",
        "update": "Geändert",
        "created": "angelegt",
        "updated": "geändert",
        "released": "veröffentlicht",
        "hidden": "verborgen",
        "archived": "archiviert",
    },
    "en": {
        "changes": "changes",
        "create": "New",
        "update": "Changed",
        "created": "created",
        "updated": "changed",
        "released": "published",
        "hidden": "hidden",
        "archived": "archived",
    },
}


@operation(
    "The changes of one record as a feed",
    tag=TAG,
    parameters=(
        LANG,
        Parameter("kind", "path", "datasets, series, dataservices or catalogues", {}, True),
        Parameter("name", "path", "Id with .atom, .rss or .json", {}, True),
    ),
    produces=PRODUCES,
)
async def record(request: Request) -> Response:
    """The addresses /feeds/de/datasets/trees.atom, …: an entry for each revision."""
    ident, _, ending = request.path_params["name"].rpartition(".")
    form, language = form_named(ending), language_of(request)
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        raise NotFound("There is no such kind of thing.", "Diese Art von Dingen gibt es nicht.")
    platform, subject = request.app.state.platform, request.state.subject
    found = await catalogue.get(platform, subject, kind, ident)
    revisions = await catalogue.revisions(platform, subject, kind, ident)
    shown = ",".join(str(each.number) for each in revisions)
    tag = etag(found.key, found.revision, shown, ending, language)
    headers = {"vary": "Authorization, Cookie", **validators(tag, found.updated)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    title = local(found.resource.title, language) or found.id
    feed = Feed(
        address=address_of(request),
        title=f"{title}: {WORDS[language]['changes']}",
        language=language,
        home=page_address(platform, kind, ident, language),
        author=platform.settings.site_name,
        items=[_revision(platform, found, each, language) for each in revisions[:MOST_REVISIONS]],
    )
    return answer(form, feed, headers)


def _revision(platform: Platform, record: Record, change: Revision, language: str) -> Item:
    said = WORDS[language].get(change.action, change.action)
    title = local(record.resource.title, language) or record.id
    return Item(
        ident=f"{catalogue.address(platform, record)}#revision-{change.number}",
        title=f"{title} ({change.number}): {said}",
        text=change.reason or said,
        link=page_address(platform, record.kind, record.id, language),
        updated=change.at,
    )


@operation(
    "The changes of the catalogue as a feed",
    about="With tombstones (RFC 6721) in Atom for what is not there any more.",
    tag=TAG,
    parameters=(LANG,),
    produces=PRODUCES,
)
async def everything(request: Request) -> Response:
    """The addresses /feeds/de/changes.atom, .rss and .json; the newest change first."""
    form, language = form_named(request.path_params["ending"]), language_of(request)
    platform, subject = request.app.state.platform, request.state.subject
    newest: dict[str, Member] = {}
    for each in await changes.latest(platform, subject, MOST_CHANGES):
        newest.setdefault(each.address, each)
    base = platform.settings.base_url
    feed = Feed(
        address=address_of(request),
        title=f"{platform.settings.site_name}: {WORDS[language]['changes']}",
        language=language,
        home=f"{base}/{language}/datasets",
        author=platform.settings.site_name,
        items=[_item(platform, e, language) for e in newest.values() if e.what != "delete"],
        gone=[Gone(e.address, e.at) for e in newest.values() if e.what == "delete"],
    )
    body = form.write(feed)
    tag = etag(body)
    headers = {"vary": "Authorization, Cookie", **validators(tag, feed.newest)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=form.content_type)


def _item(platform: Platform, member: Member, language: str) -> Item:
    title = local(member.title, language) or member.id
    text = local(member.resource.description, language) if member.resource else ""
    return Item(
        ident=member.address,
        title=f"{WORDS[language][member.what]}: {title}",
        text=plain(text)[:2_000],
        link=page_address(platform, ResourceKind(member.kind), member.id, language),
        updated=member.at,
    )
