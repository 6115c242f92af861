# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following a dataset or a search by letter: asking, confirming, changing, ending."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from allmende.core import catalogue, following
from allmende.core.following import CONFIRM, MANAGE, PACES, Follow, Wanted
from allmende.core.participation import TRAP, check_form, is_trapped, mark
from allmende.errors import AllmendeError, NotFound
from allmende.model.catalogue import ResourceKind, local
from allmende.portal.forms import address_of, checked_form, csrf, fields
from allmende.portal.page import Crumb, Page

PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
SHOWN = (400, 413, 429, 501, 503)


async def form(page: Page) -> Response:
    """The page to follow the dataset or the search that the address names."""
    query = page.request.query_params
    return await _form_page(page, query.get("dataset", ""), query.get("search", ""))


async def _form_page(
    page: Page,
    dataset: str,
    search: str,
    *,
    email: str = "",
    pace: str = "daily",
    error: str = "",
    done: str = "",
) -> Response:
    """`done` is empty, `sent` (a letter asks for confirmation) or `follows`."""
    kind = "dataset" if dataset else "search"
    name = await _name(page, kind, dataset or search)
    title = str(page.words(f"follow.{kind}"))
    return page.render(
        "follow.html",
        title=title,
        crumbs=[Crumb(title)],
        name=name,
        back=_address(page, kind, dataset or search),
        feed=_feed(page, dataset, search),
        dataset=dataset,
        search=search,
        email=email,
        pace=pace,
        paces=PACES,
        error=error,
        done=done,
        possible=following.possible(page.platform.settings),
        mark=mark(page.platform),
        trap=TRAP,
    )


async def _name(page: Page, kind: str, target: str) -> str:
    """What is followed, in words. NotFound for a dataset the subject may not see."""
    if kind == "dataset":
        record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, target)
        return page.said(record.resource.title).text or record.id
    return _search_name(page, target)


def _search_name(page: Page, target: str) -> str:
    given = parse_qsl(following.normalised(target))
    text = next((value for name, value in given if name == "q"), "")
    if not given:
        return str(page.words("follow.everything"))
    if not text:
        return str(page.words("follow.filtered"))
    narrowed = len(given) > 1
    return page.words.plain("follow.narrowed" if narrowed else "follow.text", text=text)


def _address(page: Page, kind: str, target: str) -> str:
    if kind == "dataset":
        return page.at(f"/datasets/{target}")
    return page.at("/datasets", parse_qsl(target))


def _feed(page: Page, dataset: str, search: str) -> str:
    if dataset:
        return f"/feeds/{page.language}/datasets/{dataset}.atom"
    query = urlencode(parse_qsl(following.normalised(search)))
    return f"/feeds/{page.language}/datasets.atom" + (f"?{query}" if query else "")


async def ask(page: Page) -> Response:
    """Follows, or has a letter sent; the answer is the same for every address."""
    given = await fields(page)
    dataset, search = given.get("dataset", ""), given.get("search", "")
    email, pace = given.get("email", ""), given.get("pace", "")
    wanted = Wanted(
        kind="dataset" if dataset else "search",
        target=dataset or search,
        email=email,
        pace=pace,
        language=page.language,
    )
    follows = False
    try:
        if not is_trapped(given):
            check_form(page.platform, given)
            network = address_of(page)
            follows = await following.ask(page.platform, page.subject, wanted, network)
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        return await _form_page(
            page.with_status(error.status),
            dataset,
            search,
            email=email,
            pace=pace,
            error=error.text[page.language],
        )
    return await _form_page(page, dataset, search, done="follows" if follows else "sent")


# --- the links in letters ------------------------------------------------------------


async def confirm_form(page: Page) -> Response:
    """What the link in the first letter leads to."""
    return await _linked(page, CONFIRM)


async def confirm(page: Page) -> Response:
    """From now on letters come."""
    given = await fields(page)
    found = await following.confirm(page.platform, _ident(page), given.get("key", ""))
    key = following.key_for(page.platform, found.id, MANAGE)
    return page.redirect(f"/follow/{found.id}", [("key", key), ("done", "confirmed")])


async def manage_form(page: Page) -> Response:
    """What is followed, to change or to end it."""
    return await _linked(page, MANAGE)


async def manage(page: Page) -> Response:
    """Changes how often letters come, and their language."""
    given = await fields(page)
    key = given.get("key", "")
    pace, language = given.get("pace", ""), given.get("language", "")
    found = await following.set_pace(page.platform, _ident(page), key, pace, language)
    return page.redirect(f"/follow/{found.id}", [("key", key), ("done", "changed")])


async def _linked(page: Page, purpose: str) -> Response:
    query = page.request.query_params
    key = query.get("key", "")
    found = await following.of_link(page.platform, _ident(page), key, purpose)
    title = str(page.words(f"follow.{purpose}"))
    page.headers.update(PRIVATE)
    return page.render(
        f"follow_{purpose}.html",
        title=title,
        crumbs=[Crumb(title)],
        follow=found,
        name=await _told_name(page, found),
        key=key,
        paces=PACES,
        done=query.get("done", ""),
    )


async def _told_name(page: Page, found: Follow) -> str:
    """What is followed, as the follower may know it."""
    if found.kind == "search":
        return _search_name(page, found.target)
    reader = await following.reader_of(page.platform, found)
    hidden = str(page.words("follow.hidden"))
    if reader is None:
        return hidden
    try:
        record = await catalogue.get(page.platform, reader, ResourceKind.DATASET, found.target)
    except NotFound:
        return hidden
    return local(record.resource.title, page.language, "de", "en") or record.id


async def stop_form(page: Page) -> Response:
    """Asks once more: looking at an address ends nothing (RFC 8058 §3.1)."""
    key = page.request.query_params.get("key", "")
    following.check_key(page.platform, _ident(page), key, MANAGE)
    return _stop_page(page, key, ended=False)


async def stop(page: Page) -> Response:
    """Ends it: sent by a person, or by a mail program with one click."""
    key = page.request.query_params.get("key", "") or (await fields(page)).get("key", "")
    await following.stop(page.platform, _ident(page), key)
    return _stop_page(page, key, ended=True)


def _stop_page(page: Page, key: str, *, ended: bool) -> Response:
    title = str(page.words("follow.stop"))
    page.headers.update(PRIVATE)
    return page.render(
        "follow_stop.html",
        title=title,
        crumbs=[Crumb(title)],
        ident=_ident(page),
        key=key,
        ended=ended,
    )


def _ident(page: Page) -> str:
    return str(page.request.path_params["id"])


# --- with an account -----------------------------------------------------------------


async def mine(page: Page) -> Response:
    """Everything one's account follows."""
    found = await following.mine(page.platform, page.subject)
    title = str(page.words("follow.mine"))
    return page.render(
        "follow_mine.html",
        title=title,
        crumbs=[Crumb(str(page.words("nav.my-account")), page.at("/account")), Crumb(title)],
        follows=[(each, await _told_name(page, each)) for each in found],
        csrf=csrf(page),
    )


async def stop_mine(page: Page) -> Response:
    """Ends one of them."""
    given = await checked_form(page)
    await following.stop_own(page.platform, page.subject, given.get("id", ""))
    return page.redirect("/account/following")
