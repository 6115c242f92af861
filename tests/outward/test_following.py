# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following by letter: asked for, confirmed, told once in words, never of what is hidden."""

import asyncio
from typing import Any

import pytest
from tests.support.clock import Clock
from tests.support.followers import (
    ERIKA,
    Run,
    change,
    entry,
    follow,
    link_of,
    one,
    send,
    tell,
    tell_later,
    wanted,
)
from tests.support.postbox import Postbox

from allmende.core import (
    accounts,
    catalogue,
    following,
    following_work,
    mail,
    worker,
)
from allmende.core.platform import Platform
from allmende.core.work import registry
from allmende.errors import NotFound
from allmende.model.catalogue import Dataset, Distribution
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject
from allmende.store import Connection
from allmende.store import following as rows
from allmende.store import mail as letters


def test_nothing_is_sent_before_the_link_was_opened(mailed_lean: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        assert not await following.ask(platform, ANONYMOUS, wanted(), "192.0.2.1")
        await send(platform)
        assert "Bäume" not in box.text()  # no words that somebody else may have chosen
        await change(platform, title={"de": "Alle Bäume"})
        await tell(platform)
        assert len(box.letters) == 1
        ident, key = link_of(box)
        for wrong in ("", "x" * 22, following.key_for(platform, ident, following.MANAGE)):
            with pytest.raises(NotFound):
                await following.confirm(platform, ident, wrong)
        await following.confirm(platform, ident, key)
        await tell(platform)
        assert len(box.letters) == 1  # what was before is not told
        await change(platform, title={"de": "Alle Bäume Jenas"})
        await tell(platform)
        assert len(box.letters) == 2

    mailed_lean(scenario)


def test_a_letter_says_in_words_what_has_changed_and_how_to_end_it(
    mailed_lean: Run, box: Postbox
) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        german, english = await follow(
            platform, box, wanted(), wanted(email="john@example.org", language="en")
        )
        await change(
            platform,
            title={"de": "Baumkataster", "en": "Tree register"},
            modified="2026-05-04",
            license="http://dcat-ap.de/def/licenses/cc-zero",
            distribution=[
                Distribution(title={"de": "Karte"}, download_url=["https://x.example/2"])
            ],
        )
        await tell(platform)
        found = {each["To"]: each for each in box.letters}
        letter = found[ERIKA]
        assert letter["Subject"] == "Geändert: Baumkataster"
        text = letter.get_content()
        for sentence in (
            "Titel: „Bäume trees“ heißt jetzt „Baumkataster“.",
            "Die Daten sind vom 4. Mai 2026.",
            "Neu: Karte.",
            "Nicht mehr dabei: Tabelle.",
            "https://daten.jena.example/de/datasets/trees",
            f"https://daten.jena.example/de/follow/{german}?key=",
        ):
            assert sentence in text, text
        assert "The data are of May 4, 2026." in found["john@example.org"].get_content()
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        stop = letter["List-Unsubscribe"].strip("<>")
        assert stop == following.stop_address(platform, await one(platform, german))
        await following.stop(platform, german, stop.partition("key=")[2])
        await following.stop(platform, german, stop.partition("key=")[2])  # twice is fine
        with pytest.raises(NotFound):
            await following.stop(platform, english, stop.partition("key=")[2])
        await change(platform, title={"de": "Bäume"})
        await tell_later(platform, english)
        assert [each["To"] for each in box.letters[2:]] == ["john@example.org"]

    mailed_lean(scenario)


def test_one_is_told_once_and_again_only_after_the_pause(
    mailed_lean: Run, box: Postbox, clock: Clock
) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        await follow(platform, box, wanted())
        await change(platform, modified="2026-01-01")
        await asyncio.gather(following_work.work(platform, {}), following_work.work(platform, {}))
        await tell(platform)
        await change(platform, modified="2026-01-02")
        await tell(platform)
        assert len(box.letters) == 1
        clock.turn(minutes=16)
        await tell(platform)
        assert len(box.letters) == 2
        assert "2. Januar 2026" in box.text()
        assert "1. Januar 2026" not in box.text()

    mailed_lean(scenario)


def test_daily_and_weekly_letters_gather(mailed_lean: Run, box: Postbox, clock: Clock) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        await follow(
            platform,
            box,
            wanted(pace="daily"),
            wanted(pace="weekly", email="john@example.org", language="en"),
        )
        await change(platform, modified="2026-01-01")
        await change(platform, version="2")
        await tell(platform)
        assert not box.letters
        clock.turn(days=1)
        await tell(platform)
        assert len(box.letters) == 1
        assert "Version 2." in box.text()
        assert "1. Januar 2026" in box.text()
        clock.turn(days=7)
        await tell(platform)
        assert [each["To"] for each in box.letters] == [ERIKA, "john@example.org"]

    mailed_lean(scenario)


def test_a_search_tells_what_is_new_and_what_has_changed(mailed: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry("old"))
        search = "q=Baum&page=3"
        (ident,) = await follow(platform, box, wanted(search, kind="search"))
        await change(platform, "old", version="7")
        await catalogue.put(platform, SYSTEM, entry("new"))
        await catalogue.put(platform, SYSTEM, entry("hidden", status=Status.DRAFT))
        other = Dataset(title={"de": "Brunnen"})
        await catalogue.put(platform, SYSTEM, entry("wells", resource=other))
        await tell(platform)
        assert box.letters[0]["Subject"] == "Neues zu Ihrer Suche „Baum“"
        text = box.text().replace("\r\n", "\n")
        assert "Neu: Bäume new" in text
        assert "Geändert: Bäume old\n  * Version 7." in text
        assert "hidden" not in text
        assert "Brunnen" not in text
        assert "https://daten.jena.example/de/datasets?q=Baum\n" in text
        await tell_later(platform, ident)
        assert len(box.letters) == 1

    mailed(scenario)


def test_what_became_hidden_is_not_told(mailed: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        idents = await follow(platform, box, wanted(), wanted("q=Baum", kind="search"))
        closed = {"metadata_access": Level.INTERNAL, "legal_basis": "§ 1"}
        await change(platform, title={"de": "Geheim"}, **closed)
        await tell_later(platform, *idents)
        assert not box.letters
        # Open when the letter is put in, hidden when it is sent.
        await change(platform, title={"de": "Bäume"}, metadata_access=Level.OPEN)
        for ident in idents:
            await platform.store.write(rows.rest, ident, 0)
        await following_work.work(platform, {})
        assert await platform.store.read(letters.count) == 2
        await change(platform, **closed)
        await send(platform)
        assert await platform.store.read(letters.count) == 0
        assert not box.letters

    mailed(scenario)


def test_insiders_are_told_what_they_may_see_while_they_may(mailed: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        reader = {"jena": frozenset({Role.READER})}
        person = await accounts.create_account(
            platform, SYSTEM, "erika", "Erika", "Wiesen gehören allen 1887", reader
        )
        erika = Subject(kind="user", id=person.id, roles=reader)
        closed = entry(metadata_access=Level.INTERNAL, legal_basis="§ 1")
        await catalogue.put(platform, SYSTEM, closed)
        with pytest.raises(NotFound):
            await following.ask(platform, ANONYMOUS, wanted(), "192.0.2.1")
        assert not await following.ask(platform, erika, wanted(), "192.0.2.1")
        await send(platform)
        ident, key = link_of(box)
        await following.confirm(platform, ident, key)
        assert await following.ask(platform, erika, wanted("q=Baum", kind="search"), "192.0.2.1")
        assert len(await following.mine(platform, erika)) == 2
        await change(platform, version="2")
        await tell(platform)
        assert len(box.letters) == 3
        await accounts.withdraw(platform, SYSTEM, person.id, "jena", Role.READER)
        await change(platform, version="3")
        await tell_later(platform, *[each.id for each in await following.mine(platform, erika)])
        assert len(box.letters) == 3
        await accounts.delete_account(platform, SYSTEM, person.id)
        assert await platform.store.read(rows.find, ident) is None

    mailed(scenario)


def test_a_fall_between_noting_and_sending_loses_and_doubles_nothing(
    mailed: Run, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        (ident,) = await follow(platform, box, wanted())
        await change(platform, version="2")
        put = mail.put

        def falls(db: Connection, *given: Any) -> int:
            put(db, *given)
            raise RuntimeError("fell")

        with monkeypatch.context() as patch:
            patch.setattr(mail, "put", falls)
            with pytest.raises(RuntimeError):
                await following_work.work(platform, {})
        assert (await one(platform, ident)).told == 1
        assert await platform.store.read(letters.count) == 0
        await tell(platform)
        await tell_later(platform, ident)
        assert len(box.letters) == 1

    mailed(scenario)


def test_what_a_long_outage_swallowed_is_told_anew(mailed_lean: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        (ident,) = await follow(platform, box, wanted())
        for number in ("2", "3"):
            await change(platform, version=number)
            await platform.store.write(rows.rest, ident, 0)
            await following_work.work(platform, {})
        assert await platform.store.read(letters.count) == 2
        await platform.store.write(following_work.tidy, 1 << 53)
        assert await platform.store.read(letters.count) == 0
        await tell(platform)
        assert len(box.letters) == 1
        assert "Version 3." in box.text()

    mailed_lean(scenario)


def test_the_running_program_tells_followers_by_itself(
    mailed: Run, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following_work, "GATHER", 0)
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.01)

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        await follow(platform, box, wanted())
        await platform.store.write(registry().prepare)  # from here on it listens
        async with worker.working(platform, registry()):
            await change(platform, version="2")
            while not box.letters:
                await asyncio.sleep(0.01)
        assert "Version 2." in box.text()

    mailed(scenario)
