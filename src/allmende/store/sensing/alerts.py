# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Alerts of rules: which are on, since when, and what was sent to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, now

_COLUMNS = (
    "id, rule, alert, member, thing, organisation, level, active, message, value, since, until, "
    "seen, told, withheld, changed"
)
_NAMES = _COLUMNS.split(", ")


class Alert(Struct, kw_only=True):
    """An alert of one group of a rule; times µs UTC by the observations."""

    id: int = 0
    rule: str
    alert: str
    member: str
    thing: int
    organisation: str
    level: str
    active: bool
    message: dict[str, str]
    value: float | None
    since: int
    until: int | None
    seen: int
    told: int = 0
    withheld: int = 0
    changed: int = 0


def get(db: Connection, rule: str, alert: str, member: str) -> Alert | None:
    """The alert of a group."""
    row = db.row(
        f"select {_COLUMNS} from sense_alert where rule = :rule and alert = :alert "
        "and member = :member",
        rule=rule,
        alert=alert,
        member=member,
    )
    return _alert(row) if row else None


def put(db: Connection, alert: Alert) -> None:
    """Writes an alert; there is one of each group."""
    values = msgspec.structs.asdict(alert) | {
        "active": int(alert.active),
        "message": msgspec.json.encode(alert.message).decode(),
        "changed": now(),
    }
    del values["id"]
    names = [name for name in _NAMES if name != "id"]
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[3:])
    db.run(
        f"insert into sense_alert ({', '.join(names)}) "
        f"values ({', '.join(':' + name for name in names)}) "
        f"on conflict (rule, alert, member) do update set {sets}",
        **values,
    )


def listing(
    db: Connection, organisations: Sequence[str] | None, *, active: bool | None = None
) -> list[Alert]:
    """Up to 500 alerts of organisations (None: of all), the newest first."""
    conditions, values = ["1 = 1"], dict[str, Any]()
    if organisations is not None:
        conditions.append(db.dialect.any_of("organisation", "organisations"))
        values["organisations"] = db.dialect.list_value(list(organisations))
    if active is not None:
        conditions.append("active = :active")
        values["active"] = int(active)
    rows = db.rows(
        f"select {_COLUMNS} from sense_alert where {' and '.join(conditions)} "
        "order by active desc, changed desc, id limit 500",
        **values,
    )
    return [_alert(row) for row in rows]


def _alert(row: Sequence[Any]) -> Alert:
    values = dict(zip(_NAMES, row, strict=True))
    return Alert(
        **values
        | {"active": bool(values["active"]), "message": msgspec.json.decode(values["message"])}
    )


def sent_since(db: Connection, target: str, since: int) -> int:
    """How many messages went to a target after a time."""
    return int(
        db.value(
            "select count(*) from sense_alert_sent where target = :target and time >= :since",
            target=target,
            since=since,
        )
    )


def note_sent(db: Connection, target: str) -> None:
    """Remembers that a message goes to a target."""
    db.run(
        "insert into sense_alert_sent (target, time) values (:target, :at)",
        target=target,
        at=now(),
    )


def forget_sent(db: Connection, before: int) -> int:
    """Forgets messages that were sent before a time."""
    return db.run("delete from sense_alert_sent where time < :before", before=before)
