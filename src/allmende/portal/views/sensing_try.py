# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page on which a description and a codec are tried on one message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.responses import Response

from allmende.core.payload import read_form
from allmende.core.sensing.devices_library import library
from allmende.core.sensing.devices_trial import NO_EUI, Trial, check, trial
from allmende.errors import AllmendeError, NotFound
from allmende.model.sensing.device_mapping import Reading
from allmende.model.sensing.device_properties import UNITS
from allmende.model.sensing.observation import Flag
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page

FLAGS = {
    Flag.UNCHECKED: "unchecked",
    Flag.GOOD: "good",
    Flag.SUSPECT: "suspect",
    Flag.BAD: "bad",
}
SHOWN = 20_000  # characters of what was decoded


@dataclass(frozen=True, slots=True)
class ResultView:
    """A result as people read it."""

    field: str
    name: str
    value: str
    unit: str
    flag: str
    raw: str
    calibration: str
    time: str


async def show(page: Page) -> Response:
    """The form, empty or with a known kind to begin from."""
    check(page.subject)
    wanted = page.request.query_params.get("kind", "")
    known = library(page.platform)
    form: dict[str, str] = {}
    if wanted:
        try:
            kind = known.kind(wanted)
        except NotFound as error:
            return _page(page.with_status(404), {}, None, [(0, error.text[page.language])])
        code = kind.codec.code if kind.codec else ""
        form = {"kind": wanted, "description": kind.text, "code": code}
    return _page(page, form, None, [])


async def act(page: Page) -> Response:
    """The answer for what was pasted."""
    check(page.subject)
    await checked_form(page)
    whole = await read_form(page.request, page.platform.settings)
    form = {name: value for name, value in whole.items() if isinstance(value, str)}
    port = form.get("port", "").strip()
    try:
        found = await trial(
            page.platform,
            page.subject,
            form.get("message", ""),
            port=int(port) if port.isdecimal() and len(port) < 6 else 1,
            kind=form.get("kind", ""),
            description=form.get("description", ""),
            code=form.get("code", ""),
        )
    except AllmendeError as error:
        if error.status in (401, 403, 500):
            raise
        return _page(page.with_status(error.status), form, None, _faults(page, error))
    return _page(page, form, found, [])


def _faults(page: Page, error: AllmendeError) -> list[tuple[int, str]]:
    """Each fault with its line, 0 when it has none."""
    findings = getattr(error, "findings", ())
    if findings:
        return [(each.line, each.text[page.language]) for each in findings]
    return [(0, error.text[page.language])]


def _page(
    page: Page, form: Mapping[str, str], found: Trial | None, faults: list[tuple[int, str]]
) -> Response:
    known = library(page.platform)
    title = str(page.words("try.title"))
    reading = found.reading if found else None
    problem = reading.problem if reading else None
    parts = reading.parts if reading else []
    return page.render(
        "device_try.html",
        title=title,
        crumbs=[Crumb(title)],
        csrf=csrf(page),
        form={
            name: form.get(name, "") for name in ("message", "port", "kind", "description", "code")
        },
        kinds=[
            (ident, _said(page, kind.description.title))
            for ident, kind in sorted(known.kinds.items())
        ],
        broken=[(name, error.text[page.language]) for name, error in sorted(known.faults.items())],
        faults=faults,
        found=found,
        facts=_facts(page, found) if found else [],
        chosen=_said(page, found.kind.description.title) if found and found.kind else None,
        decoded=_decoded(reading.decoded.data) if reading else "",
        warnings=reading.decoded.warnings if reading else [],
        skipped=bool(reading and reading.skipped),
        problem=problem[page.language] if problem else "",
        results=[_view(page, found, each, time) for time, part in parts for each in part.results]
        if found
        else [],
        problems=[each.text[page.language] for _, part in parts for each in part.problems],
        absent=sorted({name for _, part in parts for name in part.absent}),
    )


def _said(page: Page, words: Mapping[Literal["de", "en"], str]) -> Any:
    return page.said({str(tag): text for tag, text in words.items()})


def _decoded(data: Any) -> str:
    if data is None:
        return ""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"


def _facts(page: Page, found: Trial) -> list[tuple[str, str]]:
    """What the message says of itself: key of the words, value."""
    uplink, words = found.uplink, page.words
    facts = [("port", str(uplink.port)), ("payload", uplink.payload.hex(" ").upper())]
    if uplink.eui != NO_EUI:
        model = " ".join(each for each in (uplink.brand, uplink.model) if each)
        facts = [
            ("device", uplink.eui),
            ("profile", uplink.profile or model),
            ("received", str(words.moment(uplink.time))),
            ("counter", "" if uplink.counter is None else str(uplink.counter)),
            *facts,
            ("link", _link(page, found)),
        ]
    return [(name, value) for name, value in facts if value]


def _link(page: Page, found: Trial) -> str:
    radio, words = found.uplink.radio, page.words
    if radio.rssi is None or radio.snr is None:
        return ""
    return f"{words.exact(radio.rssi)} dBm, {words.exact(radio.snr)} dB"


def _view(page: Page, found: Trial, each: Reading, time: int) -> ResultView:
    if found.kind is None:
        raise RuntimeError("there are results without a kind")
    field = found.kind.description.fields[each.field]
    known, words = field.known, page.words
    name = _said(page, field.name or {"de": known.de, "en": known.en})
    number = isinstance(each.result, int | float) and not isinstance(each.result, bool)
    unit = field.unit_code if field.type in ("number", "count") else ""
    return ResultView(
        field=each.field,
        name=name.text,
        value=words.exact(round(float(each.result), 6)) if number else str(each.result),  # type: ignore[arg-type]
        unit="" if unit == "1" else UNITS.get(unit, ("", unit))[1],
        flag=FLAGS[Flag(each.flag)],
        raw="" if each.raw is None else words.exact(each.raw),
        calibration=each.calibration,
        time=str(words.moment(time)),
    )
