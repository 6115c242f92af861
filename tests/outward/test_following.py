# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following by letter: asked for, confirmed, told once in words, never of what is hidden."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.clock import Clock, install
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox, postbox

from allmende.core import (
    accounts,
    catalogue,
    feedback,
    following,
    following_news,
    following_work,
    mail,
    showcases,
    worker,
)
from allmende.core.catalogue import Entry
from allmende.core.following import Wanted
from allmende.core.identity import own
from allmende.core.platform import Platform
from allmende.core.sensing import erasing
from allmende.core.work import registry
from allmende.errors import InvalidInput, NotFound, TooManyRequests, Unsupported
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Status, Subject
from allmende.store import Connection, jobs
from allmende.store import following as rows
from allmende.store import mail as letters
from allmende.store.sensing import erasing as ledger

ERIKA = "erika@example.org"
Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as found:
        yield found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return install(monkeypatch, following, following_work, rows, jobs)


def mailing(box: Postbox) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "smtp_from": "daten@jena.example",
        "site_name": "Jena",
        "base_url": "https://daten.jena.example",
        "signins_per_minute": 100,
    }


@pytest.fixture
def run(engine: str, tmp_path: Path, box: Postbox) -> Run:
    """Runs a scenario on a fresh platform with a mail server."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path, **mailing(box)), scenario)


@pytest.fixture
def lean(tmp_path: Path, box: Postbox) -> Run:
    """The same on SQLite only, for what the database has no part in."""
    return lambda scenario: run_scenario(settings_for("", tmp_path, **mailing(box)), scenario)


def entry(ident: str = "trees", **changes: Any) -> Entry:
    resource = changes.pop("resource", None) or Dataset(
        title={"de": f"Bäume {ident}", "en": f"Trees {ident}"},
        keyword={"de": ["Baum"]},
        license="http://dcat-ap.de/def/licenses/cc-by/4.0",
        distribution=[Distribution(title={"de": "Tabelle"}, download_url=["https://x.example/1"])],
    )
    return Entry(
        kind=ResourceKind.DATASET, id=ident, organisation="jena", resource=resource, **changes
    )


async def change(platform: Platform, ident: str = "trees", **fields: Any) -> None:
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, ident)
    made = catalogue.entry_of(record)
    made.expected_revision = None
    for name, value in fields.items():
        setattr(made if hasattr(made, name) else made.resource, name, value)
    await catalogue.put(platform, SYSTEM, made)


def wanted(target: str = "trees", **changes: Any) -> Wanted:
    values = {"kind": "dataset", "email": ERIKA, "pace": "soon", "language": "de", **changes}
    return Wanted(target=target, **values)


async def send(platform: Platform) -> None:
    """Does every waiting letter once."""
    for job in await platform.store.read(jobs.jobs, "waiting", None, 100):
        if job.kind == mail.JOB_KIND:
            await registry().handlers[job.kind](platform, job.arguments)


async def tell(platform: Platform) -> None:
    """What the program does when something has changed, to the end."""
    await following_work.work(platform, {})
    await send(platform)


async def follow(platform: Platform, box: Postbox, *asked: Wanted) -> list[str]:
    """Follows and opens the links; the ids."""
    found = []
    for each in asked:
        assert not await following.ask(platform, ANONYMOUS, each, "192.0.2.1")
        await send(platform)
        ident, key = link_of(box)
        await following.confirm(platform, ident, key)
        found.append(ident)
    box.letters.clear()
    return found


def link_of(box: Postbox, part: str = "/confirm") -> tuple[str, str]:
    match = re.search(rf"/follow/(f-\w+){part}\?key=([\w-]+)", box.text())
    assert match, box.text()
    return match[1], match[2]


def test_nothing_is_sent_before_the_link_was_opened(lean: Run, box: Postbox) -> None:
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

    lean(scenario)


def test_a_letter_says_in_words_what_has_changed_and_how_to_end_it(lean: Run, box: Postbox) -> None:
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

    lean(scenario)


async def one(platform: Platform, ident: str) -> following.Follow:
    found = await platform.store.read(rows.find, ident)
    assert found is not None
    return found


async def tell_later(platform: Platform, *idents: str) -> None:
    """The same when the pause between two letters is over."""
    for ident in idents:
        await platform.store.write(rows.rest, ident, 0)
    await tell(platform)


def test_one_is_told_once_and_again_only_after_the_pause(
    lean: Run, box: Postbox, clock: Clock
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

    lean(scenario)


def test_daily_and_weekly_letters_gather(lean: Run, box: Postbox, clock: Clock) -> None:
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

    lean(scenario)


def test_a_search_tells_what_is_new_and_what_has_changed(run: Run, box: Postbox) -> None:
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

    run(scenario)


def test_what_became_hidden_is_not_told(run: Run, box: Postbox) -> None:
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

    run(scenario)


def test_insiders_are_told_what_they_may_see_while_they_may(run: Run, box: Postbox) -> None:
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

    run(scenario)


def test_a_fall_between_noting_and_sending_loses_and_doubles_nothing(
    run: Run, box: Postbox, monkeypatch: pytest.MonkeyPatch
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

    run(scenario)


def test_what_a_long_outage_swallowed_is_told_anew(lean: Run, box: Postbox) -> None:
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

    lean(scenario)


def test_the_running_program_tells_followers_by_itself(
    run: Run, box: Postbox, monkeypatch: pytest.MonkeyPatch
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

    run(scenario)


def test_what_one_follows_says_and_shows_is_exported_and_erased(lean: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        person = await accounts.create_account(
            platform, SYSTEM, ERIKA, "Erika", "Wiesen gehören allen 1887", {}
        )
        erika = Subject(kind="user", id=person.id)
        await following.ask(platform, erika, wanted(), "192.0.2.1")
        note = feedback.Said(kind="wish", text="Geheim.", private=True, email=ERIKA)
        await feedback.say(platform, erika, "trees", note, "192.0.2.1")
        said = feedback.Said(kind="wish", text="Mehr Bäume.", name="Erika", email=ERIKA)
        public = await feedback.say(platform, erika, "trees", said, "192.0.2.1")
        await feedback.publish(platform, SYSTEM, public.id)
        sent = showcases.Sent(
            kind="other",
            title="Baumfreund",
            text="Zeigt den nächsten Baum.",
            link="https://x.example",
            datasets=["trees"],
            maker="Erika",
        )
        made = await showcases.send_in(platform, erika, sent, b"", "192.0.2.1")
        await showcases.decide(platform, SYSTEM, made.id, "published")
        kept = await own.everything(platform, erika)
        assert [each["target"] for each in kept["following"]] == ["trees"]
        assert [each["text"] for each in kept["feedback"]] == ["Geheim.", "Mehr Bäume."]
        assert [each["title"] for each in kept["showcases"]] == ["Baumfreund"]
        await own.erase(platform, erika)
        left = await feedback.inbox(platform, SYSTEM)
        assert [(each.text, each.name, each.email) for each in left] == [("Mehr Bäume.", "", "")]
        shown = await showcases.one(platform, SYSTEM, made.id)
        assert (shown.showcase.maker, shown.showcase.account) == ("", None)

    lean(scenario)


def test_what_was_ended_does_not_come_back_with_a_backup(lean: Run, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        ended, kept = await follow(platform, box, wanted(), wanted(email="john@example.org"))
        before = await one(platform, ended)
        key = following.key_for(platform, ended, following.MANAGE)
        await following.stop(platform, ended, key)
        lines = await platform.store.read(ledger.ledger)
        await platform.store.write(rows.add, before)  # as the backup has it
        await platform.store.write(forget_ledger)
        assert await erasing.again(platform, lines) == 1
        assert await platform.store.read(rows.find, ended) is None
        assert await platform.store.read(rows.find, kept) is not None

    lean(scenario)


def forget_ledger(db: Connection) -> None:
    db.run("delete from erasure")


def test_changes_wake_the_teller(lean: Run, box: Postbox, clock: Clock) -> None:
    async def scenario(platform: Platform) -> None:
        subscription = registry().subscriptions["followers"]
        await catalogue.put(platform, SYSTEM, entry())
        from allmende.store import events

        await subscription.hear(platform, await platform.store.read(events.events_after, 0))
        waiting = await platform.store.read(jobs.jobs, "waiting", None, 10)
        assert [each.kind for each in waiting] == [following_work.JOB_KIND]

    lean(scenario)


def test_what_cannot_be_followed_is_said(tmp_path: Path, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        for wrong in (
            wanted(email="a@b.de\nBcc: x@y.de"),
            wanted(pace="hourly"),
            wanted(language="fr"),
            wanted("bbox=1,2", kind="search"),
            wanted("q=" + "x" * 3_000, kind="search"),
            wanted("start=gestern", kind="search"),
        ):
            with pytest.raises(InvalidInput):
                await following.ask(platform, ANONYMOUS, wrong, "192.0.2.1")
        with pytest.raises(NotFound):
            await following.ask(platform, ANONYMOUS, wanted("none"), "192.0.2.1")
        for number in range(5):
            pace = following.PACES[number % 3]
            await following.ask(platform, ANONYMOUS, wanted(pace=pace), "192.0.2.1")
        await send(platform)
        assert len(box.letters) == following.LETTERS_A_DAY
        for _ in range(100):
            await following.ask(platform, ANONYMOUS, wanted(), "192.0.2.7")
        with pytest.raises(TooManyRequests):
            await following.ask(platform, ANONYMOUS, wanted(), "192.0.2.7")

    run_scenario(settings_for("", tmp_path, **mailing(box)), scenario)


def test_without_a_mail_server_nothing_can_be_followed(tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry())
        with pytest.raises(Unsupported):
            await following.ask(platform, ANONYMOUS, wanted(), "192.0.2.1")

    run_scenario(settings_for("", tmp_path), scenario)


def test_long_letters_are_cut_and_say_so(tmp_path: Path, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        (ident,) = await follow(platform, box, wanted("q=Baum", kind="search"))
        many = [entry(f"trees-{number}") for number in range(following_news.MOST_TOLD + 5)]
        await catalogue.put_many(platform, SYSTEM, many)
        await tell_later(platform, ident)
        assert box.text().count("Neu: ") == following_news.MOST_TOLD
        assert "Und weitere" in box.text()

    run_scenario(settings_for("", tmp_path, **mailing(box)), scenario)
