# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Own sensors of citizens: the list, one with its key, and its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse

from allmende.core import geocode
from allmende.core.sensing import (
    citizens,
    citizens_ending,
    citizens_kinds,
    citizens_places,
)
from allmende.core.sensing.citizens import Sensor
from allmende.errors import AllmendeError, InvalidInput, NotFound
from allmende.model.sensing.citizen_kinds import CitizenKind
from allmende.model.sensing.citizen_places import DETAILS, DISTRICT, HUNDRED
from allmende.policy import ANONYMOUS, Action, may
from allmende.portal.forms import checked_form, csrf, drop_session
from allmende.portal.page import Crumb, Page
from allmende.portal.views.sensing_mine_form import blank, filled, sent, wish_of

HITS = 8
SHOWN_STATUS = (400, 403, 404, 409, 413, 422, 429)


@dataclass(frozen=True)
class Line:
    """A quantity of a sensor with what came last."""

    name: str
    key: str
    public: bool
    value: str
    when: str


async def mine(page: Page) -> Response:
    """The sensors of the signed-in person."""
    if page.subject.kind == "anonymous":
        return page.redirect("/login", [("next", f"/{page.language}/my-sensors")])
    if not may(page.subject, Action.OBSERVE_OWN, citizens.ORGANISATION):
        return page.redirect("/account")
    sensors = await citizens.mine(page.platform, page.subject)
    title = str(page.words("mine.title"))
    return page.render(
        "mine_list.html",
        title=title,
        crumbs=[Crumb(title)],
        sensors=sensors,
        kinds=_titles(page),
        most=page.platform.settings.citizen_devices,
        running=sum(each.status != "stopped" for each in sensors),
    )


def _titles(page: Page) -> dict[str, str]:
    every = citizens_kinds.kinds(page.platform)
    return {each.id: each.title[page.language] for each in every}


async def new(page: Page) -> Response:
    """The kinds to choose from, or the form for one of them."""
    await citizens.mine(page.platform, page.subject)
    ident = page.request.query_params.get("kind", "")
    if not ident:
        title = str(page.words("mine.new"))
        return page.render(
            "mine_kinds.html",
            title=title,
            crumbs=[_home(page), Crumb(title)],
            kinds=citizens_kinds.kinds(page.platform),
        )
    kind = citizens_kinds.kind_of(page.platform, ident)
    return await _form_page(page, kind, blank(kind))


async def create(page: Page) -> Response:
    """Registers a sensor and shows its key, or shows the form again with what is wrong."""
    form = await checked_form(page)
    kind = citizens_kinds.kind_of(page.platform, form.get("kind", ""))
    if form.get("find"):
        return await _form_page(page, kind, sent(form), search=form.get("address", ""))
    try:
        made = await citizens.register(page.platform, page.subject, wish_of(kind, form))
    except AllmendeError as error:
        return await _again(page, kind, form, error)
    return await _one_page(page, made.sensor, key=made.key)


async def one(page: Page) -> Response:
    """One sensor."""
    sensor = await citizens.one(page.platform, page.subject, _ident(page))
    return await _one_page(page, sensor)


async def edit(page: Page) -> Response:
    """The form to say something else of a sensor."""
    sensor = await citizens.one(page.platform, page.subject, _ident(page))
    kind = citizens_kinds.kind_of(page.platform, sensor.kind)
    return await _form_page(page, kind, filled(sensor), sensor=sensor)


async def save(page: Page) -> Response:
    """Says something else of a sensor."""
    form = await checked_form(page)
    sensor = await citizens.one(page.platform, page.subject, _ident(page))
    kind = citizens_kinds.kind_of(page.platform, sensor.kind)
    if form.get("find"):
        search = form.get("address", "")
        return await _form_page(page, kind, sent(form), sensor=sensor, search=search)
    try:
        wish = wish_of(kind, form)
        await citizens.change(page.platform, page.subject, sensor.id, wish)
    except AllmendeError as error:
        return await _again(page, kind, form, error, sensor)
    return page.redirect(f"/my-sensors/{sensor.id}")


async def act(page: Page) -> Response:
    """A new key, or the end of a sensor."""
    form = await checked_form(page)
    ident, what = _ident(page), form.get("what", "")
    if what == "key":
        key = await citizens.renew_key(page.platform, page.subject, ident)
        sensor = await citizens.one(page.platform, page.subject, ident)
        return await _one_page(page, sensor, key=key)
    if what not in ("keep", "erase"):
        raise InvalidInput("Choose what to do.", "Bitte wählen, was geschehen soll.")
    erase = what == "erase"
    if erase and form.get("sure") != "1":
        raise InvalidInput(
            "Please tick that everything may be deleted.",
            "Bitte ankreuzen, dass alles gelöscht werden darf.",
        )
    await citizens_ending.end(page.platform, page.subject, ident, erase=erase)
    return page.redirect("/my-sensors" if erase else f"/my-sensors/{ident}")


