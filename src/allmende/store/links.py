# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses that records link to: who uses them, when they are asked, how they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from allmende.store.connection import Connection, Row, now

_COLUMNS = "address, host, due, asked, status, trouble, failures, took, media_type, size, target"
CHUNK = 500


class Link(Struct, frozen=True, kw_only=True):
    """An address and its last answer; times in µs UTC, `took` in ms, `size` in bytes.

    `status` is that of HTTP, 0 when there was no answer, None when it is not known.
    """

    address: str
    host: str = ""
    due: int = 0
    asked: int = 0
    status: int | None = None
    trouble: str = ""
    failures: int = 0
    took: int = 0
    media_type: str = ""
    size: int | None = None
    target: str = ""

    @property
    def answers(self) -> bool | None:
        """Whether it answers with success or leads on (2xx, 3xx); None when not known."""
        return None if self.status is None else 200 <= self.status < 400


class Totals(Struct, frozen=True):
    """How many addresses there are, answer, fail, and were not asked yet."""

    all: int
    fine: int
    broken: int
    waiting: int


def answers(db: Connection, addresses: Iterable[str]) -> dict[str, bool]:
    """Whether addresses answer, of those that is known."""
    found: dict[str, bool] = {}
    wanted = list(addresses)
    for place in range(0, len(wanted), CHUNK):
        rows = db.rows(
            f"select address, status from link where {db.dialect.any_of('address', 'addresses')} "
            "and status is not null",
            addresses=db.dialect.list_value(wanted[place : place + CHUNK]),
        )
        found.update((address, 200 <= status < 400) for address, status in rows)
    return found


def use(db: Connection, resource: int, addresses: Sequence[tuple[str, str]], new: bool) -> None:
    """Notes the addresses (with their hosts) of a record; nothing when they are the same."""
    if not new:
        rows = db.rows("select address from link_use where resource = :key", key=resource)
        before = {address for (address,) in rows}
        if before == {address for address, _ in addresses}:
            return
        db.run("delete from link_use where resource = :key", key=resource)
    db.run_many(
        "insert into link (address, host, due) values (:address, :host, 0) on conflict do nothing",
        [{"address": address, "host": host} for address, host in addresses],
    )
    db.run_many(
        "insert into link_use (resource, address) values (:key, :address) on conflict do nothing",
        [{"key": resource, "address": address} for address, _ in addresses],
    )


def due(db: Connection, at: int, limit: int, per_host: int) -> list[Link]:
    """Addresses whose time has come, the longest waiting first, at most so many of one host."""
    rows = db.rows(
        f"select {_COLUMNS} from (select {_COLUMNS}, row_number() over "
        "(partition by host order by due, address) as place from link where due <= :at) as waiting "
        "where place <= :per_host order by due, address limit :limit",
        at=at,
        per_host=per_host,
        limit=limit,
    )
    return [_link(row) for row in rows]


def of_addresses(db: Connection, addresses: Sequence[str]) -> dict[str, Link]:
    """What is known of addresses."""
    found: dict[str, Link] = {}
    for place in range(0, len(addresses), CHUNK):
        rows = db.rows(
            f"select {_COLUMNS} from link where {db.dialect.any_of('address', 'addresses')}",
            addresses=db.dialect.list_value(list(addresses[place : place + CHUNK])),
        )
        found.update((row[0], _link(row)) for row in rows)
    return found


def save(db: Connection, link: Link) -> None:
    """Stores how an address answered; nothing when nobody uses it any more."""
    db.run(
        "update link set due = :due, asked = :asked, status = :status, trouble = :trouble, "
        "failures = :failures, took = :took, media_type = :media_type, size = :size, "
        "target = :target where address = :address",
        address=link.address,
        due=link.due,
        asked=link.asked,
        status=link.status,
        trouble=link.trouble,
        failures=link.failures,
        took=link.took,
        media_type=link.media_type,
        size=link.size,
        target=link.target,
    )


def put_off(db: Connection, host: str, until: int) -> int:
    """Leaves all addresses of a host alone until a moment; how many."""
    return db.run(
        "update link set due = :until where host = :host and due < :until", host=host, until=until
    )


def ask_again(db: Connection, addresses: Sequence[str]) -> int:
    """Lets addresses be asked as soon as possible; how many."""
    return db.run(
        f"update link set due = 0 where {db.dialect.any_of('address', 'addresses')}",
        addresses=db.dialect.list_value(list(addresses)),
    )


def users(db: Connection, addresses: Sequence[str]) -> list[int]:
    """Keys of the records that use one of the addresses."""
    rows = db.rows(
        "select distinct resource from link_use where "
        f"{db.dialect.any_of('address', 'addresses')} order by resource",
        addresses=db.dialect.list_value(list(addresses)),
    )
    return [key for (key,) in rows]


def forget_unused(db: Connection) -> int:
    """Deletes the addresses that no record uses any more; how many."""
    return db.run(
        "delete from link where not exists "
        "(select 1 from link_use where link_use.address = link.address)"
    )


def totals(db: Connection) -> Totals:
    """How the addresses stand."""
    (row,) = db.rows(
        "select count(*), coalesce(sum(case when status between 200 and 399 then 1 else 0 end), 0),"
        " coalesce(sum(case when status is null then 1 else 0 end), 0) from link"
    )
    every, fine, waiting = map(int, row)
    return Totals(every, fine, every - fine - waiting, waiting)


def _link(row: Row) -> Link:
    names = _COLUMNS.split(", ")
    return Link(**dict(zip(names, row[: len(names)], strict=True)))


# --- what was found inside files ---------------------------------------------------------------


class Checked(Struct, frozen=True):
    """What was found inside a file of a record; `found` is JSON."""

    resource: int
    address: str
    declared: str
    checked: int
    state: str
    found: str


def file_check(db: Connection, resource: int, address: str) -> Checked | None:
    """What was found inside a file, or None."""
    row = db.row(
        "select resource, address, declared, checked, state, found from file_check "
        "where resource = :key and address = :address",
        key=resource,
        address=address,
    )
    return Checked(*row) if row else None


def file_checks(db: Connection, resource: int) -> list[Checked]:
    """What was found inside the files of a record."""
    rows = db.rows(
        "select resource, address, declared, checked, state, found from file_check "
        "where resource = :key order by address",
        key=resource,
    )
    return [Checked(*row) for row in rows]


def save_check(
    db: Connection, resource: int, address: str, declared: str, state: str, found: str
) -> None:
    """Stores what was found inside a file."""
    db.run(
        "insert into file_check (resource, address, declared, checked, state, found) values "
        "(:key, :address, :declared, :at, :state, :found) on conflict (resource, address) "
        "do update set declared = excluded.declared, checked = excluded.checked, "
        "state = excluded.state, found = excluded.found",
        key=resource,
        address=address,
        declared=declared,
        at=now(),
        state=state,
        found=found,
    )


def keep_checks(db: Connection, resource: int, addresses: Sequence[str]) -> None:
    """Forgets what was found inside files that are not among these any more."""
    db.run(
        f"delete from file_check where resource = :key and not "
        f"({db.dialect.any_of('address', 'addresses')})",
        key=resource,
        addresses=db.dialect.list_value(list(addresses)),
    )
