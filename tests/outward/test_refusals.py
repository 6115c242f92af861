# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mailboxes that refuse letters: what is followed with them ends, and somebody sees it."""

from __future__ import annotations

import pytest
from tests.outward.conftest import Town, Visit
from tests.support.clock import Clock, install
from tests.support.followers import ERIKA, Run, change, entry, follow, tell_later, wanted
from tests.support.postbox import Postbox

from allmende.core import catalogue, following, following_work, people
from allmende.core.platform import Platform
from allmende.errors import SourceUnavailable
from allmende.model.catalogue import ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import Connection, following_refusals, jobs
from allmende.store import following as rows

STEWARD = Subject(kind="user", id="s", roles={"jena": frozenset({Role.STEWARD})})
ELSEWHERE = Subject(kind="user", id="e", roles={"elsewhere": frozenset({Role.STEWARD})})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all that tells followers and counts refusals."""
    return install(monkeypatch, following, following_work, following_refusals, rows, jobs)


async def letter(platform: Platform, clock: Clock, ident: str, word: str, days: float = 1) -> None:
    """Something changes and the follower is told a while later."""
    clock.turn(days=days)
    await change(platform, keyword={"de": [word]})
    await tell_later(platform, ident)


async def follows(platform: Platform, ident: str) -> bool:
    return await platform.store.read(rows.find, ident) is not None


def test_following_ends_when_a_mailbox_refuses_for_good(
    mailed: Run, box: Postbox, clock: Clock
) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        (ident,) = await follow(platform, box, wanted())
        box.to_recipient = "550 5.1.1"
        for word in ("a", "b"):
            await letter(platform, clock, ident, word)
        assert await follows(platform, ident)
        assert await following.ended(platform, STEWARD) == 0
        await letter(platform, clock, ident, "c")
        assert not await follows(platform, ident)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        assert await following.ended_of(platform, record) == 1
        assert await following.ended(platform, STEWARD) == 1
        assert await following.ended(platform, ELSEWHERE) == 0
        assert await following.ended(platform, SYSTEM) == 1
        assert await following.ended(platform, ANONYMOUS) is None
        noted = await people.audit_log(platform, STEWARD)
        (deed,) = [each for each in noted if each.action == "follow-ended"]
        assert (deed.actor, deed.target, deed.organisation) == ("system", "dataset/trees", "jena")
        assert ERIKA not in repr(noted)
        clock.turn(days=366)
        assert await following.ended(platform, STEWARD) == 0

    mailed(scenario)


@pytest.mark.parametrize("answer", ["450 4.2.2", "550 5.7.1"])
def test_what_says_nothing_of_the_mailbox_ends_nothing(
    mailed_lean: Run, box: Postbox, clock: Clock, answer: str
) -> None:
    """Passing errors, and servers that do not want letters of ours at all."""

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        (ident,) = await follow(platform, box, wanted())
        box.to_recipient = answer
        for word in ("a", "b", "c", "d"):
            try:
                await letter(platform, clock, ident, word)
            except SourceUnavailable:
                assert answer.startswith("4")
        assert await follows(platform, ident)
        assert await platform.store.read(_refusals, ident) == 0

    mailed_lean(scenario)


def _refusals(db: Connection, ident: str) -> int:
    return int(db.value("select refused from follow where id = :id", id=ident))


def test_only_refusals_in_a_row_over_two_days_count(
    mailed_lean: Run, box: Postbox, clock: Clock
) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        (ident,) = await follow(platform, box, wanted())
        box.to_recipient = "550"
        for word in ("a", "b", "c", "d"):
            await letter(platform, clock, ident, word, days=0.1)
        assert await follows(platform, ident)
        assert await platform.store.read(_refusals, ident) == 4
        box.to_recipient = ""
        await letter(platform, clock, ident, "e", days=5)
        assert await platform.store.read(_refusals, ident) == 0
        box.to_recipient, box.to_data = "", "554 5.6.0"
        for word in ("f", "g", "h", "i"):
            await letter(platform, clock, ident, word)
        assert await platform.store.read(_refusals, ident) == 0

    mailed_lean(scenario)


def test_stewards_see_how_much_has_ended(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        def end(db: Connection) -> None:
            key = db.value("select key from resource where id = 'trees'")
            db.run(
                "insert into follow_ended (record, at) values (:key, :at)", key=key, at=jobs.now()
            )

        await town.platform.store.write(end)
        steward = await town.signed_in("jena")
        for path in ("/en/statistics", "/en/statistics/trees"):
            assert "following by e-mail ended once" in (await steward.get(path)).text
        other = await town.signed_in("elsewhere")
        assert "following by e-mail ended 0 times" in (await other.get("/en/statistics")).text
        assert "following by e-mail" not in (await town.browser().get("/en/statistics")).text

    lean(scenario)
