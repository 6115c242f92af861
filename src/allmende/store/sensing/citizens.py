# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sensors of citizens as they are known, codes people join with, parties and licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, now

Text = dict[str, str]


class Sensor(Struct, kw_only=True):
    """A sensor of a citizen; times in µs UTC."""

    id: int = 0
    account: str
    thing: int | None = None
    name: str
    kind: str
    eui: str | None = None
    secret_made: int | None = None
    status: str
    shown_as: str = ""
    detail: str
    place: dict[str, Any]
    place_name: str = ""
    exact: dict[str, Any] | None = None
    licence: str
    shown: list[str]
    inside: list[str]
    consent: str
    consented: int
    hidden: str | None = None
    hidden_at: int | None = None
    seen: int | None = None
    taken: int = 0
    refused: int = 0
    problem: Text | None = None
    created: int = 0
    changed: int = 0

    @property
    def quantities(self) -> list[str]:
        """Everything it measures."""
        return [*self.shown, *self.inside]


_NAMES = Sensor.__struct_fields__
_JSON = frozenset({"place", "exact", "shown", "inside", "problem"})
_SELECT = f"select {', '.join(_NAMES)} from citizen_device"
MOST_LISTED = 1_000


def add(db: Connection, sensor: Sensor, secret: bytes | None) -> int:
    """Adds a sensor; its number."""
    values = _kept(msgspec.structs.asdict(sensor))
    values |= {"created": now(), "changed": now(), "secret": secret}
    del values["id"]
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    return int(
        db.value(f"insert into citizen_device ({names}) values ({marks}) returning id", **values)
    )


def one(db: Connection, ident: int) -> Sensor | None:
    """The sensor with a number."""
    row = db.row(f"{_SELECT} where id = :id", id=ident)
    return _sensor(row) if row else None


def by_secret(db: Connection, secret: bytes) -> Sensor | None:
    """The sensor whose key this is the checksum of."""
    row = db.row(f"{_SELECT} where secret = :secret", secret=secret)
    return _sensor(row) if row else None


def by_eui(db: Connection, eui: str) -> Sensor | None:
    """The sensor with an EUI."""
    row = db.row(f"{_SELECT} where eui = :eui", eui=eui)
    return _sensor(row) if row else None


def by_thing(db: Connection, thing: int) -> Sensor | None:
    """The sensor a thing is of."""
    row = db.row(f"{_SELECT} where thing = :thing order by id limit 1", thing=thing)
    return _sensor(row) if row else None


def of_account(db: Connection, account: str) -> list[Sensor]:
    """The sensors of a person in the order they came."""
    rows = db.rows(f"{_SELECT} where account = :account order by id", account=account)
    return [_sensor(row) for row in rows]


def every(db: Connection, after: int = 0) -> list[Sensor]:
    """Up to 1,000 sensors behind a number."""
    rows = db.rows(f"{_SELECT} where id > :after order by id limit {MOST_LISTED}", after=after)
    return [_sensor(row) for row in rows]


def change(db: Connection, ident: int, **values: Any) -> None:
    """Sets columns of a sensor, `secret` among them."""
    kept = _kept(values) | {"changed": now()}
    places = ", ".join(f"{name} = :{name}" for name in kept)
    db.run(f"update citizen_device set {places} where id = :id", **kept, id=ident)


def count(db: Connection, ident: int, minute: int, n: int) -> int:
    """Counts `n` observations of a minute; how many they are with those before."""
    found: int = db.value(
        "update citizen_device set "
        "sent = case when minute = :minute then sent + :n else :n end, minute = :minute "
        "where id = :id returning sent",
        id=ident,
        minute=minute,
        n=n,
    )
    return found


def heard(db: Connection, ident: int, taken: int, refused: int, problem: Text | None) -> None:
    """Notes that a message came, and what became of its observations."""
    db.run(
        "update citizen_device set seen = :at, taken = taken + :taken, "
        "refused = refused + :refused, problem = :problem where id = :id",
        id=ident,
        at=now(),
        taken=taken,
        refused=refused,
        problem=None if problem is None else msgspec.json.encode(problem).decode(),
    )


def remove(db: Connection, ident: int) -> None:
    """Forgets a sensor; its thing is somebody else's business."""
    db.run("delete from citizen_device where id = :id", id=ident)


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: msgspec.json.encode(value).decode() if name in _JSON and value is not None else value
        for name, value in values.items()
    }


def _sensor(row: Sequence[Any]) -> Sensor:
    values = dict(zip(_NAMES, row, strict=True))
    for name in _JSON:
        if values[name] is not None:
            values[name] = msgspec.json.decode(values[name])
    return Sensor(**values)


