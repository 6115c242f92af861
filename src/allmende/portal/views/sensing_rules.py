# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules over measurements: the list with its alerts, and each in a form, tried before it is on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from allmende.core import people
from allmende.core.sensing import alerts, rules
from allmende.core.sensing import listing as things
from allmende.core.sensing.rules import Stored, Trial
from allmende.errors import AllmendeError, NotAllowed, NotFound
from allmende.policy import SYSTEM, Role, Subject
from allmende.portal import sensing_words as words
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page

MOST_SHOWN = 200
"""Results of one group that a trial shows, the newest."""
START = """title = { de = "Mittlere Bodentemperatur", en = "Mean soil temperature" }
each = "thing"

[inputs.value]
property = "soil-temperature"
unit = "Cel"
take = "last"
over = "PT6H"

[outputs.mean]
name = { de = "Bodentemperatur im Mittel", en = "Soil temperature, mean" }
value = "mean(value)"
unit = "Cel"
"""
_INSIDERS = (Role.READER, Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


async def listing(page: Page) -> Response:
    """The rules of the subject's organisations and the alerts that last."""
    _require_insider(page.subject)
    found = await rules.listing(page.platform, page.subject)
    told = await alerts.listing(page.platform, page.subject)
    title = str(page.words("rules.title"))
    return page.render(
        "sensing_rules.html",
        title=title,
        crumbs=[Crumb(str(page.words("sense.title")), page.at("/things")), Crumb(title)],
        rules=[(each, page.said(each.title), page.at(f"/rules/{each.id}")) for each in found],
        alerts=[(each, page.said(each.message), page.at(f"/things/{each.thing}")) for each in told],
        new=page.at("/rules/new") if await _organisations(page) else "",
    )


def _require_insider(subject: Subject) -> None:
    if not subject.organisations(*_INSIDERS):
        raise NotFound("There is no such page.", "Diese Seite gibt es nicht.")


async def _organisations(page: Page) -> list[tuple[str, str]]:
    """Organisations whose rules the subject looks after, with their names."""
    found = await people.organisations(page.platform, SYSTEM)
    return [
        (each.id, page.said(each.name).text or each.id)
        for each in found
        if rules.may_change(page.subject, each.id)
    ]


async def new(page: Page) -> Response:
    """An empty form."""
    _require_insider(page.subject)
    return await _form(page, None, {"document": START})


async def one(page: Page) -> Response:
    """A rule in a form, which only stewards can send."""
    found = await rules.get(page.platform, page.subject, page.request.path_params["id"])
    return await _form(page, found, {"document": found.document, "id": found.id})


async def _form(
    page: Page,
    found: Stored | None,
    form: Mapping[str, str],
    *,
    error: AllmendeError | None = None,
    trial: Trial | None = None,
    note: str = "",
) -> Response:
    title = page.said(found.title).text if found else str(page.words("rules.new"))
    organisations = await _organisations(page)
    outputs = versions = []
    if found:
        outputs = await rules.outputs(page.platform, page.subject, found.id)
        versions = await rules.versions(page.platform, page.subject, found.id)
    may_change = (
        rules.may_change(page.subject, found.organisation) if found else bool(organisations)
    )
    today = datetime.now(UTC).date()
    return page.render(
        "sensing_rule.html",
        title=title,
        crumbs=[Crumb(str(page.words("rules.title")), page.at("/rules")), Crumb(title)],
        csrf=csrf(page),
        rule=found,
        form={
            "id": form.get("id", ""),
            "organisation": form.get("organisation", ""),
            "document": form.get("document", ""),
            "from": form.get("from", "") or str(today - timedelta(days=7)),
            "to": form.get("to", "") or str(today + timedelta(days=1)),
        },
        organisations=organisations,
        may_change=may_change,
        faults=_faults(page, error),
        problem=page.said(found.problem).text if found and found.problem else "",
        trial=trial,
        fruitful=[each for each in trial.groups if each.written] if trial else [],
        fruitless=[each.name for each in trial.groups if not each.written] if trial else [],
        most=MOST_SHOWN,
        outputs=await _outputs(page, outputs[:MOST_SHOWN]),
        written=len(outputs),
        versions=versions,
        note=note,
        here=page.at(f"/rules/{found.id}" if found else "/rules/new"),
    )


async def _outputs(page: Page, outputs: list[tuple[int, str, str]]) -> list[tuple[str, str, str]]:
    """Output, name and address of the datastreams that a rule writes, by name."""
    idents = [stream for stream, _, _ in outputs]
    found = await things.streams(page.platform, page.subject, idents)
    names = {
        each.stream.id: f"{each.thing.name} – {words.title(page, each.stream)}" for each in found
    }
    listed = [
        (output, names.get(stream, str(stream)), page.at(f"/datastreams/{stream}"))
        for stream, output, _ in outputs
    ]
    return sorted(listed, key=lambda each: each[1].casefold())


def _faults(page: Page, error: AllmendeError | None) -> list[tuple[str, str]]:
    """Each fault with the member it is about, "" when there is none."""
    if error is None:
        return []
    findings = getattr(error, "findings", ())
    if findings:
        return [(each.place, each.text[page.language]) for each in findings]
    return [("", error.text[page.language])]


async def act(page: Page) -> Response:
    """Saves, tries, switches or removes a rule, as the pressed button says."""
    form = await checked_form(page)
    ident = page.request.path_params.get("id", "")
    found = await rules.get(page.platform, page.subject, ident) if ident else None
    try:
        return await _done(page, found, form)
    except AllmendeError as error:
        if isinstance(error, NotAllowed) or error.status in (401, 404):
            raise
        return await _form(page.with_status(error.status), found, form, error=error)


async def _done(page: Page, found: Stored | None, form: Mapping[str, str]) -> Response:
    do = form.get("do", "save")
    platform, subject = page.platform, page.subject
    organisation = found.organisation if found else form.get("organisation", "")
    document = form.get("document", "")
    if do == "try":
        start, end = _span(form)
        tried = await rules.trial(platform, subject, organisation, document, start, end)
        return await _form(page, found, form, trial=tried)
    if found and do in ("on", "off"):
        await rules.switch(platform, subject, found.id, do == "on")
        return page.redirect(f"/rules/{found.id}")
    if found and do == "remove":
        await rules.remove(platform, subject, found.id)
        return page.redirect("/rules")
    ident = found.id if found else form.get("id", "").strip()
    saved = await rules.save(platform, subject, ident, organisation, document)
    return page.redirect(f"/rules/{saved.id}")


def _span(form: Mapping[str, str]) -> tuple[int, int]:
    """The days of a trial in µs UTC; the last week when they are not understood."""
    now = datetime.now(UTC)
    found = []
    for name, instead in (("from", now - timedelta(days=7)), ("to", now + timedelta(days=1))):
        text = form.get(name, "")
        try:
            day = datetime.fromisoformat(text) if _DAY.fullmatch(text) else instead
        except ValueError:
            day = instead
        found.append(int(day.replace(tzinfo=UTC).timestamp()) * 1_000_000)
    return found[0], found[1]
