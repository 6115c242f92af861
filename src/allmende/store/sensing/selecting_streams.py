# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What queries over observations need to know of datastreams, features and groups."""

from __future__ import annotations

from collections.abc import Sequence

from allmende.store.connection import Connection, Row


def about(db: Connection, idents: Sequence[int]) -> dict[int, tuple[bool, int | None]]:
    """Of each datastream whether it is a MultiDatastream, and its own feature of interest."""
    if len(idents) == 1:
        rows = db.rows(
            "select id, multi, feature from sense_datastream where id = :id", id=idents[0]
        )
    else:
        where = db.dialect.any_of("id", "ids")
        rows = db.rows(
            f"select id, multi, feature from sense_datastream where {where}",
            ids=db.dialect.list_value(list(idents)),
        )
    return {ident: (bool(multi), feature) for ident, multi, feature in rows}


def of_feature(db: Connection, feature: int) -> tuple[int, ...]:
    """Datastreams with observations of a feature: by default, or where they name it."""
    rows = db.rows(
        "select id from sense_datastream where feature = :feature union "
        "select stream from sense_stream_feature where feature = :feature order by 1",
        feature=feature,
    )
    return tuple(row[0] for row in rows)


def members(db: Connection, groups: Sequence[int]) -> list[int]:
    """Ids of the observations in any of these groups."""
    where = db.dialect.any_of("grouped", "groups")
    rows = db.rows(
        f"select distinct observation from sense_group_member where {where} order by observation",
        groups=db.dialect.list_value(list(groups)),
    )
    return [row[0] for row in rows]


def members_by_group(db: Connection, groups: Sequence[int]) -> dict[int, list[int]]:
    """The observations of each group."""
    where = db.dialect.any_of("grouped", "groups")
    rows = db.rows(
        f"select grouped, observation from sense_group_member where {where} "
        "order by grouped, observation",
        groups=db.dialect.list_value(list(groups)),
    )
    found: dict[int, list[int]] = {}
    for group, observation in rows:
        found.setdefault(group, []).append(observation)
    return found


def latest(db: Connection, streams: Sequence[int]) -> list[Row]:
    """Of each datastream that has observations: its id, how many, and the latest as a row."""
    where = db.dialect.any_of("datastream", "streams")
    return db.rows(
        "select datastream, n, last_time, latest, value, text, flag, lasts, result_time, extra "
        f"from obs.state where latest is not null and last_time is not null and {where} "
        "order by datastream",
        streams=db.dialect.list_value(list(streams)),
    )


def total(db: Connection, streams: Sequence[int]) -> int:
    """How many observations datastreams have together."""
    where = db.dialect.any_of("datastream", "streams")
    return int(
        db.value(
            f"select coalesce(sum(n), 0) from obs.state where {where}",
            streams=db.dialect.list_value(list(streams)),
        )
    )
