# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Teams of organisations, invitations, and what is known of one person."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.policy import Role
from allmende.store.audit import AuditEntry
from allmende.store.connection import Connection, Row, now

Roles = dict[str, frozenset[Role]]
MOST_DEEDS = 10_000  # of one person that are told


class Team(Struct, frozen=True):
    """A team of an organisation with its members' ids; with a role, all of them have it there."""

    id: str
    organisation: str
    name: str
    role: Role | None
    members: tuple[str, ...] = ()


class Invitation(Struct, frozen=True):
    """An invitation that nobody has accepted yet; times in µs UTC."""

    id: str
    email: str
    name: str
    roles: Roles
    team: str
    invited_by: str
    created: int
    expires: int


# --- teams ---------------------------------------------------------------------------

_TEAM = "select id, organisation, name, role from team"


def teams(db: Connection, organisation: str) -> list[Team]:
    """The teams of an organisation by name."""
    rows = db.rows(f"{_TEAM} where organisation = :it order by name, id", it=organisation)
    return [_team(db, row) for row in rows]


def team(db: Connection, ident: str) -> Team | None:
    """One team."""
    row = db.row(f"{_TEAM} where id = :id", id=ident)
    return _team(db, row) if row else None


def teams_of(db: Connection, account: str) -> list[Team]:
    """The teams a person is in; of their members only this one."""
    rows = db.rows(
        f"{_TEAM} where id in (select team from team_member where account = :account) "
        "order by organisation, name",
        account=account,
    )
    return [Team(row[0], row[1], row[2], Role(row[3]) if row[3] else None) for row in rows]


def save_team(db: Connection, ident: str, organisation: str, name: str, role: Role | None) -> None:
    """Creates or changes a team; its organisation stays."""
    db.run(
        "insert into team (id, organisation, name, role, created) "
        "values (:id, :organisation, :name, :role, :at) "
        "on conflict (id) do update set name = excluded.name, role = excluded.role",
        id=ident,
        organisation=organisation,
        name=name,
        role=str(role) if role else "",
        at=now(),
    )


def remove_team(db: Connection, ident: str) -> None:
    """Removes a team; its members stay as people."""
    db.run("delete from team where id = :id", id=ident)


def join_team(db: Connection, ident: str, account: str) -> bool:
    """Adds a member; False when it was one."""
    added = db.run(
        "insert into team_member (team, account) values (:team, :account) on conflict do nothing",
        team=ident,
        account=account,
    )
    return added == 1


def leave_team(db: Connection, ident: str, account: str) -> bool:
    """Removes a member; False when it was none."""
    removed = db.run(
        "delete from team_member where team = :team and account = :account",
        team=ident,
        account=account,
    )
    return removed == 1


def _team(db: Connection, row: Row) -> Team:
    ident, organisation, name, role = row
    members = db.rows("select account from team_member where team = :id order by 1", id=ident)
    return Team(
        ident, organisation, name, Role(role) if role else None, tuple(each for (each,) in members)
    )


# --- invitations ---------------------------------------------------------------------

_INVITATION = "select id, email, name, roles, team, invited_by, created, expires from invitation"


def add_invitation(db: Connection, digest: bytes, invitation: Invitation) -> None:
    """Adds an invitation; an older one to the same address for the same is replaced."""
    db.run("delete from invitation where expires <= :at", at=now())
    roles = msgspec.json.encode(
        {org: sorted(held) for org, held in invitation.roles.items()}, order="deterministic"
    ).decode()
    db.run(
        "delete from invitation where email = :email and roles = :roles and team = :team",
        email=invitation.email,
        roles=roles,
        team=invitation.team,
    )
    db.run(
        "insert into invitation (id, hash, email, name, roles, team, invited_by, created, expires) "
        "values (:id, :hash, :email, :name, :roles, :team, :invited_by, :created, :expires)",
        id=invitation.id,
        hash=digest,
        email=invitation.email,
        name=invitation.name,
        roles=roles,
        team=invitation.team,
        invited_by=invitation.invited_by,
        created=invitation.created,
        expires=invitation.expires,
    )


def invitation(db: Connection, digest: bytes) -> Invitation | None:
    """The invitation of a code, unless it is over."""
    row = db.row(f"{_INVITATION} where hash = :hash and expires > :at", hash=digest, at=now())
    return _invitation(row) if row else None


def invitations(db: Connection) -> list[Invitation]:
    """All open invitations, the newest first."""
    rows = db.rows(f"{_INVITATION} where expires > :at order by created desc, id", at=now())
    return [_invitation(row) for row in rows]


def remove_invitation(db: Connection, ident: str) -> bool:
    """Removes an invitation; False when there is none."""
    return db.run("delete from invitation where id = :id", id=ident) == 1


def forget_invitations(db: Connection, email: str) -> None:
    """Removes all invitations to an address."""
    db.run("delete from invitation where email = :email", email=email)


def _invitation(row: Row) -> Invitation:
    ident, email, name, roles, *rest = row
    read = msgspec.json.decode(roles, type=dict[str, frozenset[Role]])
    return Invitation(ident, email, name, read, *rest)


# --- one person ----------------------------------------------------------------------


def deeds_of(db: Connection, ident: str) -> list[AuditEntry]:
    """What a person did and what was done to them, the newest first, at most 10,000."""
    rows = db.rows(
        "select sequence, at, actor, action, target, organisation, outcome from audit "
        f"where actor = :id or target = :id order by sequence desc limit {MOST_DEEDS}",
        id=ident,
    )
    return [AuditEntry(*row) for row in rows]


def revisions_by(db: Connection, ident: str) -> list[tuple[str, str, int, int]]:
    """Kind, id, number and time of the revisions of records a person wrote, at most 10,000."""
    rows = db.rows(
        "select resource.kind, resource.id, revision.number, revision.at from revision "
        "join resource on resource.key = revision.resource where revision.actor = :id "
        f"order by revision.at desc limit {MOST_DEEDS}",
        id=ident,
    )
    return [(kind, resource, number, at) for kind, resource, number, at in rows]


def platform_administrators(db: Connection, but: str) -> int:
    """How many active accounts administer everything, without this one."""
    return int(
        db.value(
            "select count(distinct held.account) from held_role as held "
            "join account on account.id = held.account "
            "where held.organisation = '*' and held.role = 'administrator' "
            "and account.active = 1 and account.id <> :but",
            but=but,
        )
    )
