# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records that are used, said something about, shown and followed."""

from __future__ import annotations

from collections.abc import Iterable

from allmende.core import following_news, usage_counting
from allmende.core.following_news import Span
from allmende.core.platform import Platform
from allmende.policy import Subject
from allmende.store import Connection, feedback, showcases, usage
from allmende.store import following as rows
from allmende.store.feedback import Feedback
from allmende.store.following import Follow
from allmende.store.showcases import Showcase

SHOWCASES = ("showcase-0", "showcase-1")


async def add_part(platform: Platform, records: Iterable[str]) -> None:
    """Each was used seven times, has feedback, and is one of the datasets of a showcase."""
    await platform.store.write(_add, usage_counting.today(platform), list(records))


def _add(db: Connection, day: int, records: list[str]) -> None:
    usage.add(db, {(day, name, "view", "dataset"): 7 for name in records})
    keys = {name: _key(db, name) for name in records}
    for number, part in enumerate((records[:14], records[14:])):
        made = Showcase(
            id=SHOWCASES[number],
            kind="other",
            title="Showcase",
            text="Something that was made of data.",
            link="https://made.example/",
            language="en",
            maker="",
            email="",
            account=None,
            state="published",
            records=[keys[name] for name in part],
        )
        showcases.add(db, made, None)
    for name in records:
        said = Feedback(
            record=keys[name],
            kind="wish",
            private=False,
            text=f"About matrix {name}",
            name="",
            email="",
            account=None,
            language="en",
            state="open",
        )
        feedback.add(db, said)


def _key(db: Connection, name: str) -> int:
    return int(db.value("select key from resource where kind = 'dataset' and id = :id", id=name))


async def told(platform: Platform, subject: Subject) -> str:
    """The titles in a letter about everything that was ever written, to a subject."""
    upto, at = await platform.store.read(rows.newest)
    follow = Follow(
        id="f-1",
        account=None,
        email="erika@example.org",
        language="de",
        kind="search",
        target="q=matrix",
        record=None,
        pace="soon",
        told=0,
        told_at=0,
        due=0,
        confirmed=1,
        created=0,
    )
    found = await following_news.news_for(platform, subject, follow, Span(0, 0, upto, at))
    return "\n".join(each.title for each in found.items)