async def export(page: Page) -> Response:
    """Everything that is kept of the person and the sensors, as a zip file."""
    await citizens.mine(page.platform, page.subject)
    headers = {
        "content-disposition": 'attachment; filename="my-sensors.zip"',
        "cache-control": "no-store",
    }
    pieces = citizens_ending.export(page.platform, page.subject)
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


async def leaving(page: Page) -> Response:
    """The form to delete the account."""
    await citizens.mine(page.platform, page.subject)
    return _leaving_page(page)


def _leaving_page(page: Page, error: str = "") -> Response:
    title = str(page.words("mine.leave"))
    crumbs = [_home(page), Crumb(title)]
    return page.render("mine_leave.html", title=title, crumbs=crumbs, csrf=csrf(page), error=error)


async def leave(page: Page) -> Response:
    """Deletes the account."""
    form = await checked_form(page)
    try:
        await citizens_ending.delete_account(
            page.platform,
            page.subject,
            form.get("password", ""),
            erase=form.get("what", "") != "keep",
        )
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        return _leaving_page(page.with_status(error.status), error.text[page.language])
    return drop_session(page, page.redirect("/"))


# --- pages -----------------------------------------------------------------------------


async def _one_page(page: Page, sensor: Sensor, *, key: str = "") -> Response:
    kind = citizens_kinds.kind_of(page.platform, sensor.kind)
    page.headers["cache-control"] = "no-store"
    return page.render(
        "mine_sensor.html",
        title=sensor.name,
        crumbs=[_home(page), Crumb(sensor.name)],
        sensor=sensor,
        kind=kind,
        key=key,
        lines=await _lines(page, sensor, kind),
        csrf=csrf(page),
        licence=citizens_kinds.LICENCES[sensor.licence],
        address=f"{page.site.base_url}/ingest/citizen",
        example=_example(page, sensor, key or "…"),
    )


def _example(page: Page, sensor: Sensor, key: str) -> str:
    """A command that sends a value."""
    first = sensor.quantities[0]
    address = f"{page.site.base_url}/ingest/citizen"
    return (
        f"curl -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n"
        f"  -d '{{\"{first}\": 21.5}}' {address}"
    )


async def _lines(page: Page, sensor: Sensor, kind: CitizenKind) -> list[Line]:
    states = await citizens_ending.states(page.platform, page.subject, sensor.id)
    found = []
    for each in kind.quantities:
        if each.key not in sensor.quantities:
            continue
        state = states.get(each.key)
        last = state.observation if state is not None else None
        found.append(
            Line(
                name=each.name[page.language],
                key=each.key,
                public=each.key in sensor.shown,
                value=_value(page, last.result) if last is not None else "",
                when=page.words.moment(last.time) if last is not None else "",
            )
        )
    return found


def _value(page: Page, result: Any) -> str:
    """A result as people of the language write it."""
    number = isinstance(result, int | float) and not isinstance(result, bool)
    return page.words.number(result) if number else str(result)


async def _again(
    page: Page,
    kind: CitizenKind,
    form: Any,
    error: AllmendeError,
    sensor: Sensor | None = None,
) -> Response:
    if error.status not in SHOWN_STATUS:
        raise error
    return await _form_page(
        page.with_status(error.status),
        kind,
        sent(form),
        sensor=sensor,
        error=error.text[page.language],
    )


async def _form_page(
    page: Page,
    kind: CitizenKind,
    form: dict[str, str],
    *,
    sensor: Sensor | None = None,
    search: str = "",
    error: str = "",
) -> Response:
    title = str(page.words("mine.edit")) if sensor else kind.title[page.language]
    between = Crumb(sensor.name, page.at(f"/my-sensors/{sensor.id}")) if sensor else None
    first = between or Crumb(str(page.words("mine.new")), page.at("/my-sensors/new"))
    districts = await citizens_places.has_districts(page.platform)
    return page.render(
        "mine_form.html",
        title=title,
        crumbs=[_home(page), first, Crumb(title)],
        kind=kind,
        form=defaultdict(str, form),
        sensor=sensor,
        error=error,
        search=search,
        hits=await _hits(page, search),
        details=[each for each in DETAILS if districts or each != DISTRICT],
        usual=HUNDRED,
        licences=citizens_kinds.LICENCES,
        csrf=csrf(page),
        action=page.at(f"/my-sensors/{sensor.id}/edit" if sensor else "/my-sensors/new"),
    )


async def _hits(page: Page, search: str) -> list[geocode.Place]:
    if not search.strip():
        return []
    try:
        return await geocode.search(page.platform, ANONYMOUS, search[:200], limit=HITS)
    except NotFound:
        return []


def _home(page: Page) -> Crumb:
    return Crumb(str(page.words("mine.title")), page.at("/my-sensors"))


def _ident(page: Page) -> int:
    ident: int = page.request.path_params["id"]
    return ident
