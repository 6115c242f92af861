# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies are written, submitted, released and sent back, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from msgspec import structs

from allmende.core import (
    accounts,
    catalogue,
    collections,
    four_eyes,
    release_letters,
    tokens,
    working_copies,
)
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
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
from allmende.model.catalogue import Catalog, Dataset, ResourceKind
from allmende.model.document import Entity, Field, Model
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject
from allmende.store import Connection
from allmende.store import working_copies as rows
from allmende.store.working_copies import State, WorkingCopy

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh platform."""
    settings = Settings(
        data=tmp_path / "data", database=engine if engine.startswith("postgresql") else ""
    )

    def runner(scenario: Scenario) -> None:
        async def main() -> None:
            async with Platform.open(settings) as platform:
                await scenario(platform)

        anyio.run(main)

    return runner


def member(role: Role, organisation: str = "jena", name: str = "") -> Subject:
    return Subject(
        kind="user",
        id=name or f"{role}@{organisation}",
        roles={organisation: frozenset({role})},
    )


AUTHOR, STEWARD = member(Role.CONTRIBUTOR), member(Role.STEWARD)
GATEKEEPER, READER = member(Role.GATEKEEPER), member(Role.READER)
STRANGER = member(Role.STEWARD, "gera")


async def published(platform: Platform, **changes: object) -> str:
    made = Entry(
        kind=DATASET,
        resource=Dataset(title={"de": "Bäume"}, identifier=["b-1"]),
        organisation="jena",
        catalogue="stadt",
        original_id="b-1",
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return (await catalogue.put(platform, SYSTEM, made)).id


async def changed(platform: Platform, who: Subject, ident: str, title: str) -> WorkingCopy:
    copy = await working_copies.start(platform, who, DATASET, ident)
    copy.resource.title = {"de": title}
    return await working_copies.save(platform, who, copy, copy.version)


async def two_needed(platform: Platform, scope: str = "organisation", ident: str = "jena") -> None:
    await platform.store.write(rows.set_four_eyes, scope, ident, True, "test")


async def title_of(platform: Platform, ident: str) -> str:
    record = await catalogue.get(platform, ANONYMOUS, DATASET, ident)
    return record.resource.title["de"]


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


def test_two_people_publish_and_nobody_alone(run) -> None:
    async def scenario(platform: Platform) -> None:
        ident = await published(platform)
        await two_needed(platform)
        entry = catalogue.entry_of(await catalogue.get(platform, STEWARD, DATASET, ident))
        entry.resource.title = {"de": "Allein"}
        fresh = Entry(kind=DATASET, resource=Dataset(title={"de": "X"}), organisation="jena")
        for direct in (entry, fresh):
            with pytest.raises(NotAllowed) as refused:
                await catalogue.put(platform, STEWARD, direct)
            assert refused.value.code == "four-eyes"
        moved = catalogue.entry_of(await catalogue.get(platform, STEWARD, DATASET, ident))
        both = Subject(
            "user",
            "both",
            roles={each: frozenset({Role.STEWARD}) for each in ("jena", "gera")},
        )
        moved.organisation = "gera"  # where one is enough
        with pytest.raises(NotAllowed):
            await catalogue.put(platform, both, moved)
        copy = await changed(platform, STEWARD, ident, "Zu zweit")
        copy = await working_copies.submit(platform, STEWARD, copy.id, copy.version)
        assert not await working_copies.may_release(platform, STEWARD, copy)
        assert await working_copies.may_release(platform, GATEKEEPER, copy)
        with pytest.raises(NotAllowed):
            await working_copies.release(platform, STEWARD, copy.id, copy.version)
        await working_copies.release(platform, GATEKEEPER, copy.id, copy.version)
        assert await title_of(platform, ident) == "Zu zweit"
        harvested = catalogue.entry_of(await catalogue.get(platform, SYSTEM, DATASET, ident))
        harvested.resource.title = {"de": "Geerntet"}
        await catalogue.put(platform, SYSTEM, harvested)
        assert await title_of(platform, ident) == "Geerntet"

    run(scenario)


def test_a_draft_is_published_by_somebody_else_than_who_wrote_it_last(run) -> None:
    async def scenario(platform: Platform) -> None:
        await two_needed(platform, "catalogue", "stadt")
        draft = Entry(
            kind=DATASET,
            resource=Dataset(title={"de": "Neu"}),
            organisation="jena",
            catalogue="stadt",
            status=Status.DRAFT,
        )
        made = await catalogue.put(platform, STEWARD, draft)
        other = member(Role.STEWARD, name="other")
        await catalogue.release(platform, other, DATASET, made.id, Status.ARCHIVED)
        await catalogue.release(platform, other, DATASET, made.id, Status.DRAFT)
        with pytest.raises(NotAllowed):  # the other has changed nothing but the status
            await catalogue.release(platform, STEWARD, DATASET, made.id, Status.PUBLISHED)
        copy = await working_copies.start(platform, STEWARD, DATASET, made.id)
        copy = await working_copies.submit(platform, STEWARD, copy.id, copy.version)
        await working_copies.release(platform, other, copy.id, copy.version)
        hidden = await catalogue.release(platform, STEWARD, DATASET, made.id, Status.DRAFT)
        assert hidden.change == "updated"  # to take something away one is enough
        await catalogue.release(platform, other, DATASET, made.id, Status.PUBLISHED)

    run(scenario)


def test_a_token_is_the_person_who_holds_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        roles = {"jena": frozenset({Role.STEWARD})}
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        person = await accounts.create_account(platform, SYSTEM, "stella", "Stella", "", roles)
        stella = Subject(kind="user", id=person.id, roles=roles)
        own = await tokens.create_token(
            platform, stella, "Skript", "jena", Role.STEWARD, {Scope.CATALOGUE_WRITE}
        )
        program = Subject(
            kind="token",
            id=own.token.id,
            roles=roles,
            scopes=frozenset({Scope.CATALOGUE_WRITE}),
        )
        ident = await published(platform)
        await two_needed(platform)
        copy = await changed(platform, program, ident, "Vom Skript")
        copy = await working_copies.submit(platform, program, copy.id, copy.version)
        for same in (stella, program):
            with pytest.raises(NotAllowed):
                await working_copies.release(platform, same, copy.id, copy.version)
        await working_copies.release(platform, GATEKEEPER, copy.id, copy.version)

    run(scenario)


def test_the_rule_is_set_by_administrators_and_noted(run) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        await catalogue.put(
            platform,
            SYSTEM,
            Entry(kind=ResourceKind.CATALOG, resource=Catalog(), organisation="jena", id="stadt"),
        )
        chief = member(Role.ADMINISTRATOR)
        for who in (STEWARD, STRANGER, member(Role.ADMINISTRATOR, "gera")):
            for scope, ident in (("organisation", "jena"), ("catalogue", "stadt")):
                with pytest.raises(NotAllowed):
                    await four_eyes.decide(platform, who, scope, ident, True)
        with pytest.raises(NotAllowed):
            await four_eyes.decide(platform, chief, "organisation", "*", True)
        with pytest.raises(NotAuthenticated):
            await four_eyes.rules(platform, ANONYMOUS)
        await four_eyes.decide(platform, chief, "catalogue", "stadt", True)
        assert await working_copies.needs_two(platform, STEWARD, "other", "stadt")
        assert not await working_copies.needs_two(platform, STEWARD, "jena", None)
        await four_eyes.decide(platform, SYSTEM, "organisation", "*", True)
        assert await working_copies.needs_two(platform, STEWARD, "any", None)
        await four_eyes.decide(platform, SYSTEM, "organisation", "*", False)
        await four_eyes.decide(platform, chief, "catalogue", "stadt", False)
        assert not await working_copies.needs_two(platform, STEWARD, "any", "stadt")
        log = await accounts.audit_log(platform, chief)
        assert [each.action for each in log if each.action.startswith("four")] == [
            "four-eyes-off",
            "four-eyes-on",
        ]

    run(scenario)


def test_letters_go_to_who_wants_them_and_may_see_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        mail = {"smtp_host": "localhost", "smtp_from": "a@b.example"}
        platform.settings = structs.replace(platform.settings, **mail)
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        people = {}
        for login, organisation, role in (
            ("g@b.example", "jena", Role.GATEKEEPER),
            ("w@b.example", "jena", Role.CONTRIBUTOR),
            ("x@b.example", "gera", Role.STEWARD),
            ("kein-briefkasten", "jena", Role.STEWARD),
            ("still@b.example", "jena", Role.STEWARD),
        ):
            if organisation == "gera":
                await accounts.save_organisation(platform, SYSTEM, "gera", {"de": "Gera"})
            roles = {organisation: frozenset({role})}
            made = await accounts.create_account(platform, SYSTEM, login, login, "", roles)
            people[login] = Subject(kind="user", id=made.id, roles=roles)
            if not login.startswith("still"):
                await release_letters.set_wanted(platform, people[login], True)
        ident = await published(platform)
        writer, keeper = people["w@b.example"], people["g@b.example"]
        copy = await changed(platform, writer, ident, "Zeile\nzwei")
        copy = await working_copies.submit(platform, writer, copy.id, copy.version)
        assert await waiting_letters(platform) == ["g@b.example"]
        copy = await working_copies.send_back(platform, keeper, copy.id, copy.version, "Kürzer")
        assert await waiting_letters(platform) == ["g@b.example", "w@b.example"]
        await release_letters.set_wanted(platform, writer, False)
        copy = await working_copies.submit(platform, writer, copy.id, copy.version)
        await working_copies.release(platform, keeper, copy.id, copy.version)
        assert await waiting_letters(platform) == ["g@b.example", "g@b.example", "w@b.example"]

    run(scenario)


async def waiting_letters(platform: Platform) -> list[str]:
    """Whom letters wait for; each has one line as its subject."""

    def look(db: Connection) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in db.rows("select recipient, subject from mail")]

    found = await platform.store.read(look)
    assert not any("\n" in subject for _, subject in found)
    return sorted(recipient for recipient, _ in found)


def test_a_new_table_begins_as_a_draft_and_its_maker_does_not_publish_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        await two_needed(platform)
        entity = Entity(name="bench", key=["id"], fields=[Field(name="id", type="integer")])
        made = collections.CollectionEntry(
            id="benches", model=Model(id="benches", entities=[entity]), organisation="jena"
        )
        await collections.create(platform, STEWARD, made)
        record = await catalogue.get(platform, STEWARD, DATASET, "benches")
        assert record.status == Status.DRAFT
        told = catalogue.entry_of(record)
        told.resource.description = {"de": "Vom Rechner"}
        await catalogue.put(platform, SYSTEM, told)  # as the platform does when rows change
        with pytest.raises(NotAllowed):
            await catalogue.release(platform, STEWARD, DATASET, "benches", Status.PUBLISHED)
        await catalogue.release(platform, GATEKEEPER, DATASET, "benches", Status.PUBLISHED)

    run(scenario)
