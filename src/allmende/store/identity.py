# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Second factors, recovery codes, passkeys, and the steps on the way to a session."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.policy import Role
from allmende.store.connection import Connection, now

MOST_STEPS = 20_000  # that wait at one time


class Factor(Struct, frozen=True):
    """One-time passwords of an account: sealed secret, last step used, since when (µs UTC)."""

    secret: bytes
    step: int
    confirmed: int | None
    created: int


class Passkey(Struct, frozen=True):
    """A passkey; `credential` is AAGUID, id and public key (WebAuthn §6.5.1)."""

    id: bytes
    account: str
    name: str
    credential: bytes
    counter: int
    created: int
    used: int | None


class Step(Struct, frozen=True):
    """A step on the way to a session, with its detail as the caller encoded it."""

    kind: str
    account: str
    detail: bytes
    tries: int
    expires: int


# --- one-time passwords --------------------------------------------------------------


def factor(db: Connection, account: str) -> Factor | None:
    """The second factor of an account, also one that is being set up."""
    row = db.row(
        "select secret, step, confirmed, created from second_factor where account = :account",
        account=account,
    )
    return Factor(bytes(row[0]), *row[1:]) if row else None


def has_factor(db: Connection, account: str) -> bool:
    """Whether the account asks for a second factor."""
    return (
        db.row(
            "select 1 from second_factor where account = :account and confirmed is not null",
            account=account,
        )
        is not None
    )


def begin_factor(db: Connection, account: str, secret: bytes) -> None:
    """Keeps a new secret that is not confirmed yet; a confirmed one stays as it is."""
    db.run(
        "delete from second_factor where account = :account and confirmed is null", account=account
    )
    db.run(
        "insert into second_factor (account, secret, step, created) "
        "values (:account, :secret, 0, :at) on conflict (account) do nothing",
        account=account,
        secret=secret,
        at=now(),
    )


def confirm_factor(db: Connection, account: str) -> bool:
    """The factor counts from now on; False when it did already."""
    changed = db.run(
        "update second_factor set confirmed = :at where account = :account and confirmed is null",
        account=account,
        at=now(),
    )
    return changed == 1


def use_step(db: Connection, account: str, step: int) -> bool:
    """Uses a step up; False when it or a later one was used."""
    changed = db.run(
        "update second_factor set step = :step where account = :account and step < :step",
        account=account,
        step=step,
    )
    return changed == 1


def remove_factor(db: Connection, account: str) -> bool:
    """Removes the second factor and its recovery codes; False when there was none."""
    db.run("delete from recovery_code where account = :account", account=account)
    return db.run("delete from second_factor where account = :account", account=account) == 1


def set_recovery_codes(db: Connection, account: str, digests: Sequence[bytes]) -> None:
    """Replaces the recovery codes of an account."""
    db.run("delete from recovery_code where account = :account", account=account)
    db.run_many(
        "insert into recovery_code (account, hash) values (:account, :hash)",
        [{"account": account, "hash": each} for each in digests],
    )


def use_recovery_code(db: Connection, account: str, digest: bytes) -> bool:
    """Uses a code up; False when it is unknown or was used."""
    changed = db.run(
        "update recovery_code set used = :at "
        "where account = :account and hash = :hash and used is null",
        account=account,
        hash=digest,
        at=now(),
    )
    return changed == 1


def recovery_codes_left(db: Connection, account: str) -> int:
    """How many recovery codes are not used."""
    return int(
        db.value(
            "select count(*) from recovery_code where account = :account and used is null",
            account=account,
        )
    )


# --- passkeys ------------------------------------------------------------------------

_PASSKEY = "select id, account, name, credential, counter, created, used from passkey"


def passkeys(db: Connection, account: str) -> list[Passkey]:
    """The passkeys of an account, the oldest first."""
    rows = db.rows(f"{_PASSKEY} where account = :account order by created, id", account=account)
    return [Passkey(bytes(row[0]), row[1], row[2], bytes(row[3]), *row[4:]) for row in rows]


def passkey(db: Connection, ident: bytes) -> Passkey | None:
    """A passkey of an active account."""
    row = db.row(
        f"{_PASSKEY} where id = :id and account in (select id from account where active = 1)",
        id=ident,
    )
    return Passkey(bytes(row[0]), row[1], row[2], bytes(row[3]), *row[4:]) if row else None


