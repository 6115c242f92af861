# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies are written, submitted, released and sent back, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.support.copies import (
    AUTHOR,
    DATASET,
    GATEKEEPER,
    READER,
    STEWARD,
    STRANGER,
    changed,
    member,
    published,
    title_of,
)

from allmende.core import (
    catalogue,
    people,
    working_copies,
)
from allmende.core.identity import own
from allmende.core.platform import Platform
from allmende.errors import (
    Conflict,
    InvalidInput,
    InvalidRecord,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
)
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Subject
from allmende.store.working_copies import State


def test_nobody_outside_sees_a_change_before_its_release(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        copy = await changed(platform, AUTHOR, ident, "Stadtbäume")
        assert (copy.version, copy.state, copy.base) == (2, State.OPEN, 1)
        assert await title_of(platform, ident) == "Bäume"
        copy = await working_copies.submit(platform, AUTHOR, copy.id, 2, "Klarer Titel")
        outcome = await working_copies.release(platform, GATEKEEPER, copy.id, copy.version)
        assert (outcome.change, outcome.revision) == ("updated", 2)
        assert await title_of(platform, ident) == "Stadtbäume"
        (newest, _) = await catalogue.revisions(platform, STEWARD, DATASET, ident)
        assert (newest.actor, newest.released_by) == (AUTHOR.id, GATEKEEPER.id)
        assert newest.reason == "Klarer Titel"
        kept = await catalogue.get(platform, SYSTEM, DATASET, ident)
        assert (kept.catalogue, kept.original_id) == ("stadt", "b-1")
        with pytest.raises(NotFound):
            await working_copies.get(platform, STEWARD, copy.id)

    run(scenario)


def test_who_may_do_what_with_a_copy(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        for who in (ANONYMOUS, READER, GATEKEEPER, STRANGER, member(Role.CITIZEN)):
            with pytest.raises((NotAllowed, NotAuthenticated)):
                await working_copies.start(platform, who, DATASET, ident)
        copy = await changed(platform, AUTHOR, ident, "Neu")
        for who in (READER, STRANGER, member(Role.CITIZEN)):
            with pytest.raises(NotFound):
                await working_copies.get(platform, who, copy.id)
            assert await working_copies.of_record(platform, who, DATASET, ident) is None
            assert await working_copies.listing(platform, who) == []
            with pytest.raises(NotFound):
                await working_copies.discard(platform, who, copy.id, copy.version)
        with pytest.raises(NotAuthenticated):
            await working_copies.get(platform, ANONYMOUS, copy.id)
        assert await working_copies.of_record(platform, ANONYMOUS, DATASET, ident) is None
        with pytest.raises(NotAllowed):
            await working_copies.save(platform, GATEKEEPER, copy, copy.version)
        with pytest.raises(Conflict):  # nobody has submitted it, and a gatekeeper writes nothing
            await working_copies.release(platform, GATEKEEPER, copy.id, copy.version)
        with pytest.raises(NotAllowed):
            await working_copies.release(platform, AUTHOR, copy.id, copy.version)
        reading = Subject("token", "t-1", "", STEWARD.roles, frozenset({Scope.CATALOGUE_READ}))
        with pytest.raises(NotAllowed):
            await working_copies.release(platform, reading, copy.id, copy.version)
        names = [each.ident for each in await working_copies.listing(platform, STEWARD)]
        assert names == [ident]
        assert await working_copies.listing(platform, STEWARD, mine=True) == []
        assert len(await working_copies.listing(platform, AUTHOR, mine=True)) == 1
        outcome = await working_copies.release(platform, STEWARD, copy.id, copy.version)
        assert outcome.revision == 2  # a steward may publish at once where nobody else has to

    run(scenario)


def test_levels_of_the_copy_count_as_those_of_the_record(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        copy = await working_copies.start(platform, STEWARD, DATASET, ident)
        copy.metadata_access, copy.legal_basis = Level.RESTRICTED, ""
        copy = await working_copies.save(platform, STEWARD, copy, copy.version)
        with pytest.raises(NotFound):
            await working_copies.get(platform, AUTHOR, copy.id)
        assert await working_copies.of_record(platform, AUTHOR, DATASET, ident) is None
        with pytest.raises(Conflict):
            await working_copies.start(platform, AUTHOR, DATASET, ident)
        with pytest.raises(InvalidRecord):  # closed without a legal reason
            await working_copies.release(platform, STEWARD, copy.id, copy.version)
        again = await working_copies.get(platform, STEWARD, copy.id)
        assert again.version == copy.version
        await working_copies.discard(platform, STEWARD, copy.id, copy.version)
        own = await working_copies.start(platform, AUTHOR, DATASET, ident)
        own.metadata_access = Level.RESTRICTED
        with pytest.raises(NotFound):  # nobody closes a copy against itself
            await working_copies.save(platform, AUTHOR, own, own.version)
        kept = await working_copies.get(platform, AUTHOR, own.id)
        assert (kept.version, kept.metadata_access) == (1, Level.OPEN)

    run(scenario)


def test_nobody_overwrites_what_somebody_else_has_saved(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        mine = await working_copies.start(platform, AUTHOR, DATASET, ident)
        same = await working_copies.start(platform, STEWARD, DATASET, ident)
        assert (same.id, same.version) == (mine.id, mine.version)
        await working_copies.save(platform, STEWARD, same, same.version)
        acts: list[Callable[[], Awaitable[object]]] = [
            lambda: working_copies.save(platform, AUTHOR, mine, 1),
            lambda: working_copies.submit(platform, AUTHOR, mine.id, 1),
            lambda: working_copies.refresh(platform, AUTHOR, mine.id, 1),
            lambda: working_copies.discard(platform, AUTHOR, mine.id, 1),
            lambda: working_copies.release(platform, STEWARD, mine.id, 1),
        ]
        for act in acts:
            with pytest.raises(PreconditionFailed):
                await act()
        long = await working_copies.get(platform, AUTHOR, mine.id)
        long.resource.description = {"de": "x" * 2_100_000}
        with pytest.raises(LimitExceeded):
            await working_copies.save(platform, AUTHOR, long, long.version)
        with pytest.raises(LimitExceeded):
            await working_copies.submit(platform, AUTHOR, mine.id, 2, "x" * 1_001)

    run(scenario)


def test_a_change_of_the_record_meanwhile_is_taken_in(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        copy = await changed(platform, AUTHOR, ident, "Unser Titel")
        theirs = catalogue.entry_of(await catalogue.get(platform, SYSTEM, DATASET, ident))
        theirs.resource.description = {"de": "Aus der Ernte"}
        theirs.resource.title = {"de": "Ihr Titel"}
        theirs.data_access, theirs.legal_basis = Level.INTERNAL, "Vertrag"
        await catalogue.put(platform, SYSTEM, theirs)
        old = await working_copies.get(platform, STEWARD, copy.id)
        assert old.outdated
        with pytest.raises(PreconditionFailed):
            await working_copies.release(platform, STEWARD, old.id, old.version)
        found = await working_copies.refresh(platform, AUTHOR, old.id, old.version)
        assert found.both == ["title"]
        assert found.copy.resource.title == {"de": "Unser Titel"}
        assert found.copy.resource.description == {"de": "Aus der Ernte"}
        assert (found.copy.data_access, found.copy.legal_basis) == (Level.INTERNAL, "Vertrag")
        done = await working_copies.release(platform, STEWARD, old.id, found.copy.version)
        assert done.revision == 3

    run(scenario)


def test_sent_back_with_a_comment_and_submitted_again(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        copy = await changed(platform, AUTHOR, ident, "Neu")
        with pytest.raises(Conflict):
            await working_copies.send_back(platform, STEWARD, copy.id, copy.version, "Nein")
        copy = await working_copies.submit(platform, AUTHOR, copy.id, copy.version, "Grund")
        assert [each.id for each in await working_copies.waiting(platform, GATEKEEPER)] == [copy.id]
        assert await working_copies.waiting(platform, AUTHOR) == []
        assert await working_copies.waiting(platform, STRANGER) == []
        with pytest.raises(NotAllowed):
            await working_copies.send_back(platform, AUTHOR, copy.id, copy.version, "Selbst")
        with pytest.raises(InvalidInput):
            await working_copies.send_back(platform, GATEKEEPER, copy.id, copy.version, "  ")
        back = await working_copies.send_back(
            platform, GATEKEEPER, copy.id, copy.version, "Bitte kürzer"
        )
        assert (back.state, back.comment, back.returned_by) == (
            State.RETURNED,
            "Bitte kürzer",
            GATEKEEPER.id,
        )
        assert await working_copies.waiting(platform, GATEKEEPER) == []
        again = await working_copies.submit(platform, AUTHOR, copy.id, back.version)
        assert (again.state, again.comment, again.reason) == (State.SUBMITTED, "", "Grund")
        saved = await working_copies.save(platform, AUTHOR, again, again.version)
        assert saved.state == State.OPEN  # what is changed after all is to be submitted anew

    run(scenario)


def test_a_person_takes_their_working_copies_along(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        await people.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        writer, gate = [
            await people.create_account(
                platform, SYSTEM, name, name, "Wiesen gehören allen 1887", {"jena": [role]}
            )
            for name, role in (("ada", Role.CONTRIBUTOR), ("kim", Role.GATEKEEPER))
        ]
        ada = Subject("user", writer.id, "", {"jena": frozenset({Role.CONTRIBUTOR})})
        kim = Subject("user", gate.id, "", {"jena": frozenset({Role.GATEKEEPER})})
        for who in (ada, kim):
            assert (await own.everything(platform, who))["workingCopies"] == []
        copy = await changed(platform, ada, ident, "Stadtbäume")
        copy = await working_copies.submit(platform, ada, copy.id, copy.version, "Klarer")
        await working_copies.send_back(platform, kim, copy.id, copy.version, "Zu kurz")
        (mine,) = (await own.everything(platform, ada))["workingCopies"]
        assert (mine["kind"], mine["id"], mine["title"]) == ("dataset", ident, {"de": "Stadtbäume"})
        assert mine["state"] == "returned"
        assert {"made", "submitted"} <= set(mine["done"])
        assert "sentBack" not in mine["done"]
        assert mine["comment"] == ""  # the words of somebody else
        (theirs,) = (await own.everything(platform, kim))["workingCopies"]
        assert theirs["done"] == ["sentBack"]
        assert (theirs["comment"], theirs["reason"]) == ("Zu kurz", "")

    run(scenario)
