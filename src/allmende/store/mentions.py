# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records by a word that stands in their document, for the few questions no index answers."""

from __future__ import annotations

from allmende.model.filter import Filter
from allmende.store import catalogue
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection
from allmende.store.records import Record

_ESCAPED = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def ending_with(db: Connection, condition: Filter, tail: str, limit: int) -> list[Record]:
    """Records that have an IRI or text ending in `/tail` or `#tail`, by key; reads all rows."""
    where = compile_filter(condition, catalogue.COLUMNS, db.dialect)
    quoted = tail.translate(_ESCAPED)
    rows = db.rows(
        f"select resource.key from resource where {where.sql} and "
        "(resource.document like :path escape '\\' or resource.document like :part escape '\\') "
        "order by resource.key limit :limit",
        path=f'%/{quoted}"%',
        part=f'%#{quoted}"%',
        limit=limit,
        **where.params,
    )
    return catalogue.by_keys(db, condition, [row[0] for row in rows])


def ids_with(db: Connection, condition: Filter, text: str, limit: int) -> list[str]:
    """Ids of records whose document has the text, by key; reads all rows."""
    where = compile_filter(condition, catalogue.COLUMNS, db.dialect)
    rows = db.rows(
        f"select resource.id from resource where {where.sql} and "
        "resource.document like :text escape '\\' order by resource.key limit :limit",
        text=f"%{text.translate(_ESCAPED)}%",
        limit=limit,
        **where.params,
    )
    return [row[0] for row in rows]
