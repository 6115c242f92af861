# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Radio devices for those who look after them: the list, one device, taking it in or out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Literal, cast

import msgspec
from starlette.responses import Response

from allmende.core import people
from allmende.core.payload import decode_json
from allmende.core.sensing import devices, devices_seen, listing
from allmende.core.sensing.devices import Adoption, Device
from allmende.core.sensing.devices_library import library
from allmende.core.sensing.devices_seen import Seen, check_keeper
from allmende.core.sensing.staleness import now
from allmende.errors import AllmendeError, InvalidInput, NotFound
from allmende.model.sensing.device_properties import UNITS
from allmende.portal import sensing_words
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page
from allmende.portal.sensing_table import pager

STATUSES = ("unknown", "active", "retired")
TROUBLES = ("problem", "battery", "gaps", "weak")
BLURS = (0, 100, 500, 1_000, 5_000)
ACCESSES = ("open", "internal", "restricted")
DONE = ("adopted", "changed", "retired")
SIZE = 50
MOST_GAPS = 50
MOST_VALUES = 12
MAX_TEXT = 100
FIELDS = ("kind", "name", "longitude", "latitude", "blur", "organisation", "access", "settings")


@dataclass(frozen=True, slots=True)
class Line:
    """A device in the list."""

    device: Device
    address: str
    kind: Said
    thing: str
    seen: Any
    battery: str
    link: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as people read it."""

    when: str
    counter: str
    state: str
    link: str
    problem: str
    values: list[tuple[str, str]] = field(default_factory=list)
    payload: str = ""


async def devices_page(page: Page) -> Response:
    """All devices one looks after, narrowed by what the address says."""
    check_keeper(page.subject)
    query = page.request.query_params
    text = " ".join(query.get("q", "").split())[:MAX_TEXT]
    status, trouble = query.get("status", ""), query.get("trouble", "")
    status = status if status in STATUSES else ""
    trouble = trouble if trouble in TROUBLES else ""
    every = await devices_seen.every(page.platform, page.subject)
    found = [
        each
        for each in every
        if (not status or each.status == status)
        and (not trouble or trouble in troubles(each))
        and (not text or text.lower() in f"{each.name} {each.eui} {each.kind}".lower())
    ]
    found.sort(key=lambda each: (STATUSES.index(each.status), each.name.lower(), each.eui))
    last = max(1, ceil(len(found) / SIZE))
    wanted = query.get("page", "1")
    number = min(int(wanted), last) if wanted.isdecimal() and len(wanted) < 6 else 1
    number = max(1, number)
    pairs = [(n, v) for n, v in (("q", text), ("status", status), ("trouble", trouble)) if v]
    title = str(page.words("dev.title"))
    return page.render(
        "devices.html",
        title=title,
        crumbs=[_account(page), Crumb(title)],
        form={"q": text, "status": status, "trouble": trouble},
        total=len(found),
        of=len(every),
        waiting=sum(each.status == "unknown" for each in every),
        lines=[line(page, each) for each in found[(number - 1) * SIZE : number * SIZE]],
        statuses=STATUSES,
        troubles=TROUBLES,
        pager=pager(number, last, lambda at: page.at("/devices", [*pairs, ("page", str(at))])),
    )


def troubles(device: Device) -> list[str]:
    """What is to be looked at on a device, as keys of words."""
    wrong = {
        "problem": device.problem is not None and device.status == "active",
        "battery": device.battery_low,
        "gaps": device.lost > 0,
        "weak": devices_seen.link(device) == "weak",
    }
    return [name for name in TROUBLES if wrong[name]]


def line(page: Page, device: Device) -> Line:
    """A device as the list shows it."""
    return Line(
        device=device,
        address=page.at(f"/devices/{device.eui}"),
        kind=kind_name(page, device.kind),
        thing="" if device.thing is None else page.at(f"/things/{device.thing}"),
        seen=sensing_words.when(page, device.last_seen, now()),
        battery=_battery(page, device),
        link=devices_seen.link(device),
    )


def kind_name(page: Page, ident: str | None) -> Said:
    """The title of a kind of device, or its id when its description is gone."""
    kind = library(page.platform).kinds.get(ident or "")
    if kind is None:
        return Said(ident or "", None)
    found: Said = page.said({str(tag): text for tag, text in kind.description.title.items()})
    return found


def _battery(page: Page, device: Device) -> str:
    if device.battery is None:
        return ""
    kind = library(page.platform).kinds.get(device.kind or "")
    about = kind.description.battery if kind else None
    unit = getattr(about, "unit", "%") if about is not None else "%"
    return f"{page.words.exact(round(device.battery, 2))} {unit}"


def _account(page: Page) -> Crumb:
    return Crumb(str(page.words("nav.my-account")), page.at("/account"))


async def device_page(page: Page) -> Response:
    """One device: what is known of it, its messages, and the form to take it in."""
    found = await _found(page)
    return await _device_page(page, found, await _given(page, found))


async def _found(page: Page) -> Device:
    check_keeper(page.subject)
    return await devices.device_of(page.platform, page.subject, page.request.path_params["eui"])


async def _given(page: Page, device: Device) -> dict[str, str]:
    """What stands in the form before anybody has written in it."""
    kind, name = device.kind or "", device.name
    if not kind and device.origin != "citizen":
        fitting = await devices_seen.fitting(page.platform, page.subject, device)
        kind = fitting[0] if len(fitting) == 1 else ""
    place = device.place or {}
    if not place and device.status == "unknown" and device.reported.get("place"):
        place = {"type": "Point", "coordinates": device.reported["place"]}
    point = place.get("coordinates", ["", ""]) if place.get("type") == "Point" else ["", ""]
    settings = device.settings and msgspec.json.format(msgspec.json.encode(device.settings))
    return {
        "kind": kind,
        "name": name,
        "longitude": _degrees(page, point[0]),
        "latitude": _degrees(page, point[1]),
        "blur": str(device.blur),
        "organisation": device.organisation,
        "access": device.access,
        "settings": settings.decode() if settings else "",
    }


def _degrees(page: Page, value: Any) -> str:
    return page.words.exact(value) if isinstance(value, int | float) else ""


async def _device_page(
    page: Page, device: Device, form: Mapping[str, str], error: str = ""
) -> Response:
    citizen = device.origin == "citizen"
    seen = await devices_seen.seen(page.platform, page.subject, device)
    gaps = await devices.gaps(page.platform, page.subject, device.id)
    done = page.request.query_params.get("done", "")
    return page.render(
        "device.html",
        title=device.name,
        crumbs=[
            _account(page),
            Crumb(str(page.words("dev.title")), page.at("/devices")),
            Crumb(device.name),
        ],
        line=line(page, device),
        device=device,
        citizen=citizen,
        facts=_facts(page, device),
        streams=await _streams(page, device),
        messages=[_message(page, device, each) for each in seen],
        gaps=[(first, last, last - first + 1) for _, first, last in gaps[:MOST_GAPS]],
        more_gaps=max(0, len(gaps) - MOST_GAPS),
        problem=device.problem[page.language] if device.problem else "",
        source=page.at(f"/devices/networks/{device.source}"),
        form=form,
        kinds=[(ident, kind_name(page, ident)) for ident in sorted(library(page.platform).kinds)],
        fitting=[]
        if citizen or device.kind
        else await devices_seen.fitting(page.platform, page.subject, device),
        organisations=[] if device.thing is not None else await organisations(page),
        blurs=BLURS,
        accesses=ACCESSES,
        error=error,
        done=done if done in DONE else "",
        csrf=csrf(page),
    )


async def organisations(page: Page) -> list[tuple[str, Said]]:
    """Organisations one may take devices in for: id and name."""
    known = {each.id: each.name for each in await people.organisations(page.platform, page.subject)}
    own = devices_seen.keeps_for(page.subject, sorted(known))
    return [(ident, page.said(known[ident])) for ident in own]


def _facts(page: Page, device: Device) -> list[tuple[str, str]]:
    """What is known of a device: end of the key of the words, value."""
    words, said = page.words, device.reported
    radio = ""
    if device.rssi is not None and device.snr is not None:
        radio = f"{words.exact(device.rssi)} dBm, {words.exact(device.snr)} dB"
    told = " ".join(str(said[each]) for each in ("brand", "model") if said.get(each))
    facts = [
        ("eui", device.eui),
        ("first", str(words.moment(device.first_seen))),
        ("battery", _battery(page, device)),
        ("radio", radio),
        ("gateways", words.number(device.gateways) if device.gateways else ""),
        ("counter", "" if device.counter is None else words.number(device.counter)),
        ("messages", words.number(device.uplinks)),
        ("repeated", words.number(device.repeated) if device.repeated else ""),
        ("lost", words.number(device.lost)),
        ("application", str(said.get("application", ""))),
        ("profile", str(said.get("profile", "")) or told),
    ]
    return [(name, value) for name, value in facts if value]


async def _streams(page: Page, device: Device) -> list[tuple[str, str]]:
    """The datastreams of the thing of a device: address and name."""
    if device.thing is None or device.origin == "citizen":
        return []
    try:
        thing = await listing.thing(page.platform, page.subject, device.thing)
    except NotFound:
        return []
    return [(page.at(f"/datastreams/{each.id}"), each.name) for each in thing.streams]


def _message(page: Page, device: Device, seen: Seen) -> Message:
    kept, words = seen.kept, page.words
    uplink, radio = kept.uplink, kept.uplink.radio
    link = ""
    if radio.rssi is not None and radio.snr is not None:
        link = f"{words.exact(radio.rssi)} dBm, {words.exact(radio.snr)} dB"
    reading = seen.reading
    problem = kept.problem or (reading.problem if reading else None)
    return Message(
        when=str(words.moment(kept.time)),
        counter="" if uplink.counter is None else words.number(uplink.counter),
        state=kept.state,
        link=link,
        problem=problem[page.language] if problem else "",
        values=_values(page, device, seen),
        payload=uplink.payload.hex(" ").upper(),
    )


def _values(page: Page, device: Device, seen: Seen) -> list[tuple[str, str]]:
    """Name and value with unit of what a message measured."""
    kind = library(page.platform).kinds.get(device.kind or "")
    if kind is None or seen.reading is None:
        return []
    made: list[tuple[str, str]] = []
    for _, part in seen.reading.parts:
        for each in part.results[:MOST_VALUES]:
            field_ = kind.description.fields[each.field]
            name = page.said(
                {str(tag): text for tag, text in field_.name.items()}
                or {"de": field_.known.de, "en": field_.known.en}
            )
            made.append((name.text, _value(page, each.result, field_)))
    return made[:MOST_VALUES]


def _value(page: Page, result: Any, field_: Any) -> str:
    if isinstance(result, bool):
        return str(page.words("value.yes" if result else "value.no"))
    if not isinstance(result, int | float):
        return str(result)[:MAX_TEXT]
    unit = field_.unit_code if field_.type in ("number", "count") else ""
    shown = "" if unit in ("", "1") else UNITS.get(unit, ("", unit))[1]
    return f"{page.words.exact(round(float(result), 4))} {shown}".strip()


async def act(page: Page) -> Response:
    """Takes the device in, changes how it was taken in, or takes it out."""
    form = await checked_form(page)
    found = await _found(page)
    if form.get("do") == "retire":
        await devices.retire(page.platform, page.subject, found.id)
        return page.redirect(f"/devices/{found.eui}", [("done", "retired")])
    given = {name: form.get(name, "").strip() for name in FIELDS}
    try:
        adoption = _adoption(page, given, {ident for ident, _ in await organisations(page)})
        await devices.adopt(page.platform, page.subject, found.id, adoption)
    except AllmendeError as error:
        if error.status in (401, 403, 500):
            raise
        again = page.with_status(error.status)
        return await _device_page(again, found, given, error.text[page.language])
    done = "changed" if found.status == "active" else "adopted"
    return page.redirect(f"/devices/{found.eui}", [("done", done)])


def _adoption(page: Page, form: Mapping[str, str], known: set[str]) -> Adoption:
    """What a form asks for. InvalidInput names what is wrong."""
    if not form["kind"]:
        raise InvalidInput("Choose what kind of device it is.", "Bitte die Geräteart wählen.")
    organisation = form["organisation"]
    access = form["access"] if form["access"] in ACCESSES else "restricted"
    text = form["settings"].encode()
    return Adoption(
        kind=form["kind"],
        name=form["name"],
        place=_place(form["longitude"], form["latitude"]),
        blur=int(form["blur"]) if form["blur"].isdecimal() and len(form["blur"]) < 6 else 0,
        access=cast(Literal["open", "internal", "restricted"], access),
        settings=decode_json(text, page.platform.settings, dict) if text else {},
        organisation=organisation if organisation in known else "",
    )


def _place(longitude: str, latitude: str) -> dict[str, Any] | None:
    if not longitude and not latitude:
        return None
    point = [coordinate(text, most) for text, most in ((longitude, 180), (latitude, 90))]
    if None in point:
        raise InvalidInput(
            "Write longitude and latitude in degrees, such as 11.586 and 50.927.",
            "Bitte Länge und Breite in Grad schreiben, etwa 11,586 und 50,927.",
        )
    return {"type": "Point", "coordinates": point}


def coordinate(text: str, most: int) -> float | None:
    """Degrees with a point or a comma; None of anything else or too many."""
    plain = text.replace(",", ".", 1)
    bare = plain.removeprefix("-").replace(".", "", 1)
    if not bare.isdecimal() or not bare.isascii() or len(bare) > 18:
        return None
    found = float(plain)
    return found if -most <= found <= most else None


def many(found: Sequence[Device]) -> dict[str, int]:
    """How many devices there are of each source."""
    counted: dict[str, int] = {}
    for each in found:
        counted[each.source] = counted.get(each.source, 0) + 1
    return counted
