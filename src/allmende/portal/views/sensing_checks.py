# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How the values of a datastream are checked: what was flagged by which rule, and for those who
look after it a form with a preview of what other parameters would flag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core.sensing import health, listing, quality, quality_looking
from allmende.core.sensing.listing import Valued
from allmende.core.sensing.quality_looking import Judging, Preview, Told
from allmende.errors import AllmendeError, NotAllowed
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.quality import RULES
from allmende.portal import sensing_checks
from allmende.portal import sensing_words as words
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page

MOST_GAPS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """How many results a rule flags, now and with what was typed."""

    rule: str
    flag: str
    now: str
    then: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """A result with its flag, and the flag it would have."""

    iso: str
    time: str
    result: str
    flag: str
    rule: str
    flag_then: str = ""
    rule_then: str = ""


async def show(page: Page) -> Response:
    """How a datastream is checked."""
    return await _shown(page, None)


async def act(page: Page) -> Response:
    """Shows what other parameters would flag, or keeps them."""
    form = await checked_form(page)
    ident = page.request.path_params["id"]
    await listing.stream(page.platform, page.subject, ident)
    try:
        given = sensing_checks.read(form)
        if form.get("do") == "save":
            await quality.set_checks(page.platform, page.subject, ident, given)
            return page.redirect(f"/datastreams/{ident}/quality", [("saved", "1")])
        seen = await quality_looking.preview(page.platform, page.subject, ident, given)
    except AllmendeError as error:
        if isinstance(error, NotAllowed) or error.status == 404:
            raise
        return await _shown(page.with_status(error.status), form, problem=error.text[page.language])
    return await _shown(page, form, preview=seen)


async def _shown(
    page: Page,
    form: Mapping[str, str] | None,
    *,
    problem: str = "",
    preview: Preview | None = None,
) -> Response:
    ident = page.request.path_params["id"]
    it = await quality_looking.judging(page.platform, page.subject, ident)
    valued = await listing.stream(page.platform, page.subject, ident)
    unit = words.unit_text(valued.stream)
    name, title = words.title(page, valued.stream), str(page.words("checks.title"))
    looked = it.looked
    span = preview if preview and preview.n else looked
    return page.render(
        "sensing_checks.html",
        title=title,
        crumbs=[
            Crumb(str(page.words("sense.title")), page.at("/things")),
            Crumb(valued.thing.name, page.at(f"/things/{valued.thing.id}")),
            Crumb(name, page.at(f"/datastreams/{ident}")),
            Crumb(title),
        ],
        name=name,
        it=it,
        unit=unit,
        entries=sensing_checks.entries(page, it, unit, form),
        modes=sensing_checks.MODES,
        lines=_lines(page, looked.told if looked else [], preview),
        first=words.moment(page, span.start) if span else "",
        last=words.moment(page, span.end - 1) if span else "",
        newest=[_flagged(page, valued, each) for each in (looked.newest if looked else [])],
        changes=_changes(page, valued, preview),
        gaps=await _gaps(page, it),
        preview=preview,
        problem=problem,
        saved=page.request.query_params.get("saved") == "1" and form is None,
        csrf=csrf(page),
        here=page.at(f"/datastreams/{ident}/quality"),
        health=page.at("/devices/health"),
    )


def _lines(page: Page, told: Sequence[Told], preview: Preview | None) -> list[Line]:
    now = {(each.rule, each.flag): each.n for each in told}
    then = {(each.rule, each.flag): each.n for each in (preview.told if preview else ())}
    return [
        Line(
            _rule(key[0]),
            words.flag_name(key[1]),
            page.words.number(now.get(key, 0)),
            page.words.number(then.get(key, 0)),
        )
        for key in sorted(now | then, key=lambda key: (-then.get(key, 0), -now.get(key, 0), key))
    ]


def _rule(rule: str) -> str:
    """The end of the key of a rule's words; rules of others are said as they are."""
    return rule if rule in RULES or not rule else f"!{rule[:60]}"


def _flagged(
    page: Page, valued: Valued, each: Observation, then: tuple[int, str] | None = None
) -> Flagged:
    unit = words.unit_text(valued.stream)
    when = words.when(page, each.time, each.time)
    return Flagged(
        when.iso,
        words.short(page, each.time),
        words.result(page, each.result) + words.gap_before(unit) + unit,
        words.flag_name(each.flag),
        _rule(each.rule),
        words.flag_name(then[0]) if then else "",
        _rule(then[1]) if then else "",
    )


def _changes(page: Page, valued: Valued, preview: Preview | None) -> list[Flagged]:
    if preview is None:
        return []
    return [_flagged(page, valued, each, (flag, rule)) for each, flag, rule in preview.changes]


async def _gaps(page: Page, it: Judging) -> list[tuple[str, str, str]]:
    """The newest times without values of the last 30 days, by the expected interval."""
    if not it.interval or it.looked is None:
        return []
    found = await health.gaps(
        page.platform, page.subject, it.stream, it.looked.start, it.looked.end
    )
    return [
        (words.moment(page, a), words.moment(page, b), words.lasting(page, b - a))
        for a, b in found[: -MOST_GAPS - 1 : -1]
    ]
