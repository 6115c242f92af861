# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What two people have to agree on, and who is told of it, on both engines."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.support.copies import (
    DATASET,
    GATEKEEPER,
    STEWARD,
    STRANGER,
    changed,
    member,
    published,
    title_of,
    two_needed,
)

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
from allmende.errors import (
    NotAllowed,
    NotAuthenticated,
)
from allmende.model.catalogue import Catalog, Dataset, ResourceKind
from allmende.model.document import Entity, Field, Model
from allmende.policy import ANONYMOUS, SYSTEM, Role, Scope, Status, Subject
from allmende.store import Connection


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
