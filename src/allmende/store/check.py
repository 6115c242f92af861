# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Looks for rows that contradict each other."""

from __future__ import annotations

from allmende.store.connection import Connection


def engine_problems(db: Connection) -> list[str]:
    """What the engine itself finds wrong with its file; always empty on PostgreSQL."""
    if db.dialect.name != "sqlite":
        return []
    db.rows("select rowid from search_text limit 1")  # else what it remembers may be outdated
    found = [row[0] for row in db.rows("pragma integrity_check(20)") if row[0] != "ok"]
    found += [f"{row[0]}: row {row[1]}" for row in db.rows("pragma foreign_key_check")]
    return found


def revision_gaps(db: Connection) -> list[str]:
    """Addresses of records whose revisions do not run from 1 to their current number."""
    rows = db.rows(
        "select resource.kind, resource.id from resource left join "
        "(select resource, count(*) as n, max(number) as last from revision group by resource) "
        "as history on history.resource = resource.key "
        "where history.n is distinct from resource.revision "
        "or history.last is distinct from resource.revision order by resource.key"
    )
    return [f"{kind}/{ident}" for kind, ident in rows]


def files_without_dataset(db: Connection) -> list[str]:
    """Files that belong to a dataset which does not exist."""
    rows = db.rows(
        "select stored_file.dataset, stored_file.name from stored_file left join resource "
        "on resource.kind = 'dataset' and resource.id = stored_file.dataset "
        "where resource.key is null order by 1, 2"
    )
    return [f"{dataset}/{name}" for dataset, name in rows]
