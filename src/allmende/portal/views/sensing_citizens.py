# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stewards do with the sensors of citizens: invite, admit, hide, flag."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from allmende.core.sensing import citizens_care, citizens_joining, citizens_kinds
from allmende.core.sensing.citizens import Sensor, absent
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.sensing import moments
from allmende.model.sensing.observation import Flag
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page

FLAGS = {str(each.value): each for each in citizens_care.FLAGS}
SHOWN_STATUS = (400, 409, 413, 422)


async def listing(page: Page) -> Response:
    """All sensors of citizens."""
    return await _listing_page(page)


async def _listing_page(page: Page, link: str = "") -> Response:
    after = page.request.query_params.get("after", "0")
    start = int(after) if after.isdecimal() and len(after) < 10 else 0
    sensors = await citizens_care.every(page.platform, page.subject, start)
    title = str(page.words("citizens.title"))
    page.headers["cache-control"] = "no-store"
    return page.render(
        "citizens.html",
        title=title,
        crumbs=[Crumb(title)],
        sensors=sensors,
        kinds={each.id: each.title[page.language] for each in citizens_kinds.kinds(page.platform)},
        more=sensors[-1].id if len(sensors) == 1_000 else 0,
        link=link,
        inviting=citizens_joining.by_invitation(page.platform.settings),
        csrf=csrf(page),
    )


async def invite(page: Page) -> Response:
    """Shows a link to join with, once."""
    await checked_form(page)
    code = await citizens_joining.invite(page.platform, page.subject)
    link = page.absolute(page.at("/register/confirm", [("code", code)]))
    return await _listing_page(page, link)


async def one(page: Page) -> Response:
    """One sensor of a citizen."""
    return await _one_page(page, await _sensor(page))


async def _sensor(page: Page) -> Sensor:
    ident: int = page.request.path_params["id"]
    found = await citizens_care.every(page.platform, page.subject, ident - 1)
    if not found or found[0].id != ident:
        raise absent(ident)
    return found[0]


async def _one_page(page: Page, sensor: Sensor, *, error: str = "", done: str = "") -> Response:
    kind = citizens_kinds.kind_of(page.platform, sensor.kind)
    return page.render(
        "citizens_one.html",
        title=sensor.name,
        crumbs=[
            Crumb(str(page.words("citizens.title")), page.at("/citizens")),
            Crumb(sensor.name),
        ],
        sensor=sensor,
        kind=kind,
        quantities=[
            each for each in (kind.quantity(key) for key in sensor.quantities) if each is not None
        ],
        flags=FLAGS,
        error=error,
        done=done,
        csrf=csrf(page),
    )


async def act(page: Page) -> Response:
    """Hides, shows, admits or flags."""
    form = await checked_form(page)
    sensor = await _sensor(page)
    try:
        done = await _done(page, sensor, dict(form))
    except AllmendeError as error:
        if error.status not in SHOWN_STATUS:
            raise
        text = error.text[page.language]
        return await _one_page(page.with_status(error.status), sensor, error=text)
    return await _one_page(page, await _sensor(page), done=done)


async def _done(page: Page, sensor: Sensor, form: dict[str, str]) -> str:
    platform, subject, what = page.platform, page.subject, form.get("what", "")
    if what == "hide":
        await citizens_care.hide(platform, subject, sensor.id, form.get("reason", ""))
    elif what == "show":
        await citizens_care.show(platform, subject, sensor.id)
    elif what == "admit":
        await citizens_care.admit(platform, subject, sensor.id)
    elif what == "flag":
        zone = ZoneInfo(platform.settings.timezone)
        n = await citizens_care.flag(
            platform,
            subject,
            sensor.id,
            _moment(form.get("from", ""), zone),
            _moment(form.get("to", ""), zone),
            FLAGS.get(form.get("flag", ""), Flag.SUSPECT),
            form.get("quantity", ""),
        )
        return str(page.words.count("citizens.flagged", n))
    else:
        raise InvalidInput("Choose what to do.", "Bitte wählen, was geschehen soll.")
    return str(page.words("citizens.done"))


def _moment(text: str, zone: ZoneInfo) -> int:
    """A time of the city, as the field of the form gives it, in µs UTC."""
    try:
        return moments.micros(datetime.fromisoformat(text).replace(tzinfo=zone))
    except ValueError:
        raise InvalidInput(
            "Fill in when the span begins and ends.",
            "Bitte Anfang und Ende des Zeitraums ausfüllen.",
        ) from None
