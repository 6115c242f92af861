# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What harvesting remembers of the pages and records of a source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, Row

ItemState = Literal["stored", "duplicate", "archived"]


class Item(Struct):
    """What is remembered of one record of a source."""

    kind: str
    original_id: str
    id: str
    hash: str
    page: str
    identifier: str | None
    modified: str | None
    state: ItemState
    missing_since: int | None
    run: int


def pages(db: Connection, source: str) -> list[Row]:
    """Token, hash, etag, last_modified, next_token, total of every remembered page."""
    return db.rows(
        "select token, hash, etag, last_modified, next_token, total "
        "from harvest_page where source = :source",
        source=source,
    )


def save_page(db: Connection, source: str, run: int, page: dict[str, Any]) -> None:
    """Remember a page whose records are all stored."""
    db.run(
        "insert into harvest_page "
        "(source, token, hash, etag, last_modified, next_token, total, run) values "
        "(:source, :token, :hash, :etag, :last_modified, :next_token, :total, :run) "
        "on conflict (source, token) do update set hash = excluded.hash, etag = excluded.etag, "
        "last_modified = excluded.last_modified, next_token = excluded.next_token, "
        "total = excluded.total, run = excluded.run",
        source=source,
        run=run,
        **page,
    )


def forget_pages(db: Connection, source: str, before_run: int | None = None) -> None:
    """Forget pages: all, or those not met by the run."""
    if before_run is None:
        db.run("delete from harvest_page where source = :source", source=source)
    else:
        db.run(
            "delete from harvest_page where source = :source and run <> :run",
            source=source,
            run=before_run,
        )


_ITEM = "kind, original_id, id, hash, page, identifier, modified, state, missing_since, run"


def items(db: Connection, source: str) -> list[Item]:
    """Everything remembered of a source's records."""
    rows = db.rows(f"select {_ITEM} from harvest_item where source = :source", source=source)
    return [Item(*row) for row in rows]


def save_items(db: Connection, source: str, found: Iterable[Item]) -> None:
    """Remember records."""
    names = _ITEM.split(", ")
    db.run_many(
        f"insert into harvest_item (source, {_ITEM}) "
        f"values (:source, {', '.join(f':{name}' for name in names)}) "
        "on conflict (source, kind, original_id) do update set "
        + ", ".join(f"{name} = excluded.{name}" for name in names[2:]),
        [{"source": source, **msgspec.structs.asdict(item)} for item in found],
    )


def see_items(db: Connection, source: str, kind: str, ids: Sequence[str], run: int) -> None:
    """Mark records as met in this run."""
    db.run(
        "update harvest_item set run = :run, missing_since = null where source = :source "
        f"and kind = :kind and {db.dialect.any_of('original_id', 'ids')}",
        run=run,
        source=source,
        kind=kind,
        ids=db.dialect.list_value(list(ids)),
    )


def see_page(db: Connection, source: str, token: str, run: int) -> int:
    """Mark all records of an unchanged page as met; how many they are."""
    return db.run(
        "update harvest_item set run = :run where source = :source and page = :token",
        run=run,
        source=source,
        token=token,
    )


class Twin(Struct):
    """A stored record of another source with the same dct:identifier."""

    source: str
    catalogue: str
    kind: str
    id: str
    original_id: str
    identifier: str
    modified: str | None


def twins(db: Connection, source: str, identifiers: Sequence[str]) -> list[Twin]:
    """Stored records of other sources that carry one of the identifiers."""
    rows = db.rows(
        "select i.source, s.catalogue, i.kind, i.id, i.original_id, i.identifier, i.modified "
        "from harvest_item i join harvest_source s on s.id = i.source "
        f"where {db.dialect.any_of('i.identifier', 'identifiers')} and i.source <> :source "
        "and i.state = 'stored' order by i.source, i.original_id",
        source=source,
        identifiers=db.dialect.list_value(list(identifiers)),
    )
    return [Twin(*row) for row in rows]


def set_state(db: Connection, source: str, kind: str, original_id: str, state: ItemState) -> None:
    """Change the state of one record, e.g. when another source brought a newer copy."""
    db.run(
        "update harvest_item set state = :state where source = :source and kind = :kind "
        "and original_id = :original_id",
        state=state,
        source=source,
        kind=kind,
        original_id=original_id,
    )


def statuses(db: Connection, source: str, ids: Sequence[str]) -> dict[str, str]:
    """Status in the catalogue of records that came from the source, by kind/id."""
    rows = db.rows(
        "select kind, id, status from resource where origin = :source "
        f"and {db.dialect.any_of('id', 'ids')}",
        source=source,
        ids=db.dialect.list_value(list(ids)),
    )
    return {f"{kind}/{ident}": status for kind, ident, status in rows}
