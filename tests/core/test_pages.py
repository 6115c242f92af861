# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of records: in their order, for each subject its own, and never older than a change."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from tests.support.copies import Scenario

from allmende.core import catalogue, departures, pages
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.model.filter import Compare, Everything
from allmende.policy import ANONYMOUS, SYSTEM, Level, Status, Subject


def entry(name: str, status: Status = Status.PUBLISHED) -> Entry:
    return Entry(
        kind=ResourceKind.DATASET,
        resource=Dataset(title={"de": name}),
        organisation="jena",
        id=name,
        status=status,
    )


async def seen(platform: Platform, subject: Subject, offset: int = 0) -> tuple[int, list[str]]:
    found = await pages.slice_of(platform, subject, Everything(), offset, 2)
    return found.total, [record.id for record in found.records]


def test_pages_follow_every_change_and_every_right(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        for name in ("a", "b", "c"):
            await catalogue.put(platform, SYSTEM, entry(name))
        await catalogue.put(platform, SYSTEM, entry("draft", Status.DRAFT))
        assert await seen(platform, ANONYMOUS) == (3, ["a", "b"])
        assert await seen(platform, ANONYMOUS, 2) == (3, ["c"])
        assert await seen(platform, SYSTEM, 2) == (4, ["c", "draft"])
        closed = msgspec.structs.replace(
            entry("a"), metadata_access=Level.RESTRICTED, legal_basis="§ 12"
        )
        await catalogue.put(platform, SYSTEM, closed)
        assert await seen(platform, ANONYMOUS) == (2, ["b", "c"])
        await catalogue.put(platform, SYSTEM, entry("draft"))
        assert await seen(platform, ANONYMOUS, 2) == (3, ["draft"])
        await departures.archive(platform, SYSTEM, ResourceKind.DATASET, "b", "Doubled.")
        assert await seen(platform, ANONYMOUS) == (2, ["c", "draft"])

    run(scenario)


def test_only_so_many_lists_are_kept(run: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry("a"))
        for number in range(3 * pages.MOST_KEPT):
            where = Compare("id", "<>", f"other-{number}")
            assert (await pages.slice_of(platform, ANONYMOUS, where, 0, 2)).total == 1
            assert len(platform.caches[pages.KEYS]) <= pages.MOST_KEPT

    run(scenario)
