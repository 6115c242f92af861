# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who is asking: the subject of every read and write."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

EVERY_ORGANISATION = "*"


class Role(StrEnum):
    """What a subject may do for one organisation.

    reader        sees internal metadata and data of the organisation
    contributor   a reader who writes drafts
    steward       a contributor who publishes, classifies and archives, and harvests
    gatekeeper    sees everything of the organisation and releases drafts, but writes nothing
    administrator a steward who also manages people; for `*` the whole platform
    citizen       nothing of the organisation; looks after own sensors only
    """

    READER = "reader"
    CONTRIBUTOR = "contributor"
    STEWARD = "steward"
    GATEKEEPER = "gatekeeper"
    ADMINISTRATOR = "administrator"
    CITIZEN = "citizen"


GERMAN = {
    Role.READER: "Lesen",
    Role.CONTRIBUTOR: "Mitarbeit",
    Role.STEWARD: "Datenverantwortung",
    Role.GATEKEEPER: "Freigabe",
    Role.ADMINISTRATOR: "Verwaltung",
    Role.CITIZEN: "Eigene Sensoren",
}
"""What the roles are called in German."""


class Scope(StrEnum):
    """What a token may be used for at most; a person's session has every scope."""

    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    SENSORS_WRITE = "sensors:write"
    HARVEST_RUN = "harvest:run"
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)


class Own(Struct, frozen=True):
    """The one thing a sensor's key may add observations of: how many and of when.

    `late` and `early` are µs before and after now, `per_minute` counts observations.
    """

    device: int
    thing: int
    per_minute: int
    late: int
    early: int


class Grant(Struct, frozen=True):
    """The data of one dataset, opened to somebody on request until a moment (µs UTC)."""

    dataset: str
    until: int


class Subject(Struct, frozen=True):
    """A person, a program or nobody in particular, with its roles per organisation.

    `grants` are those that were good when the subject was found out.
    """

    kind: Literal["anonymous", "user", "token", "system"]
    id: str = ""
    name: str = ""
    roles: dict[str, frozenset[Role]] = {}
    scopes: frozenset[Scope] = ALL_SCOPES
    own: Own | None = None
    grants: tuple[Grant, ...] = ()

    def organisations(self, *roles: Role) -> tuple[str, ...]:
        """Ids of the organisations in which the subject has one of the roles, sorted."""
        wanted = frozenset(roles)
        return tuple(sorted(org for org, held in self.roles.items() if held & wanted))

    def has(self, organisation: str, *roles: Role) -> bool:
        """Whether the subject has one of the roles in the organisation or everywhere."""
        held = self.roles.get(organisation, frozenset()) | self.roles.get(
            EVERY_ORGANISATION, frozenset()
        )
        return not held.isdisjoint(roles)


ANONYMOUS = Subject(kind="anonymous", scopes=frozenset({Scope.CATALOGUE_READ}))
SYSTEM = Subject(
    kind="system",
    id="system",
    name="Allmende",
    roles={EVERY_ORGANISATION: frozenset({Role.ADMINISTRATOR})},
)
