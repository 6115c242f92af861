# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Things with one observation each, as open or closed as records of the policy matrix."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from tests.support.sensing import START, at, stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import Place
from allmende.policy import SYSTEM
from allmende.store import Connection

TABLES = ("sense_thing", "sense_location", "sense_history", "sense_feature", "sense_datastream")


async def add_seen(platform: Platform, records: Mapping[str, tuple[str, str, str]]) -> None:
    """The n-th record is thing n with datastream n, whose observation has the result n."""
    for number, name in enumerate(records, 1):
        title = f"matrix {name}"
        place = Place(geometry=at(11.5, 50.9).geometry, name=title)
        spec = replace(
            thing(name, replace(stream(), description=title), place=place), description=title
        )
        made = await sensing.register(platform, SYSTEM, spec)
        (own,) = made.streams.values()
        assert (made.thing, own) == (number, number)
        one = Observation(datastream=own, time=START + number, result=float(number))
        await sensing.observe(platform, SYSTEM, [one])
    await platform.store.write(_close, dict(records))


def _close(db: Connection, records: Mapping[str, tuple[str, str, str]]) -> None:
    for number, (status, metadata, data) in enumerate(records.values(), 1):
        for table in TABLES:
            changed = db.run(
                f"update {table} set status = :status, metadata_access = :metadata, "
                "data_access = :data where id = :id",
                status=status,
                metadata=metadata,
                data=data,
                id=number,
            )
            assert changed == 1, table
