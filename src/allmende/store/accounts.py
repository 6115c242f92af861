# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Organisations, people, their roles and their identities elsewhere."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.policy import Role
from allmende.store.connection import Connection, now

_ORGANISATION = "select id, name, parent, created from organisation"
_ACCOUNT = "select id, login, name, active, created, password_changed from account"


class Organisation(Struct, frozen=True):
    """An organisation with its names by language; `parent` is the id of the one above."""

    id: str
    name: dict[str, str]
    parent: str | None
    created: int


class Account(Struct, frozen=True):
    """A person who can sign in, with the roles by organisation; times in µs UTC."""

    id: str
    login: str
    name: str
    active: bool
    created: int
    password_changed: int
    roles: dict[str, frozenset[Role]] = {}


# --- organisations -------------------------------------------------------------------


def organisations(db: Connection) -> list[Organisation]:
    """All organisations in the order of their ids."""
    return [_organisation(row) for row in db.rows(f"{_ORGANISATION} order by id")]


def organisation(db: Connection, ident: str) -> Organisation | None:
    """One organisation."""
    row = db.row(f"{_ORGANISATION} where id = :id", id=ident)
    return _organisation(row) if row else None


def save_organisation(db: Connection, ident: str, name: dict[str, str], parent: str | None) -> bool:
    """Creates or changes an organisation; True when it is new."""
    known = organisation(db, ident) is not None
    db.run(
        "insert into organisation (id, name, parent, created) "
        "values (:id, :name, :parent, :created) "
        "on conflict (id) do update set name = excluded.name, parent = excluded.parent",
        id=ident,
        name=msgspec.json.encode(name, order="deterministic").decode(),
        parent=parent,
        created=now(),
    )
    return not known


def is_below(db: Connection, ident: str, ancestor: str) -> bool:
    """Whether `ident` is `ancestor` or stands somewhere below it."""
    return bool(
        db.value(
            "with recursive above (id) as ("
            " select id from organisation where id = :id"
            " union select parent from organisation join above using (id)"
            " where parent is not null) "
            "select count(*) from above where id = :ancestor",
            id=ident,
            ancestor=ancestor,
        )
    )


def below_of(db: Connection, idents: list[str]) -> list[str]:
    """Ids of all organisations that stand somewhere below one of these, sorted."""
    rows = db.rows(
        "with recursive below (id) as ("
        f" select id from organisation where {db.dialect.any_of('parent', 'idents')}"
        " union select organisation.id from organisation "
        "join below on organisation.parent = below.id) select id from below order by id",
        idents=db.dialect.list_value(idents),
    )
    return [ident for (ident,) in rows]


def _organisation(row: tuple[str, str, str | None, int]) -> Organisation:
    ident, name, parent, created = row
    return Organisation(ident, msgspec.json.decode(name, type=dict[str, str]), parent, created)


# --- accounts ------------------------------------------------------------------------


def accounts(db: Connection, organisation: str | None = None) -> list[Account]:
    """Accounts with a role in the organisation, or all, in the order of their logins."""
    where = ""
    if organisation is not None:
        where = "where {} in (select account from held_role where organisation = :organisation)"
    rows = db.rows(f"{_ACCOUNT} {where.format('id')} order by login", organisation=organisation)
    held = db.rows(
        f"select account, organisation, role from held_role {where.format('account')}",
        organisation=organisation,
    )
    of: dict[str, list[tuple[str, str]]] = {}
    for account_id, org, role in held:
        of.setdefault(account_id, []).append((org, role))
    return [_account(row, of.get(row[0], [])) for row in rows]


def account(db: Connection, ident: str) -> Account | None:
    """One account with its roles."""
    row = db.row(f"{_ACCOUNT} where id = :id", id=ident)
    return _account(row, memberships(db, ident)) if row else None


def names(db: Connection, idents: list[str]) -> dict[str, str]:
    """Names of accounts, service tokens and teams by their ids; what is gone is left out."""
    wanted, listed = db.dialect.any_of("id", "idents"), db.dialect.list_value(idents)
    rows = db.rows(
        f"select id, name from account where {wanted} "
        f"union all select id, name from service_token where {wanted} "
        f"union all select id, name from team where {wanted}",
        idents=listed,
    )
    return {ident: name for ident, name in rows}


def account_id(db: Connection, login: str) -> str | None:
    """Id of the account with this (normalised) login."""
    found: str | None = db.value("select id from account where login = :login", login=login)
    return found


def password_of(db: Connection, login: str) -> tuple[str, str, bool] | None:
    """Id, encoded hash and whether the account is active; None when there is no such login."""
    row = db.row("select id, password, active from account where login = :login", login=login)
    return (row[0], row[1], bool(row[2])) if row else None


def password_by_id(db: Connection, ident: str) -> tuple[str, bool] | None:
    """Encoded hash and whether the account is active; None when it is gone."""
    row = db.row("select password, active from account where id = :id", id=ident)
    return (row[0], bool(row[1])) if row else None


