# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking for data that are not open: who may ask, who decides, what opens and what closes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for
from tests.support.sensing import stream, thing

from allmende.core import access, accounts, catalogue, departures, files, people, sensing
from allmende.core.catalogue import Entry
from allmende.core.identity import own
from allmende.core.platform import Platform
from allmende.core.sensing import following
from allmende.core.signin import DAY
from allmende.errors import (
    Conflict,
    InvalidInput,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Grant, Level, Role, Status, Subject
from allmende.store import Connection, audit, mail, now
from allmende.store.mail import Waiting

GOOD = "Lampe Fluss Kiesel 7"
PURPOSE = "For a study of how warm the cellars of the old town get in summer."
LETTERS = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_from": "data@jena.example"}
DEEDS = ("ask", "question", "answer", "granted", "ended")
STEWARD = "steward@jena.example"
GUEST = "guest@example.org"


class Town:
    """A platform with a closed dataset, its steward, and somebody from outside."""

    def __init__(self, platform: Platform, steward: str, guest: str) -> None:
        self.platform = platform
        self.steward = Subject("user", steward, "S", {"jena": frozenset({Role.STEWARD})})
        self.guest_id = guest
        self.token = ""

    async def guest(self) -> Subject:
        """The guest as their session is known now."""
        if not self.token:
            session = await accounts.login(self.platform, GUEST, GOOD, "203.0.113.7")
            self.token = session.token
        return await accounts.authenticate_session(self.platform, self.token)

    async def reads(self, subject: Subject) -> bool:
        return bool(await files.listing(self.platform, subject, "cellars"))

    async def letters(self) -> list[tuple[str, str]]:
        """Who was written to, and about what; taken out."""
        return await self.platform.store.write(_letters)


def _letters(db: Connection) -> list[tuple[str, str]]:
    numbers = [row[0] for row in db.rows("select id from mail order by id")]
    found = [mail.waiting(db, each) for each in numbers]
    for each in numbers:
        mail.remove(db, each)
    return [(each.recipient, each.subject) for each in found if isinstance(each, Waiting)]


def town(engine: str, folder: Path, act: Callable[[Town], Awaitable[None]], **changes: Any) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        held = {"jena": frozenset({Role.STEWARD})}
        steward = await accounts.create_account(platform, SYSTEM, STEWARD, "S", GOOD, held)
        guest = await accounts.create_account(platform, SYSTEM, GUEST, "G", GOOD, {})
        await put(platform, "cellars", Level.RESTRICTED)
        await put(platform, "trees", Level.OPEN)
        await files.store(platform, SYSTEM, "cellars", "rows.csv", b"1\n", "text/csv")
        await act(Town(platform, steward.id, guest.id))

    run_scenario(settings_for(engine, folder, **{**LETTERS, **changes}), scenario)


async def put(platform: Platform, ident: str, data: Level, **changes: Any) -> None:
    entry = Entry(
        kind=ResourceKind.DATASET,
        id=ident,
        organisation="jena",
        resource=Dataset(title={"de": f"Daten {ident}", "en": f"Data {ident}"}),
        data_access=data,
        legal_basis="§ 1",
        **changes,
    )
    await catalogue.put(platform, SYSTEM, entry)


def wanted(town: Town, subject: Subject, **changes: Any) -> Awaitable[access.Request]:
    given: dict[str, Any] = {
        "dataset": "cellars",
        "kind": "research",
        "purpose": PURPOSE,
        "months": 6,
        "language": "en",
        **changes,
    }
    return access.ask(town.platform, subject, **given)


def test_a_request_is_asked_back_granted_reminded_of_and_ends(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        assert not await town.reads(guest)
        request = await wanted(town, guest)
        assert await town.letters() == [
            (GUEST, "Your request has arrived: Data cellars"),
            (STEWARD, "Antrag auf Daten: Daten cellars"),
        ]
        await access.ask_back(platform, town.steward, request.id, "Which summers?")
        await access.answer(platform, guest, request.id, "2024 and 2025.")
        assert await access.waiting(platform, town.steward) == 1
        await access.grant(platform, town.steward, request.id, 3, "Do not pass them on.")
        assert not await town.reads(guest)  # as long as it is the subject of before
        guest = await town.guest()
        assert await town.reads(guest)
        assert not await town.reads(ANONYMOUS)
        assert [each[0] for each in await town.letters()] == [GUEST, STEWARD, GUEST]
        talk = await access.one(platform, guest, request.id)
        said = [(each.side, each.action, each.words) for each in talk.said]
        assert said == [
            ("owner", "question", "Which summers?"),
            ("asker", "answer", "2024 and 2025."),
            ("owner", "granted", "Do not pass them on."),
        ]
        assert (talk.owner, talk.name, talk.login) == (False, "", "")
        seen = await access.one(platform, town.steward, request.id)
        assert (seen.owner, seen.name, seen.login) == (True, "G", GUEST)
        await platform.store.write(_shift, request.id, now() + 3 * DAY)
        for _ in range(2):
            await access.job(platform, {})
        assert [each[1] for each in await town.letters()] == [
            "Grant ends soon: Data cellars",
            "Freigabe endet bald: Daten cellars",
        ]
        await platform.store.write(_shift, request.id, now() - 1)
        assert not await town.reads(await town.guest())  # before the job has run
        await access.job(platform, {})
        (ended,) = await access.mine(platform, guest)
        assert ended.status == "ended"
        assert await town.letters() == [(GUEST, "Grant is over: Data cellars")]
        deeds = await platform.store.read(audit.entries, ["jena"], None, 20)
        told = [each.action for each in deeds if each.target == request.id]
        assert told == [f"access-{each}" for each in DEEDS[::-1]]
        (line,) = await access.numbers(platform)
        assert (line.organisation, line.requested, line.granted) == ("jena", 1, 1)

    town(engine, tmp_path, act)


def _shift(db: Connection, ident: str, until: int) -> None:
    db.run("update access_request set until = :until where id = :id", id=ident, until=until)


def test_a_grant_is_taken_back_at_once(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        await access.grant(platform, town.steward, request.id, 1)
        record = await catalogue.get(platform, guest, ResourceKind.DATASET, "cellars")
        assert (await access.standing(platform, await town.guest(), record)).code == "granted"
        await access.revoke(platform, town.steward, request.id, "The study is over.")
        assert not await town.reads(await town.guest())
        with pytest.raises(Conflict):
            await access.revoke(platform, town.steward, request.id, "Again.")

    town(engine, tmp_path, act)


def test_a_refusal_needs_a_reason_and_gives_a_rest(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        with pytest.raises(InvalidInput):
            await access.refuse(platform, town.steward, request.id, " \n ")
        with pytest.raises(Conflict):
            await wanted(town, guest)
        await access.refuse(platform, town.steward, request.id, "There is personal data in it.")
        with pytest.raises(Conflict, match="ask again in"):
            await wanted(town, guest)
        assert not await town.reads(await town.guest())
        with pytest.raises(Conflict):
            await access.grant(platform, town.steward, request.id, 1)

    town(engine, tmp_path, act)


def test_strangers_neither_see_nor_decide(engine: str, tmp_path: Path) -> None:
    stranger = Subject("user", "u-x", "X", {"weimar": frozenset({Role.STEWARD})})
    writer = Subject("user", "u-w", "W", {"jena": frozenset({Role.CONTRIBUTOR})})

    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        for who in (stranger, writer):
            with pytest.raises(NotFound):
                await access.one(platform, who, request.id)
            with pytest.raises(NotFound):
                await access.grant(platform, who, request.id, 1)
        with pytest.raises(NotAllowed):
            await access.grant(platform, guest, request.id, 1)
        with pytest.raises(NotFound):
            await access.answer(platform, town.steward, request.id, "I answer myself.")
        with pytest.raises(NotAuthenticated):
            await access.one(platform, ANONYMOUS, request.id)
        with pytest.raises(NotAllowed):
            await access.queue(platform, guest)
        assert await access.queue(platform, stranger) == []
        assert [each.id for each in await access.queue(platform, town.steward)] == [request.id]

    town(engine, tmp_path, act)


def test_what_cannot_be_asked_for(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        with pytest.raises(NotAuthenticated):
            await wanted(town, ANONYMOUS)
        with pytest.raises(Conflict):
            await wanted(town, guest, dataset="trees")
        with pytest.raises(Conflict):
            await wanted(town, town.steward)
        await put(platform, "secret", Level.RESTRICTED, metadata_access=Level.RESTRICTED)
        await put(platform, "early", Level.RESTRICTED, status=Status.DRAFT)
        for name in ("secret", "early", "nowhere"):
            with pytest.raises(NotFound):
                await wanted(town, guest, dataset=name)
        for wrong in (
            {"purpose": "too short"},
            {"purpose": "x" * 4_001},
            {"purpose": "\x00" * 50},
            {"months": 0},
            {"months": 25},
            {"kind": "<script>"},
            {"language": "xx"},
        ):
            with pytest.raises(InvalidInput):
                await wanted(town, guest, **wrong)
        found = await wanted(town, guest, purpose=f"\u202e{PURPOSE}\x07\r\nnow")
        assert found.purpose == f"{PURPOSE}\nnow"

    town(engine, tmp_path, act)


def test_there_are_limits(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allmende.core.access.asking.MOST_WAITING", 1)
    monkeypatch.setattr("allmende.core.access.asking.A_DAY", 2)
    monkeypatch.setattr("allmende.core.access.deciding.MOST_GRANTS", 1)

    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        for name in ("attics", "roofs"):
            await put(platform, name, Level.INTERNAL)
        first = await wanted(town, guest)
        with pytest.raises(LimitExceeded):
            await wanted(town, guest, dataset="attics")
        await access.grant(platform, town.steward, first.id, 1)
        second = await wanted(town, guest, dataset="attics")
        with pytest.raises(LimitExceeded):
            await access.grant(platform, town.steward, second.id, 1)
        await access.withdraw(platform, guest, second.id)
        with pytest.raises(TooManyRequests):
            await wanted(town, guest, dataset="roofs")

    town(engine, tmp_path, act)


def test_a_person_takes_their_requests_along_and_leaves_numbers(
    engine: str, tmp_path: Path
) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        await access.ask_back(platform, town.steward, request.id, "Why, Gerda?")
        kept = (await own.everything(platform, guest))["requests"]
        assert [(each["purpose"], each["said"][0]["words"]) for each in kept] == [
            (PURPOSE, "Why, Gerda?")
        ]
        await own.erase(platform, guest)
        (left,) = await access.queue(platform, town.steward)
        assert (left.account, left.purpose, left.status) == (None, "", "withdrawn")
        assert (await access.one(platform, town.steward, request.id)).said == []
        (line,) = await access.numbers(platform)
        assert (line.requested, line.other) == (1, 1)

    town(engine, tmp_path, act)


def test_a_grant_ends_with_the_account(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        await access.grant(platform, town.steward, request.id, 1)
        await people.delete_account(platform, SYSTEM, town.guest_id)
        (left,) = await access.queue(platform, town.steward)
        assert (left.account, left.status) == (None, "ended")

    town(engine, tmp_path, act)


def test_a_grant_does_not_come_back_with_the_id_of_an_erased_dataset(
    engine: str, tmp_path: Path
) -> None:
    async def act(town: Town) -> None:
        platform, guest = town.platform, await town.guest()
        request = await wanted(town, guest)
        await access.grant(platform, town.steward, request.id, 1)
        kind, boss = ResourceKind.DATASET, SYSTEM
        await departures.archive(platform, boss, kind, "cellars", "It is over.")
        assert not await town.reads(await town.guest())
        record = await catalogue.get(platform, boss, kind, "cellars")
        await departures.erase(
            platform, boss, kind, "cellars", "For good.", expected_revision=record.revision
        )
        assert await access.mine(platform, guest) == []
        await put(platform, "cellars", Level.RESTRICTED)
        await files.store(platform, SYSTEM, "cellars", "rows.csv", b"2\n", "text/csv")
        assert not await town.reads(await town.guest())

    town(engine, tmp_path, act)


def test_without_a_mail_server_nothing_is_written(engine: str, tmp_path: Path) -> None:
    async def act(town: Town) -> None:
        await wanted(town, await town.guest())
        assert await town.letters() == []

    town(engine, tmp_path, act, smtp_host="", smtp_from="")


def test_nobody_follows_longer_than_a_grant() -> None:
    def guest(*until: int) -> Subject:
        grants = tuple(Grant(f"d-{at}", each) for at, each in enumerate(until))
        return Subject("user", "u-g", grants=grants)

    hour = 3_600_000_000
    assert following.good_for(guest(), 900) == 900
    assert following.good_for(guest(now() + hour), 900) == 900
    assert 0 < following.good_for(guest(now() + hour, now() + 2 * hour), 9_000) <= 3_600
    assert following.good_for(guest(now() - 1), 900) == 0


def test_a_series_less_open_than_its_thing_stays_closed(engine: str, tmp_path: Path) -> None:
    guest = Subject("user", "u-g", grants=(Grant("thing-1", now() + DAY),))

    def close(db: Connection, table: str, column: str, value: str) -> None:
        db.run(f"update {table} set {column} = :value", value=value)

    async def scenario(platform: Platform) -> None:
        await sensing.register(platform, SYSTEM, thing("weather", stream()))
        set_ = platform.store.write
        await set_(close, "sense_thing", "data_access", "internal")
        await set_(close, "sense_datastream", "data_access", "restricted")
        assert await sensing.visible_streams(platform, guest) == []
        await set_(close, "sense_thing", "data_access", "restricted")
        assert await sensing.visible_streams(platform, guest) == [1]
        assert await sensing.visible_streams(platform, ANONYMOUS) == []
        await set_(close, "sense_thing", "status", "archived")
        assert await sensing.visible_streams(platform, guest) == []

    run_scenario(settings_for(engine, tmp_path), scenario)
