# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The table of one's own records with their problems: filtered, sorted, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import get_args

from starlette.responses import Response

from allmende.core import own_records, working_copies
from allmende.core.catalogue import Record
from allmende.core.own_records import OwnRow, Sort, Trouble, Wanted
from allmende.model.catalogue import ResourceKind
from allmende.policy import Action, Status, may
from allmende.portal import addresses
from allmende.portal.editing.saving import organisations
from allmende.portal.forms import csrf
from allmende.portal.map_rows import Pager
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of
from allmende.portal.search_form import page_numbers

SIZE = 25
SORTS: tuple[Sort, ...] = get_args(Sort)
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
UP = ("name", "status")  # sorted upwards at first
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the table."""

    pick: str  # kind/id@revision
    kind: str
    status: str
    title: str
    lang: str | None
    address: str
    edit: str | None
    copy: str
    violations: int
    warnings: int
    points: str
    updated: str
    copied: str | None  # the address of its working copy


CHOICES: dict[str, tuple[str, ...]] = {
    "kind": tuple(each.value for each in ResourceKind),
    "status": tuple(each.value for each in Status),
    "trouble": tuple(TROUBLES),
    "sort": tuple(SORTS),
    "order": ("up", "down"),
}


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """The filter and order of an address; what is not understood is left out."""
    kinds = {each.value: each for each in ResourceKind}
    statuses = {each.value for each in Status}
    status = query.get("status", "")
    sort: Sort = next((each for each in SORTS if each == query.get("sort")), "updated")
    trouble: Trouble = next((each for each in TROUBLES if each == query.get("trouble")), "")
    backwards = query.get("order", "up" if sort in UP else "down") != "up"
    return Wanted(
        kind=kinds.get(query.get("kind", "")),
        status=status if status in statuses else "",
        trouble=trouble,
        text=query.get("q", "").strip()[:LONGEST],
        sort=sort,
        backwards=backwards,
    )


def pairs_of(wanted: Wanted) -> list[tuple[str, str]]:
    """The same as parameters."""
    found = [
        ("q", wanted.text),
        ("kind", wanted.kind.value if wanted.kind else ""),
        ("status", wanted.status),
        ("trouble", wanted.trouble),
        ("sort", wanted.sort),
        ("order", "down" if wanted.backwards else "up"),
    ]
    return [(name, value) for name, value in found if value]


async def mine(page: Page) -> Response:
    """The table."""
    query = page.request.query_params
    wanted = wanted_of(query)
    for name, known in CHOICES.items():
        page.choice(name, known)
    asked = query.get("page", "1")
    number = max(int(asked), 1) if asked.isdecimal() and len(asked) < 7 else 1
    listed = await own_records.listing(
        page.platform, page.subject, wanted, limit=SIZE, offset=(number - 1) * SIZE
    )
    mine_of = await organisations(page)
    copies = {
        each.key: each.id for each in await working_copies.listing(page.platform, page.subject)
    }
    title = str(page.words("mine-data.title"))
    return page.render(
        "edit_mine.html",
        title=title,
        crumbs=[Crumb(title)],
        lines=[_line(page, record, row, copies) for record, row in listed.rows],
        total=listed.total,
        first=(number - 1) * SIZE + 1,
        wanted=wanted,
        heads=[
            _head(page, wanted, name)
            for name in ("name", "status", "violations", "warnings", "points", "updated")
        ],
        pager=_pager(page, wanted, number, listed.total),
        kinds=[each.value for each in ResourceKind],
        statuses=[each.value for each in Status],
        troubles=[each for each in TROUBLES if each],
        writes=bool(mine_of),
        publishers=[pair for pair in mine_of if may(page.subject, Action.WRITE, pair[0])],
        csrf=csrf(page),
    )


def _line(page: Page, record: Record, row: OwnRow, copies: Mapping[int, str]) -> Line:
    title = title_of(record, page)
    writes = may(page.subject, Action.WRITE_DRAFT, record.organisation)
    return Line(
        pick=f"{record.kind.value}/{record.id}@{record.revision}",
        kind=record.kind.value,
        status=record.status.value,
        title=title.text,
        lang=title.lang,
        address=page.at(addresses.thing(record.kind, record.id)),
        edit=page.at(f"/edit/{record.kind.value}/{record.id}") if writes else None,
        copy=page.at(f"/edit/{record.kind.value}", [("from", record.id)]),
        violations=row.violations,
        warnings=row.warnings,
        points="" if row.points is None else str(page.words.number(row.points)),
        updated=page.words.moment(record.updated),
        copied=page.at(f"/releases/{copies[record.key]}") if record.key in copies else None,
    )


def _head(page: Page, wanted: Wanted, name: Sort) -> tuple[str, str, str]:
    """The words of a column, the address that sorts by it, and how it is sorted now."""
    from msgspec.structs import replace

    now = wanted.sort == name
    backwards = not wanted.backwards if now else name not in UP
    other = replace(wanted, sort=name, backwards=backwards)
    state = ("descending" if wanted.backwards else "ascending") if now else "none"
    return str(page.words(f"mine-data.sort-{name}")), page.at("/my-data", pairs_of(other)), state


def _pager(page: Page, wanted: Wanted, number: int, total: int) -> Pager:
    last = max(ceil(total / SIZE), 1)

    def address(other: int) -> str:
        return page.at("/my-data", [*pairs_of(wanted), ("page", str(other))])

    return Pager(
        number,
        last,
        [(each, address(each) if each else "") for each in page_numbers(number, last)],
        address(number - 1) if 1 < number <= last else None,
        address(number + 1) if number < last else None,
    )
