# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hierarchy, teams, invitations, own tokens, own data; on both engines."""

import msgspec
import pytest
from tests.accounts.people import ADDRESS, GOOD, NEW, signed_in, someone

from allmende.core import accounts, tokens
from allmende.core.identity import caring, inviting, own, second
from allmende.core.identity.inviting import Wish
from allmende.core.platform import Platform
from allmende.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.policy import ANONYMOUS, SYSTEM, Action, Role, Scope, Subject, may

LETTER = ("Einladung", "Kommen Sie: {link}")
PAGE = "http://localhost/de/invitation"


async def city(platform: Platform) -> None:
    save = accounts.save_organisation
    for ident, parent in (("jena", None), ("parks", "jena"), ("trees", "parks"), ("gera", None)):
        await save(platform, SYSTEM, ident, {"de": ident.title()}, parent)


async def chief(platform: Platform, organisation: str, login: str) -> Subject:
    """A signed-in administrator of an organisation."""
    roles = {organisation: frozenset({Role.ADMINISTRATOR})}
    await accounts.create_account(platform, SYSTEM, login, login.title(), GOOD, roles)
    return (await signed_in(platform, login))[0]


def code_of(link: str) -> str:
    return link.partition("?code=")[2]


def test_who_administers_the_city_looks_after_its_departments(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        ada = await chief(platform, "jena", "ada")
        bob = await chief(platform, "trees", "bob")
        for below in ("jena", "parks", "trees"):
            assert may(ada, Action.ADMINISTER, below)
        assert not may(ada, Action.ADMINISTER, "gera")
        assert not may(bob, Action.ADMINISTER, "parks")
        assert {each.login for each in await caring.people(platform, ada)} == {"ada", "bob"}
        assert {each.login for each in await caring.people(platform, bob)} == {"bob"}
        with pytest.raises(NotFound):
            await caring.person(platform, bob, ada.id)
        assert (await caring.person(platform, ada, bob.id)).whole
        reader = {"jena": frozenset({Role.STEWARD})}
        await accounts.create_account(platform, SYSTEM, "eve", "Eve", GOOD, reader)
        eve, _ = await signed_in(platform, "eve")
        assert not may(eve, Action.WRITE, "parks")  # other roles stay where they are
        with pytest.raises(NotAllowed):
            await caring.people(platform, eve)

    run(scenario)


def test_nobody_pulls_another_organisation_below_their_own(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        mallory = await chief(platform, "gera", "mallory")
        save = accounts.save_organisation
        with pytest.raises(NotAllowed):
            await save(platform, mallory, "parks", {"de": "Meins"}, "gera")
        ada = await chief(platform, "jena", "ada")
        with pytest.raises(NotAllowed):
            await save(platform, ada, "parks", {"de": "Weg"}, "gera")
        with pytest.raises(NotAllowed):
            await save(platform, ada, "parks", {"de": "Frei"}, None)
        assert (await save(platform, ada, "trees", {"de": "Bäume"}, "jena")).parent == "jena"

    run(scenario)


def test_a_team_brings_its_role_and_takes_it_along(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        ada = await chief(platform, "parks", "ada")
        member = await accounts.create_account(platform, SYSTEM, "kim", "Kim", GOOD, {})
        team = await caring.save_team(platform, ada, "parks", " Baum  pflege ", Role.CONTRIBUTOR)
        with pytest.raises(NotFound):  # Ada does not know Kim
            await caring.set_member(platform, ada, team, member.id, True)
        await caring.set_member(platform, SYSTEM_ADMIN, team, member.id, True)
        kim, session = await signed_in(platform, "kim")
        assert kim.roles == {"parks": {Role.CONTRIBUTOR}}
        (seen,) = await caring.teams_of(platform, kim, "parks")
        assert (seen.name, seen.members) == ("Baum pflege", (member.id,))
        found = await caring.person(platform, ada, member.id)
        assert (found.given, [each.id for each in found.teams]) == ({}, [team])
        await caring.save_team(platform, ada, "parks", "Lesen", Role.READER, team)
        kim = await accounts.authenticate_session(platform, session.token)
        assert kim.roles == {"parks": {Role.READER}}
        mallory = await chief(platform, "gera", "mallory")
        for deed in (
            caring.save_team(platform, mallory, "parks", "x", Role.ADMINISTRATOR, team),
            caring.set_member(platform, mallory, team, mallory.id, True),
            caring.remove_team(platform, mallory, team),
        ):
            with pytest.raises(NotFound):
                await deed
        await caring.remove_team(platform, ada, team)
        kim = await accounts.authenticate_session(platform, session.token)
        assert kim.roles == {}

    run(scenario)


SYSTEM_ADMIN = Subject("user", "u-root", "", {"*": frozenset({Role.ADMINISTRATOR})})


def test_an_invited_person_gets_what_was_meant_once(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        ada = await chief(platform, "parks", "ada")
        team = await caring.save_team(platform, ada, "parks", "Pflege", None)
        wish = Wish(
            email="Kim@Jena.example",
            roles=inviting.roles_from("parks", Role.STEWARD),
            team=team,
        )
        code = code_of(await inviting.invite(platform, ada, wish, PAGE, LETTER))
        found = await inviting.look(platform, code)
        assert (found.invitation.email, found.known) == ("kim@jena.example", False)
        with pytest.raises(InvalidInput):
            await inviting.accept(platform, code, "Kim", "kurz", ADDRESS)
        opened = await inviting.accept(platform, code, " Kim  K. ", GOOD, ADDRESS)
        kim = await accounts.authenticate_session(platform, opened.token)
        assert (kim.name, kim.roles) == ("Kim K.", {"parks": {Role.STEWARD}})
        for late in (code, "", "x"):
            with pytest.raises(NotFound):
                await inviting.look(platform, late)
        text = repr(await platform.store.read(lambda db: db.rows("select * from invitation")))
        assert code not in text
        again = code_of(await inviting.invite(platform, ada, wish, PAGE, LETTER))
        clock.turn(days=7)
        with pytest.raises(NotFound):
            await inviting.accept(platform, again, "Kim", GOOD, ADDRESS)

    run(scenario)


def test_who_has_an_account_takes_an_invitation_up_with_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        await someone(platform)  # ada@jena.example
        chief_of = await chief(platform, "parks", "bob")
        wish = Wish(email="ada@jena.example", roles=inviting.roles_from("parks", Role.READER))
        code = code_of(await inviting.invite(platform, chief_of, wish, PAGE, LETTER))
        assert (await inviting.look(platform, code)).known
        with pytest.raises(Conflict):
            await inviting.accept(platform, code, "Mallory", NEW, ADDRESS)
        with pytest.raises(InvalidInput):
            await inviting.accept_as(platform, chief_of, code)
        with pytest.raises(NotAuthenticated):
            await inviting.accept_as(platform, ANONYMOUS, code)
        ada, session = await signed_in(platform)
        await inviting.accept_as(platform, ada, code)
        ada = await accounts.authenticate_session(platform, session.token)
        assert ada.roles["parks"] == {Role.READER}

    run(scenario)


def test_an_invitation_is_worth_no_more_than_its_inviter(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        ada = await chief(platform, "parks", "ada")
        for organisation in ("gera", "jena", "*"):
            wish = Wish(email="x@y.example", roles={organisation: frozenset({Role.READER})})
            with pytest.raises(NotAllowed):
                await inviting.invite(platform, ada, wish, PAGE, LETTER)
        with pytest.raises(NotAllowed):
            await inviting.invite(platform, ada, Wish(email="x@y.example"), PAGE, LETTER)
        wish = Wish(email="x@y.example", roles=inviting.roles_from("parks", Role.READER))
        code = code_of(await inviting.invite(platform, ada, wish, PAGE, LETTER))
        other = await chief(platform, "gera", "bob")
        assert await inviting.open_invitations(platform, other) == []
        (listed,) = await inviting.open_invitations(platform, ada)
        with pytest.raises(NotFound):
            await inviting.take_back(platform, other, listed.id)
        await accounts.withdraw(platform, SYSTEM, ada.id, "parks", Role.ADMINISTRATOR)
        with pytest.raises(NotFound):
            await inviting.accept(platform, code, "X", GOOD, ADDRESS)
        await accounts.grant(platform, SYSTEM, ada.id, "parks", Role.ADMINISTRATOR)
        await inviting.take_back(platform, ada, listed.id)
        with pytest.raises(NotFound):
            await inviting.look(platform, code)

    run(scenario)


def test_an_own_token_does_no_more_than_its_person(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        await someone(platform)
        ada, _ = await signed_in(platform)
        make = tokens.create_token
        made = await make(platform, ada, "Skript", "jena", Role.STEWARD, [Scope.CATALOGUE_READ], 5)
        for role, scope, place in (
            (Role.ADMINISTRATOR, Scope.CATALOGUE_READ, "jena"),
            (Role.GATEKEEPER, Scope.CATALOGUE_READ, "jena"),
            (Role.STEWARD, Scope.ADMIN, "jena"),
            (Role.STEWARD, Scope.CATALOGUE_READ, "gera"),
            (Role.STEWARD, Scope.CATALOGUE_READ, "*"),
        ):
            with pytest.raises(NotAllowed):
                await make(platform, ada, "mehr", place, role, [scope], 5)
        program = await accounts.authenticate_token(platform, made.key)
        with pytest.raises(NotAllowed):  # a token makes no tokens
            await make(platform, program, "x", "jena", Role.STEWARD, [Scope.CATALOGUE_READ], 5)
        await accounts.withdraw(platform, SYSTEM, ada.id, "jena", Role.STEWARD)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_token(platform, made.key)
        await accounts.grant(platform, SYSTEM, ada.id, "jena", Role.STEWARD)
        assert await accounts.authenticate_token(platform, made.key)
        await accounts.set_active(platform, SYSTEM, ada.id, False)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_token(platform, made.key)

    run(scenario)


def test_own_tokens_are_seen_and_revoked_by_their_person(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        await someone(platform)
        await someone(platform, "eve@jena.example")
        ada, _ = await signed_in(platform)
        eve, _ = await signed_in(platform, "eve@jena.example")
        made = await tokens.create_token(
            platform, ada, "Skript", "jena", Role.STEWARD, [Scope.CATALOGUE_READ], 5
        )
        assert [each.id for each in await tokens.own_tokens(platform, ada)] == [made.token.id]
        assert await tokens.own_tokens(platform, eve) == []
        with pytest.raises(NotAllowed):
            await tokens.revoke_token(platform, eve, made.token.id)
        await tokens.revoke_token(platform, ada, made.token.id)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_token(platform, made.key)

    run(scenario)


def test_sessions_are_ended_by_their_person(run) -> None:
    async def scenario(platform: Platform) -> None:
        await someone(platform)
        await someone(platform, "eve@jena.example")
        eve, _ = await signed_in(platform, "eve@jena.example")
        ada, first = await signed_in(platform)
        _, other = await signed_in(platform)
        _, third = await signed_in(platform)
        listed = await own.sessions_of(platform, ada)
        assert len(listed) == 3
        assert all(each.methods == ("password",) for each in listed)
        with pytest.raises(NotFound):
            await own.end_session(platform, eve, listed[0].id)
        await own.end_others(platform, ada, first.token)
        for gone in (other, third):
            with pytest.raises(NotAuthenticated):
                await accounts.authenticate_session(platform, gone.token)
        (left,) = await own.sessions_of(platform, ada)
        await own.end_session(platform, ada, left.id)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_session(platform, first.token)

    run(scenario)


def test_a_person_takes_everything_along_and_leaves(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        await someone(platform)
        ada, session = await signed_in(platform)
        await second.begin(platform, ada)
        made = await tokens.create_token(
            platform, ada, "Skript", "jena", Role.STEWARD, [Scope.CATALOGUE_READ], 5
        )
        found = await own.everything(platform, ada)
        text = msgspec.json.encode(found).decode()
        assert found["account"]["login"] == "ada@jena.example"
        assert (len(found["sessions"]), len(found["tokens"])) == (1, 1)
        assert {"sign-in", "token-create"} <= {each["action"] for each in found["deeds"]}
        for secret in (session.token, made.key, "argon2"):
            assert secret not in text
        await own.erase(platform, ada)
        for wrong in (
            accounts.authenticate_session(platform, session.token),
            accounts.authenticate_token(platform, made.key),
            accounts.login(platform, "ada@jena.example", GOOD, ADDRESS),
        ):
            with pytest.raises(NotAuthenticated):
                await wrong
        kept = await platform.store.read(
            lambda db: [
                row
                for table in ("account", "membership", "second_factor", "page_session", "audit")
                for row in db.rows(f"select * from {table}")
            ]
        )
        assert "ada@jena.example" not in repr(kept)
        assert "Ada L." not in repr(kept)

    run(scenario)


def test_the_last_administrator_stays(run) -> None:
    async def scenario(platform: Platform) -> None:
        root = await chief(platform, "*", "root")
        with pytest.raises(Conflict):
            await own.erase(platform, root)
        await chief(platform, "*", "next")
        await own.erase(platform, root)

    run(scenario)