def leave(db: Connection, account: str) -> None:
    """Ends the sensors of a person who is gone; what they measured stays, anonymous."""
    db.run(
        "update citizen_device set account = '', status = 'stopped', secret = null, "
        "exact = null, eui = null, shown_as = '', problem = null where account = :account",
        account=account,
    )
    forget_parties(db, account)


# --- who and under which terms ---


def party(db: Connection, organisation: str, account: str, name: str) -> int:
    """The party (STAplus) of a person under a name; one of all who are anonymous."""
    owner = account if name else ""
    found = db.value(
        "select id from sense_party where organisation = :organisation and role = 'individual' "
        "and account = :account and name = :name",
        organisation=organisation,
        account=owner,
        name=name or "anonymous",
    )
    if found is not None:
        return int(found)
    return int(
        db.value(
            "insert into sense_party (role, name, description, account, organisation, created, "
            "changed) values ('individual', :name, :about, :account, :organisation, :at, :at) "
            "returning id",
            name=name or "anonymous",
            about="Bürgerin oder Bürger / citizen",
            account=owner,
            organisation=organisation,
            at=now(),
        )
    )


def licence(db: Connection, organisation: str, name: str, about: str, definition: str) -> int:
    """The licence (STAplus) with an address."""
    found = db.value(
        "select id from sense_license where organisation = :organisation "
        "and definition = :definition",
        organisation=organisation,
        definition=definition,
    )
    if found is not None:
        return int(found)
    return int(
        db.value(
            "insert into sense_license (name, description, definition, organisation, created, "
            "changed) values (:name, :about, :definition, :organisation, :at, :at) returning id",
            name=name,
            about=about,
            definition=definition,
            organisation=organisation,
            at=now(),
        )
    )


def forget_parties(db: Connection, account: str, *, unused: bool = False) -> None:
    """Removes the parties of a person that nothing refers to; the others lose their name.

    With `unused`, the others stay as they are.
    """
    for (ident,) in db.rows("select id from sense_party where account = :account", account=account):
        used = any(
            db.row(f"select 1 from {table} where party = :id limit 1", id=ident)
            for table in ("sense_thing", "sense_datastream", "sense_campaign", "sense_group")
        )
        if not used:
            db.run("delete from sense_party where id = :id", id=ident)
        elif not unused:
            db.run(
                "update sense_party set name = 'anonymous', account = '', changed = :at "
                "where id = :id",
                id=ident,
                at=now(),
            )


# --- codes ---


class Code(Struct, frozen=True):
    """A code that somebody was sent or given: to join, to set a password, or an invitation."""

    kind: str
    email: str
    account: str
    created_by: str
    expires: int
    tries: int


def add_code(
    db: Connection,
    digest: bytes,
    kind: str,
    expires: int,
    *,
    email: str = "",
    account: str = "",
    created_by: str = "",
) -> None:
    """Adds a code; an older one for the same address is void."""
    if email:
        db.run("delete from citizen_code where email = :email", email=email)
    db.run(
        "insert into citizen_code (hash, kind, email, account, created_by, created, expires) "
        "values (:hash, :kind, :email, :account, :created_by, :at, :expires)",
        hash=digest,
        kind=kind,
        email=email,
        account=account,
        created_by=created_by,
        at=now(),
        expires=expires,
    )  # fmt: skip


def code(db: Connection, digest: bytes, most_tries: int) -> Code | None:
    """A code that is still good."""
    row = db.row(
        "select kind, email, account, created_by, expires, tries from citizen_code "
        "where hash = :hash and expires > :at and tries < :most",
        hash=digest,
        at=now(),
        most=most_tries,
    )
    return Code(*row) if row else None


def tried(db: Connection, digest: bytes) -> None:
    """Counts a use of a code that came to nothing."""
    db.run("update citizen_code set tries = tries + 1 where hash = :hash", hash=digest)


def remove_code(db: Connection, digest: bytes) -> bool:
    """Uses a code up; False when somebody else just did."""
    return db.run("delete from citizen_code where hash = :hash", hash=digest) == 1


def invitations(db: Connection) -> int:
    """How many invitations are open."""
    return int(
        db.value(
            "select count(*) from citizen_code where kind = 'invite' and expires > :at", at=now()
        )
    )


def forget_person(db: Connection, account: str, email: str) -> None:
    """Removes the codes of a person."""
    db.run("delete from citizen_code where account = :account and account <> ''", account=account)
    db.run("delete from citizen_code where email = :email and email <> ''", email=email)


def forget_codes(db: Connection) -> int:
    """Deletes codes that have expired; how many."""
    return db.run("delete from citizen_code where expires <= :at", at=now())
