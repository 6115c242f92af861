# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Showcases: the gallery, one of them, the form to send one in, and deciding on it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.responses import Response

from allmende.core import showcases
from allmende.core.operations import operation
from allmende.core.participation import TRAP, cares, check_form, is_trapped, mark
from allmende.core.payload import read_form
from allmende.core.showcases import KINDS, PAGE, STATES, Sent, Showcase
from allmende.core.showcases_picture import LARGEST
from allmende.errors import AllmendeError
from allmende.portal.forms import MAX_FIELD, address_of, checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.present import cards
from allmende.portal.search_form import page_numbers

SHOWN = (400, 413, 429)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < len(text) < 6 else 1


async def gallery(page: Page) -> Response:
    """Everything that was published; with `state`, what waits or was refused."""
    query = page.request.query_params
    state = page.choice("state", STATES, "published")
    number = max(_number(query.get("page", "1")), 1)
    total, found = await showcases.listing(page.platform, page.subject, number, state)
    title = str(page.words("show.title"))
    last = max((total + PAGE - 1) // PAGE, 1)

    def at(target: int) -> str:
        pairs = [("state", state)] if state != "published" else []
        return page.at("/showcases", [*pairs, *([("page", str(target))] if target > 1 else [])])

    return page.render(
        "showcases.html",
        title=title,
        crumbs=[Crumb(title)],
        total=total,
        found=[each.showcase for each in found],
        state=state,
        states=STATES,
        cares=any(cares(page.subject, each) for each in page.subject.roles),
        possible=showcases.is_open(page.platform.settings),
        host=host,
        pager={
            "last": last,
            "current": number,
            "previous": at(number - 1) if number > 1 else None,
            "next": at(number + 1) if number < last else None,
            "numbers": [(n, at(n) if n else "") for n in page_numbers(number, last)],
        },
    )


def host(link: str) -> str:
    """The host of an address, for people who want to know where a link leads."""
    return urlsplit(link).hostname or ""


async def one(page: Page) -> Response:
    """One showcase."""
    shown = await showcases.one(page.platform, page.subject, page.request.path_params["id"])
    it = shown.showcase
    return page.render(
        "showcase.html",
        title=it.title,
        crumbs=[Crumb(str(page.words("show.title")), page.at("/showcases")), Crumb(it.title)],
        it=it,
        datasets=cards(shown.datasets, page),
        may=shown.may,
        host=host,
        foreign=it.language if it.language != page.language else "",
        states=STATES,
        csrf=csrf(page),
    )


async def decide(page: Page) -> Response:
    """Publishes, takes back or refuses one."""
    given = await checked_form(page)
    ident = page.request.path_params["id"]
    await showcases.decide(page.platform, page.subject, ident, given.get("state", ""))
    return page.redirect(f"/showcases/{ident}")


async def form(page: Page) -> Response:
    """The form to send one in; `dataset` fills in what it uses."""
    return _form_page(page, {"datasets": page.request.query_params.get("dataset", "")})


def _form_page(
    page: Page, given: dict[str, str], error: str = "", done: Showcase | str = ""
) -> Response:
    title = str(page.words("show.new"))
    empty = dict.fromkeys(("kind", "title", "text", "link", "maker", "email", "datasets"), "")
    return page.render(
        "showcase_form.html",
        title=title,
        crumbs=[Crumb(str(page.words("show.title")), page.at("/showcases")), Crumb(title)],
        given={**empty, **given},
        kinds=KINDS,
        error=error,
        done=done,
        possible=showcases.is_open(page.platform.settings),
        largest=LARGEST,
        mark=mark(page.platform),
        trap=TRAP,
    )


@operation("", body_limit="body_limit")
async def send_in(page: Page) -> Response:
    """Keeps one until somebody has looked at it."""
    given, picture = await _read(page)
    made: Showcase | str = "waiting"
    try:
        if not is_trapped(given):
            check_form(page.platform, given)
            wanted, network = _sent(page, given), address_of(page)
            made = await showcases.send_in(page.platform, page.subject, wanted, picture, network)
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        page = page.with_status(error.status)
        return _form_page(page, given, error.text[page.language])
    if isinstance(made, Showcase) and made.state == "published":
        return page.redirect(f"/showcases/{made.id}")
    return _form_page(page, {}, done="waiting")


async def _read(page: Page) -> tuple[dict[str, str], bytes]:
    """The texts of the form and its picture, of one that is too large only the beginning."""
    sent = await read_form(page.request, page.platform.settings)
    given = {name: value[:MAX_FIELD] for name, value in sent.items() if isinstance(value, str)}
    file, picture = sent.get("picture"), b""
    if isinstance(file, UploadFile) and file.filename:
        picture = await file.read(LARGEST + 1)
    for each in sent.values():
        if isinstance(each, UploadFile):
            await each.close()
    return given, picture


def _sent(page: Page, given: dict[str, str]) -> Sent:
    return Sent(
        kind=given.get("kind", ""),
        title=given.get("title", ""),
        text=given.get("text", ""),
        link=given.get("link", ""),
        datasets=given.get("datasets", "").replace(",", " ").split(),
        maker=given.get("maker", ""),
        email=given.get("email", ""),
        language=page.language,
    )