def add_account(db: Connection, ident: str, login: str, name: str, password: str) -> bool:
    """Adds an active account; False when the login is taken."""
    added = db.run(
        "insert into account (id, login, name, password, active, created, password_changed) "
        "values (:id, :login, :name, :password, 1, :at, :at) on conflict (login) do nothing",
        id=ident,
        login=login,
        name=name,
        password=password,
        at=now(),
    )
    return added == 1


def set_password(db: Connection, ident: str, password: str) -> None:
    """Replaces the encoded hash; every session and half a sign-in of the account ends."""
    db.run(
        "update account set password = :password, password_changed = :at where id = :id",
        id=ident,
        password=password,
        at=now(),
    )
    _end_all(db, ident)


def _end_all(db: Connection, ident: str) -> None:
    db.run("delete from page_session where account = :id", id=ident)
    db.run("delete from sign_in_step where account = :id", id=ident)


def renew_hash(db: Connection, ident: str, old: str, new: str) -> None:
    """Replaces a hash made with older parameters; the password and sessions stay."""
    db.run(
        "update account set password = :new where id = :id and password = :old",
        id=ident,
        old=old,
        new=new,
    )


def set_active(db: Connection, ident: str, active: bool) -> None:
    """Lets an account sign in or not; disabling ends its sessions."""
    db.run("update account set active = :active where id = :id", id=ident, active=int(active))
    if not active:
        _end_all(db, ident)


def delete_account(db: Connection, ident: str) -> None:
    """Removes the person with everything that is theirs: roles, sessions, keys, own tokens."""
    _end_all(db, ident)
    db.run("delete from account where id = :id", id=ident)


def memberships(db: Connection, ident: str) -> list[tuple[str, str]]:
    """Organisation and role, sorted; also those a team brings."""
    rows = db.rows(
        "select organisation, role from held_role where account = :id order by 1, 2", id=ident
    )
    return [(organisation, role) for organisation, role in rows]


def own_roles(db: Connection, ident: str) -> dict[str, frozenset[Role]]:
    """The roles a person was given, without those that a team brings."""
    rows = db.rows(
        "select organisation, role from membership where account = :id order by 1, 2", id=ident
    )
    return roles_by_organisation([(organisation, role) for organisation, role in rows])


def grant(db: Connection, ident: str, organisation: str, role: Role) -> bool:
    """Gives a role; False when the account had it."""
    return (
        db.run(
            "insert into membership (account, organisation, role) "
            "values (:account, :organisation, :role) on conflict do nothing",
            account=ident,
            organisation=organisation,
            role=str(role),
        )
        == 1
    )


def withdraw(db: Connection, ident: str, organisation: str, role: Role) -> bool:
    """Takes a role; False when the account did not have it."""
    return (
        db.run(
            "delete from membership where account = :account "
            "and organisation = :organisation and role = :role",
            account=ident,
            organisation=organisation,
            role=str(role),
        )
        == 1
    )


def roles_by_organisation(held: list[tuple[str, str]]) -> dict[str, frozenset[Role]]:
    """Pairs of organisation and role, gathered as a subject carries them."""
    gathered: dict[str, set[Role]] = {}
    for organisation, role in held:
        gathered.setdefault(organisation, set()).add(Role(role))
    return {organisation: frozenset(roles) for organisation, roles in gathered.items()}


def _account(row: tuple[str, str, str, int, int, int], held: list[tuple[str, str]]) -> Account:
    ident, login, name, active, created, changed = row
    roles = roles_by_organisation(held)
    return Account(ident, login, name, bool(active), created, changed, roles)


# --- identities elsewhere ------------------------------------------------------------


def link_identity(db: Connection, issuer: str, subject: str, account: str) -> bool:
    """Binds a subject of an OpenID provider to an account; False when it is bound already."""
    return (
        db.run(
            "insert into identity (issuer, subject, account, created) "
            "values (:issuer, :subject, :account, :created) on conflict do nothing",
            issuer=issuer,
            subject=subject,
            account=account,
            created=now(),
        )
        == 1
    )


def identities_of(db: Connection, account: str) -> list[tuple[str, str, int]]:
    """Issuer, subject and when it was bound (µs UTC), the oldest first."""
    return [
        (issuer, subject, created)
        for issuer, subject, created in db.rows(
            "select issuer, subject, created from identity where account = :account "
            "order by created, issuer",
            account=account,
        )
    ]


def unlink_identity(db: Connection, issuer: str, account: str) -> bool:
    """Unbinds an account from a provider; False when it was not bound."""
    return (
        db.run(
            "delete from identity where issuer = :issuer and account = :account",
            issuer=issuer,
            account=account,
        )
        > 0
    )


def account_of_identity(db: Connection, issuer: str, subject: str) -> str | None:
    """Id of the active account bound to a subject of an OpenID provider."""
    found: str | None = db.value(
        "select account from identity join account on account.id = identity.account "
        "where issuer = :issuer and subject = :subject and active = 1",
        issuer=issuer,
        subject=subject,
    )
    return found
