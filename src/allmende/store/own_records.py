# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The records somebody looks after, with what is wrong with each: filtered, sorted, in pages."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Filter
from allmende.store.catalogue import COLUMNS
from allmende.store.conditions import compile_filter
from allmende.store.connection import Connection

Sort = Literal["name", "violations", "warnings", "points", "updated", "status"]
Trouble = Literal["", "violations", "warnings", "none"]

_ORDERS: dict[str, str] = {
    "name": "resource.id",
    "violations": "coalesce(violations, 0)",
    "warnings": "coalesce(warnings, 0)",
    "points": "coalesce(points, -1)",
    "updated": "resource.updated",
    "status": "resource.status",
}
_TROUBLES: dict[str, str] = {
    "": "1 = 1",
    "violations": "violations > 0",
    "warnings": "warnings > 0",
    "none": "coalesce(violations, 0) = 0 and coalesce(warnings, 0) = 0",
}
_FROM = (
    "from resource left join resource_validation on resource_validation.resource = resource.key "
    "left join resource_score on resource_score.resource = resource.key where "
)


class Wanted(Struct, frozen=True, kw_only=True):
    """Which of the records, in which order; `text` occurs anywhere in the record."""

    kind: ResourceKind | None = None
    status: str = ""
    trouble: Trouble = ""
    text: str = ""
    sort: Sort = "updated"
    backwards: bool = True


class OwnRow(Struct, frozen=True):
    """What is known of one record; no points for what is no dataset."""

    key: int
    violations: int
    warnings: int
    points: int | None


def listing(
    db: Connection, condition: Filter, wanted: Wanted, limit: int, offset: int
) -> tuple[int, list[OwnRow]]:
    """How many records there are, and one page of them."""
    where, params = _where(db, condition, wanted)
    total = int(db.value(f"select count(*) {_FROM}{where}", **params))
    order = _ORDERS[wanted.sort] + (" desc" if wanted.backwards else "")
    rows = db.rows(
        "select resource.key, coalesce(violations, 0), coalesce(warnings, 0), points "
        f"{_FROM}{where} order by {order}, resource.key limit :limit offset :offset",
        limit=limit,
        offset=offset,
        **params,
    )
    return total, [OwnRow(*row) for row in rows]


def _where(db: Connection, condition: Filter, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    compiled = compile_filter(condition, COLUMNS, db.dialect)
    parts, params = [compiled.sql, _TROUBLES[wanted.trouble]], dict(compiled.params)
    if wanted.kind is not None:
        parts.append("resource.kind = :kind")
        params["kind"] = str(wanted.kind)
    if wanted.status:
        parts.append("resource.status = :status")
        params["status"] = wanted.status
    if wanted.text:
        parts.append("lower(resource.document) like lower(:text) escape '\\'")
        params["text"] = f"%{_plain(wanted.text)}%"
    return " and ".join(parts), params


def _plain(text: str) -> str:
    """A text whose signs mean themselves in LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
