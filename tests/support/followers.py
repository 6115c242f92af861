# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""People who follow the catalogue by letter, and what happens to it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.postbox import Postbox

from allmende.core import (
    catalogue,
    following,
    following_work,
    mail,
)
from allmende.core.catalogue import Entry
from allmende.core.following import Wanted
from allmende.core.platform import Platform
from allmende.core.work import registry
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.store import following as rows
from allmende.store import jobs

ERIKA = "erika@example.org"
Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


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


async def one(platform: Platform, ident: str) -> following.Follow:
    found = await platform.store.read(rows.find, ident)
    assert found is not None
    return found


async def tell_later(platform: Platform, *idents: str) -> None:
    """The same when the pause between two letters is over."""
    for ident in idents:
        await platform.store.write(rows.rest, ident, 0)
    await tell(platform)
