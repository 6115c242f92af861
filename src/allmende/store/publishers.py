# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How organisations stand in their records: as publisher and as contact."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from allmende.model.catalogue import Agent, Kind
from allmende.store.connection import Connection, now

_encode = msgspec.json.Encoder().encode
_agent = msgspec.json.Decoder(Agent).decode
_kind = msgspec.json.Decoder(Kind).decode


class Publisher(Struct, kw_only=True):
    """Publisher and contact of an organisation; revision 0 when nobody has said them."""

    organisation: str
    revision: int = 0
    agent: Agent = msgspec.field(default_factory=Agent)
    contact: Kind = msgspec.field(default_factory=Kind)


def find(db: Connection, organisation: str) -> Publisher | None:
    """What was said of an organisation."""
    row = db.row(
        "select revision, agent, contact from organisation_publisher "
        "where organisation = :organisation",
        organisation=organisation,
    )
    if row is None:
        return None
    return Publisher(
        organisation=organisation, revision=row[0], agent=_agent(row[1]), contact=_kind(row[2])
    )


def put(db: Connection, publisher: Publisher, actor: str) -> None:
    """Replaces what was said of an organisation."""
    db.run(
        "insert into organisation_publisher (organisation, revision, agent, contact, updated, "
        "updated_by) values (:organisation, :revision, :agent, :contact, :updated, :actor) "
        "on conflict (organisation) do update set revision = excluded.revision, "
        "agent = excluded.agent, contact = excluded.contact, updated = excluded.updated, "
        "updated_by = excluded.updated_by",
        organisation=publisher.organisation,
        revision=publisher.revision,
        agent=_encode(publisher.agent).decode(),
        contact=_encode(publisher.contact).decode(),
        updated=now(),
        actor=actor,
    )
