# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may manage whom, service tokens and the audit log, on both engines."""

from collections.abc import Awaitable

import pytest

from allmende.core import accounts
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from allmende.policy import ANONYMOUS, SYSTEM, Role, Scope, Subject
from allmende.store import Connection, audit, now

GOOD = "Lampe Fluss Kiesel 7"
JENA = {"jena": frozenset({Role.ADMINISTRATOR})}


def admin(organisation: str) -> Subject:
    return Subject("user", f"u-{organisation}", "", {organisation: frozenset({Role.ADMINISTRATOR})})


async def city(platform: Platform) -> None:
    await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
    await accounts.save_organisation(platform, SYSTEM, "gera", {"de": "Gera"})


async def not_allowed(deed: Awaitable[object]) -> None:
    with pytest.raises(NotAllowed):
        await deed


def test_organisations_form_a_tree(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        save = accounts.save_organisation
        made = await save(platform, admin("jena"), "jena-trees", {"de": "Grün"}, "jena")
        assert (made.id, made.parent) == ("jena-trees", "jena")
        await not_allowed(save(platform, admin("gera"), "jena-water", {"de": "Wasser"}, "jena"))
        await not_allowed(save(platform, admin("jena"), "third", {"de": "Dritte"}))
        with pytest.raises(InvalidInput):
            await save(platform, SYSTEM, "jena", {"de": "Jena"}, "jena-trees")
        with pytest.raises(InvalidInput):
            await save(platform, SYSTEM, "No Id", {"de": "Jena"})
        with pytest.raises(NotFound):
            await save(platform, SYSTEM, "lost", {"de": "Verloren"}, "nowhere")
        renamed = await save(platform, admin("jena"), "jena", {"de": "Stadt Jena", "en": "Jena"})
        assert renamed.name == {"de": "Stadt Jena", "en": "Jena"}
        listed = await accounts.organisations(platform, ANONYMOUS)
        assert [each.id for each in listed] == ["gera", "jena", "jena-trees"]

    run(scenario)


def test_administrators_manage_their_own_people_only(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        create = accounts.create_account
        ada = await create(platform, admin("jena"), "ada", "Ada", GOOD, JENA)
        await not_allowed(create(platform, admin("gera"), "bob", "Bob", GOOD, JENA))
        await not_allowed(create(platform, admin("jena"), "bob", "Bob", GOOD, {}))
        everything = {"*": frozenset({Role.READER})}
        await not_allowed(create(platform, admin("jena"), "bob", "Bob", GOOD, everything))
        with pytest.raises(NotAuthenticated):
            await create(platform, ANONYMOUS, "bob", "Bob", GOOD, JENA)
        with pytest.raises(Conflict):
            await create(platform, SYSTEM, "ADA", "Ada", GOOD, JENA)
        with pytest.raises(NotFound):
            await create(platform, SYSTEM, "bob", "Bob", GOOD, {"nowhere": frozenset(Role)})
        await not_allowed(accounts.set_active(platform, admin("gera"), ada.id, False))
        await accounts.grant(platform, admin("gera"), ada.id, "gera", Role.READER)
        await not_allowed(accounts.delete_account(platform, admin("jena"), ada.id))
        await not_allowed(accounts.set_password(platform, admin("jena"), ada.id, GOOD))
        (seen,) = await accounts.accounts_of(platform, admin("gera"), "gera")
        assert seen.roles == {"gera": frozenset({Role.READER})}
        await accounts.withdraw(platform, admin("gera"), ada.id, "gera", Role.READER)
        await accounts.delete_account(platform, admin("jena"), ada.id)
        assert await accounts.accounts_of(platform, SYSTEM) == []

    run(scenario)


def test_a_failing_creation_leaves_nothing_behind(run) -> None:
    async def scenario(platform: Platform) -> None:
        with pytest.raises(NotFound):
            await accounts.create_account(platform, SYSTEM, "ada", "Ada", GOOD, JENA)
        assert await accounts.accounts_of(platform, SYSTEM) == []
        assert await accounts.audit_log(platform, SYSTEM) == []

    run(scenario)


def test_lists_are_for_administrators(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        steward = Subject("user", "u-s", "", {"jena": frozenset({Role.STEWARD})})
        await not_allowed(accounts.accounts_of(platform, steward, "jena"))
        await not_allowed(accounts.accounts_of(platform, admin("jena")))
        await not_allowed(accounts.tokens_of(platform, admin("jena"), "gera"))
        assert await accounts.accounts_of(platform, admin("jena"), "jena") == []
        assert await accounts.tokens_of(platform, admin("jena"), "jena") == []

    run(scenario)


def test_a_token_carries_one_role_and_its_scopes(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        made = await accounts.create_token(
            platform, admin("jena"), "harvester", "jena", Role.STEWARD, [Scope.HARVEST_RUN], 30
        )
        assert made.key.startswith("alm_")
        subject = await accounts.authenticate_token(platform, made.key)
        assert subject.kind == "token"
        assert subject.roles == {"jena": frozenset({Role.STEWARD})}
        assert subject.scopes == {Scope.HARVEST_RUN}
        (listed,) = await accounts.tokens_of(platform, admin("jena"), "jena")
        assert (listed.id, listed.used) == (made.token.id, clock.now)
        clock.turn(days=30)
        for wrong in (made.key, "alm_" + "0" * 64, "", "xyz", made.key[4:]):
            with pytest.raises(NotAuthenticated):
                await accounts.authenticate_token(platform, wrong)

    run(scenario)


def test_a_revoked_token_is_useless_at_once(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        scopes = [Scope.CATALOGUE_READ]
        made = await accounts.create_token(platform, SYSTEM, "x", "jena", Role.READER, scopes)
        await not_allowed(accounts.revoke_token(platform, admin("gera"), made.token.id))
        await accounts.revoke_token(platform, admin("jena"), made.token.id)
        await accounts.revoke_token(platform, admin("jena"), made.token.id)
        with pytest.raises(NotAuthenticated):
            await accounts.authenticate_token(platform, made.key)
        stored = await platform.store.read(lambda db: db.rows("select * from service_token"))
        assert made.key not in repr(stored)

    run(scenario)


@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_token_must_expire_within_a_year(run, days: int) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        scopes = [Scope.CATALOGUE_READ]
        with pytest.raises(InvalidInput):
            await accounts.create_token(platform, SYSTEM, "x", "jena", Role.READER, scopes, days)
        assert await accounts.tokens_of(platform, SYSTEM, "jena") == []

    run(scenario)


def test_a_token_cannot_make_more_than_it_is(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        create = accounts.create_token
        scopes = [Scope.ADMIN]
        made = await create(platform, SYSTEM, "x", "jena", Role.STEWARD, scopes)
        token = await accounts.authenticate_token(platform, made.key)
        await not_allowed(create(platform, token, "y", "jena", Role.ADMINISTRATOR, scopes))
        await not_allowed(create(platform, admin("jena"), "y", "*", Role.READER, scopes))
        reading = await create(
            platform, SYSTEM, "z", "jena", Role.ADMINISTRATOR, [Scope.CATALOGUE_READ]
        )
        token = await accounts.authenticate_token(platform, reading.key)
        await not_allowed(create(platform, token, "y", "jena", Role.READER, scopes))
        made_at_all = await accounts.tokens_of(platform, SYSTEM, "jena")
        assert sorted(each.name for each in made_at_all) == ["x", "z"]

    run(scenario)


def test_the_audit_log_tells_what_was_done(run) -> None:
    async def scenario(platform: Platform) -> None:
        await city(platform)
        ada = await accounts.create_account(platform, admin("jena"), "ada", "Ada", GOOD, JENA)
        await accounts.login(platform, "ada", GOOD, "203.0.113.7")
        with pytest.raises(NotAuthenticated):
            await accounts.login(platform, "ada", "wrong", "203.0.113.7")
        log = await accounts.audit_log(platform, SYSTEM)
        assert [(each.actor, each.action, each.outcome) for each in log] == [
            (ada.id, "sign-in", "refused"),
            (ada.id, "sign-in", "done"),
            ("u-jena", "account-create", "done"),
            ("u-jena", "grant-administrator", "done"),
            ("system", "organisation-create", "done"),
            ("system", "organisation-create", "done"),
        ]
        page = await accounts.audit_log(platform, SYSTEM, before=log[3].sequence, limit=1)
        assert [each.target for each in page] == ["gera"]
        own = await accounts.audit_log(platform, admin("jena"))
        assert {each.organisation for each in own} == {"jena"}
        reader = Subject("user", "u-r", "", {"jena": frozenset({Role.READER})})
        await not_allowed(accounts.audit_log(platform, reader))
        await accounts.delete_account(platform, SYSTEM, ada.id)
        assert "ada" not in repr(await accounts.audit_log(platform, SYSTEM)).lower()

    run(scenario)


def test_the_database_refuses_to_change_the_audit_log(run) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.note(platform, SYSTEM, "test", "x")
        for statement in ("update audit set actor = 'me'", "delete from audit"):
            with pytest.raises(Exception, match="audit log"):
                await platform.store.write(lambda db, sql=statement: db.run(sql))
        assert len(await accounts.audit_log(platform, SYSTEM)) == 1

    run(scenario)


def _old_entry(db: Connection, at: int) -> None:
    db.run(
        "insert into audit (at, actor, action, target, organisation, outcome) "
        "values (:at, '', '', '', '', '')",
        at=at,
    )


def test_what_is_older_than_a_year_may_be_forgotten(run) -> None:
    async def scenario(platform: Platform) -> None:
        for days in (0, 364, 367, 900):
            at = now() - days * 86_400_000_000
            await platform.store.write(_old_entry, at)
        assert await platform.store.write(audit.forget_old) == 2
        assert len(await accounts.audit_log(platform, SYSTEM)) == 2

    run(scenario)
