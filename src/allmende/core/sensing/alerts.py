# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Telling people and programs what rules have noticed, and that it is over.

An alert is told once when it begins and once when it ends, however many observations say the
same. Messages are put in with the change that caused them and sent by jobs, which try again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from allmende.core import mail
from allmende.core.platform import Platform
from allmende.core.sensing.rule_counting import Told
from allmende.core.sensing.rule_groups import Active, Group
from allmende.errors import Busy, InvalidInput
from allmende.model.sensing.rule_values import single, value_of
from allmende.model.sensing.rules import Alert as Said
from allmende.policy import EVERY_ORGANISATION, Role, Subject
from allmende.store import Connection, jobs, now
from allmende.store.sensing import alerts as rows
from allmende.store.sensing.alerts import Alert

__all__ = ["Alert"]

WEBHOOK, PUBLISH, FORGET = "alert-webhook", "alert-publish", "alert-forget"
TRIES = 8
SECOND = 1_000_000
HOUR = 3_600 * SECOND
MOST_AN_HOUR = 20
"""Messages to one target in an hour; more are withheld and counted."""
OLD = 24 * HOUR
"""What was observed longer ago (µs) changes an alert but is told to nobody."""
_INSIDERS = (Role.READER, Role.CONTRIBUTOR, Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR)


async def listing(
    platform: Platform, subject: Subject, *, active: bool | None = None
) -> list[Alert]:
    """Alerts of the organisations the subject belongs to, those that last first."""
    held = subject.organisations(*_INSIDERS)
    if not held:
        return []
    wanted = None if EVERY_ORGANISATION in held else list(held)
    return await platform.store.read(lambda db: rows.listing(db, wanted, active=active))


def consider(db: Connection, active: Active, group: Group, last: Told, zone: str) -> None:
    """Begins and ends the alerts of a group by what came out last; a part of a transaction."""
    for said in active.program.rule.alerts:
        when, clear = active.program.alerts[said.id]
        there = rows.get(db, active.stored.id, said.id, group.key)
        if there is not None and there.seen > last.time:
            continue
        was = there is not None and there.active
        begun = single(value_of(when, last.values)) is True
        over = single(value_of(clear, last.values)) is True if clear is not None else not begun
        if (was and over and not begun) or (not was and begun):
            _turn(db, active, group, last, said, there, zone)
        elif there is not None:
            there.seen = last.time
            rows.put(db, there)


def _turn(
    db: Connection,
    active: Active,
    group: Group,
    last: Told,
    said: Said,
    there: Alert | None,
    zone: str,
) -> None:
    begins = there is None or not there.active
    alert = Alert(
        rule=active.stored.id,
        alert=said.id,
        member=group.key,
        thing=group.thing,
        organisation=active.stored.organisation,
        level=said.level,
        active=begins,
        message={tag: _filled(text, group, last) for tag, text in said.text.items()},
        value=_value(active, last),
        since=last.time if begins or there is None else there.since,
        until=None if begins else last.time,
        seen=last.time,
        told=there.told if there else 0,
        withheld=there.withheld if there else 0,
    )
    if last.time >= now() - OLD:
        for target in said.to:
            if _may_send(db, target):
                _send(db, target, active, group, alert, zone)
                alert.told += 1
            else:
                alert.withheld += 1
    rows.put(db, alert)


def _filled(text: str, group: Group, last: Told) -> str:
    """The text with {name} and the values that were counted in place of their names."""
    found = text.replace("{name}", group.name)
    for name, value in last.values.items():
        one = single(value)
        shown_ = f"{one:.4g}" if isinstance(one, float) else str(one if one is not None else "–")
        found = found.replace("{" + name + "}", shown_)
    return found[:1_000]


def _value(active: Active, last: Told) -> float | None:
    numbers = [each for each in last.results.values() if type(each) is float]
    return numbers[0] if numbers else None


def _may_send(db: Connection, target: str) -> bool:
    return rows.sent_since(db, target, now() - HOUR) < MOST_AN_HOUR


def _send(
    db: Connection, target: str, active: Active, group: Group, alert: Alert, zone: str
) -> None:
    rows.note_sent(db, target)
    kind, _, rest = target.partition(":")
    if kind == "mailto":
        try:
            mail.put(db, rest, *_letter(active, group, alert, zone))
        except (InvalidInput, Busy):
            alert.withheld += 1
        return
    arguments = {
        "id": f"msg_{secrets.token_hex(12)}",
        "target": target if kind != "mqtt" else rest,
        "message": _message(group, alert),
    }
    jobs.enqueue(db, PUBLISH if kind == "mqtt" else WEBHOOK, arguments, most_tries=TRIES)


def _letter(active: Active, group: Group, alert: Alert, zone: str) -> tuple[str, str]:
    """Subject and text of a letter, in German and English."""
    title = active.program.rule.title
    state = ("Meldung", "Alert") if alert.active else ("Entwarnung", "All clear")
    subject = f"{state[0]}: {title.get('de') or title.get('en')} – {group.name}"
    moment = alert.seen // SECOND
    local = datetime.fromtimestamp(moment, ZoneInfo(zone))
    text = (
        f"{state[0]}: {alert.message.get('de') or alert.message.get('en')}\n"
        f"Ort: {group.name}\n"
        f"Gemessen: {local:%d.%m.%Y %H:%M}\n\n"
        f"{state[1]}: {alert.message.get('en') or alert.message.get('de')}\n"
        f"Place: {group.name}\n"
        f"Measured: {local:%Y-%m-%d %H:%M}\n"
    )
    return subject, text


def _message(group: Group, alert: Alert) -> dict[str, Any]:
    """An alert as JSON, for programs."""
    return {
        "rule": alert.rule,
        "alert": alert.alert,
        "state": "active" if alert.active else "over",
        "level": alert.level,
        "name": group.name,
        "thing": alert.thing,
        "text": alert.message,
        "value": alert.value,
        "since": _iso(alert.since),
        "until": None if alert.until is None else _iso(alert.until),
    }


def _iso(time: int) -> str:
    return datetime.fromtimestamp(time / SECOND, UTC).isoformat().replace("+00:00", "Z")


async def forget(platform: Platform, _arguments: Mapping[str, Any]) -> None:
    """Forgets what was sent to whom when it no longer counts."""
    await platform.store.write(rows.forget_sent, now() - 2 * HOUR)
