# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Following by letter: what is exported, erased, ended and refused."""

from pathlib import Path

import pytest
from tests.support.clock import Clock
from tests.support.followers import (
    ERIKA,
    Run,
    entry,
    follow,
    mailing,
    one,
    send,
    tell_later,
    wanted,
)
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox

from allmende.core import (
    accounts,
    catalogue,
    feedback,
    following,
    following_news,
    following_work,
    showcases,
)
from allmende.core.identity import own
from allmende.core.platform import Platform
from allmende.core.sensing import erasing
from allmende.core.work import registry
from allmende.errors import InvalidInput, NotFound, TooManyRequests, Unsupported
from allmende.policy import ANONYMOUS, SYSTEM, Subject
from allmende.store import Connection, jobs
from allmende.store import following as rows
from allmende.store.sensing import erasing as ledger


def test_what_one_follows_says_and_shows_is_exported_and_erased(
    mailed_lean: Run, box: Postbox
) -> None:
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

    mailed_lean(scenario)


def test_what_was_ended_does_not_come_back_with_a_backup(mailed_lean: Run, box: Postbox) -> None:
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

    mailed_lean(scenario)


def forget_ledger(db: Connection) -> None:
    db.run("delete from erasure")


def test_changes_wake_the_teller(mailed_lean: Run, box: Postbox, clock: Clock) -> None:
    async def scenario(platform: Platform) -> None:
        subscription = registry().subscriptions["followers"]
        await catalogue.put(platform, SYSTEM, entry())
        from allmende.store import events

        await subscription.hear(platform, await platform.store.read(events.events_after, 0))
        waiting = await platform.store.read(jobs.jobs, "waiting", None, 10)
        assert [each.kind for each in waiting] == [following_work.JOB_KIND]

    mailed_lean(scenario)


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
