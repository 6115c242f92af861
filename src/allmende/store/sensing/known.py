# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Datastreams by the keys under which a source has registered them."""

from __future__ import annotations

from collections.abc import Mapping

from allmende.store.connection import Connection


def streams(db: Connection, thing: str) -> Mapping[str, tuple[int, str]]:
    """Id and observationType of the datastreams of a thing, by their keys."""
    found = db.rows(
        "select d.key, d.id, d.observation_type from sense_datastream as d "
        "join sense_thing as t on t.id = d.thing where t.key = :thing and d.key is not null",
        thing=thing,
    )
    return {str(key): (int(ident), str(kind)) for key, ident, kind in found}