def add_passkey(db: Connection, key: Passkey) -> bool:
    """Adds a passkey; False when its id is known."""
    added = db.run(
        "insert into passkey (id, account, name, credential, counter, created) values "
        "(:id, :account, :name, :credential, :counter, :created) on conflict (id) do nothing",
        id=key.id,
        account=key.account,
        name=key.name,
        credential=key.credential,
        counter=key.counter,
        created=key.created,
    )
    return added == 1


def use_passkey(db: Connection, ident: bytes, counter: int) -> bool:
    """Notes a use; False when its counter did not grow, as of a copied device.

    Devices that do not count always say 0 (WebAuthn §6.1.1).
    """
    changed = db.run(
        "update passkey set used = :at, counter = :counter where id = :id "
        "and (counter < :counter or (counter = 0 and :counter = 0))",
        id=ident,
        counter=counter,
        at=now(),
    )
    return changed == 1


def remove_passkey(db: Connection, account: str, ident: bytes) -> bool:
    """Removes a passkey of an account; False when it is none of it."""
    removed = db.run(
        "delete from passkey where account = :account and id = :id", account=account, id=ident
    )
    return removed == 1


# --- steps on the way to a session ---------------------------------------------------


def add_step(
    db: Connection, digest: bytes, kind: str, account: str, detail: bytes, expires: int
) -> bool:
    """Adds a step and forgets the ones that have expired; False when too many wait."""
    forget_steps(db)
    if int(db.value("select count(*) from sign_in_step")) >= MOST_STEPS:
        return False
    db.run(
        "insert into sign_in_step (hash, kind, account, detail, expires) "
        "values (:hash, :kind, :account, :detail, :expires)",
        hash=digest,
        kind=kind,
        account=account,
        detail=detail,
        expires=expires,
    )
    return True


def step(db: Connection, digest: bytes, kind: str) -> Step | None:
    """A step of this kind that has not expired."""
    row = db.row(
        "select kind, account, detail, tries, expires from sign_in_step "
        "where hash = :hash and kind = :kind and expires > :at",
        hash=digest,
        kind=kind,
        at=now(),
    )
    return Step(row[0], row[1], bytes(row[2]), row[3], row[4]) if row else None


def take_step(db: Connection, digest: bytes, kind: str) -> Step | None:
    """The same, and it is good only once."""
    found = step(db, digest, kind)
    db.run("delete from sign_in_step where hash = :hash", hash=digest)
    return found


def try_step(db: Connection, digest: bytes) -> int:
    """Counts a try; how many they are."""
    return int(
        db.value(
            "update sign_in_step set tries = tries + 1 where hash = :hash returning tries",
            hash=digest,
        )
        or 0
    )


def forget_steps(db: Connection, account: str = "") -> int:
    """Forgets steps that have expired, and all of an account; how many."""
    return db.run(
        "delete from sign_in_step where expires <= :at or (account = :account and account <> '')",
        at=now(),
        account=account,
    )


# --- what providers say --------------------------------------------------------------


def is_bound(db: Connection, issuer: str, subject: str) -> bool:
    """Whether somebody is bound to a subject of a provider, also a disabled account."""
    return (
        db.row(
            "select 1 from identity where issuer = :issuer and subject = :subject",
            issuer=issuer,
            subject=subject,
        )
        is not None
    )


def provided_roles(db: Connection, account: str, provider: str) -> set[tuple[str, Role]]:
    """Organisation and role that a provider brought."""
    rows = db.rows(
        "select organisation, role from provided_role "
        "where account = :account and provider = :provider",
        account=account,
        provider=provider,
    )
    return {(organisation, Role(role)) for organisation, role in rows}


def add_provided(
    db: Connection, account: str, provider: str, organisation: str, role: Role
) -> None:
    """Notes that a provider brought a role."""
    db.run(
        "insert into provided_role (account, provider, organisation, role) "
        "values (:account, :provider, :organisation, :role) on conflict do nothing",
        account=account,
        provider=provider,
        organisation=organisation,
        role=str(role),
    )


def remove_provided(
    db: Connection, account: str, provider: str, organisation: str, role: Role
) -> None:
    """Forgets that a provider brought a role."""
    db.run(
        "delete from provided_role where account = :account and provider = :provider "
        "and organisation = :organisation and role = :role",
        account=account,
        provider=provider,
        organisation=organisation,
        role=str(role),
    )
