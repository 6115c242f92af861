# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Many own records changed at once: what is wanted, what it would change, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from allmende.core import bulk, own_records, publishers
from allmende.core.bulk import Pick, Wish
from allmende.core.operations import operation
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.catalogue import ResourceKind
from allmende.model.profile import field_label
from allmende.model.vocabulary import vocabulary
from allmende.portal import addresses
from allmende.portal.editing.merging import told
from allmende.portal.editing.saving import organisations, sent
from allmende.portal.editing.target import person
from allmende.portal.editing.view import options_of
from allmende.portal.forms import csrf
from allmende.portal.names import licence_name
from allmende.portal.page import Crumb, Page
from allmende.portal.views.editing_mine import wanted_of

PICK = "pick."
FIELDS = (
    "licence", "publisher", "contact", "add-theme", "drop-theme", "add-keywords", "drop-keywords",
    "keyword-language", "reason",
)  # fmt: skip
LISTED = 200  # plans that are shown in full


@dataclass(frozen=True, slots=True)
class Shown:
    """One record of a preview or a result."""

    pick: str
    title: str
    address: str
    changes: list[tuple[str, list[str], list[str]]]
    became: str = ""
    error: str = ""


@operation("", seconds="upload_seconds")
async def change(page: Page) -> Response:
    """The form, its preview, or its work, as the button says."""
    person(page)
    given = await sent(page)
    state = given.state
    error, plans, results = "", None, None
    picks: list[Pick] = []
    try:
        picks = await _picks(page, state)
        if given.do == "apply":
            wish = await _wish(page, state)
            reason = state.get("reason", "").strip()[:500]
            done = await bulk.carry_out(page.platform, page.subject, picks, wish, reason)
            results = [_done(page, each) for each in done]
        elif given.do == "preview":
            wish = await _wish(page, state)
            named = [(each.kind, each.id) for each in picks]
            found = await bulk.preview(page.platform, page.subject, named, wish)
            plans = [_planned(page, each) for each in found]
        elif not picks:
            bulk.asked(Wish(), 0)
    except AllmendeError as problem:
        if problem.status in (401, 403, 500):
            raise
        error, page = problem.text[page.language], page.with_status(problem.status)
    return await _page(page, state, picks, error=error, plans=plans, results=results)


async def _picks(page: Page, state: Mapping[str, str]) -> list[Pick]:
    """The records that were ticked, or all the filter finds when that was asked for."""
    if state.get("all") and not any(name.startswith(PICK) for name in state):
        wanted = wanted_of(state)
        listed = await own_records.listing(
            page.platform, page.subject, wanted, limit=own_records.LIMIT
        )
        return [Pick(each.kind, each.id, each.revision) for each, _ in listed.rows]
    found = [_pick(name.removeprefix(PICK)) for name in state if name.startswith(PICK)]
    return [each for each in found if each is not None]


def _pick(text: str) -> Pick | None:
    kind, _, rest = text.partition("/")
    ident, _, revision = rest.rpartition("@")
    if kind not in set(ResourceKind) or not ident or not revision.isdecimal() or len(revision) > 9:
        return None
    return Pick(ResourceKind(kind), ident, int(revision))


async def _wish(page: Page, state: Mapping[str, str]) -> Wish:
    def listed(name: str, vocabulary_name: str) -> str:
        value = state.get(name, "")
        return value if vocabulary(vocabulary_name).get(value) else ""

    agent = contact = None
    if state.get("publisher"):
        agent, _ = bulk.of_publisher(await _publisher(page, state["publisher"]))
    if state.get("contact"):
        _, contact = bulk.of_publisher(await _publisher(page, state["contact"]))
        if contact is None:
            raise InvalidInput(
                "This organisation has said no contact yet; give it one first.",
                "Diese Organisation hat noch keinen Kontakt angegeben; bitte tragen Sie ihn ein.",
            )
    tag = state.get("keyword-language", "")
    return Wish(
        licence=listed("licence", "licence"),
        publisher=agent,
        contact=contact,
        add_theme=listed("add-theme", "data-theme"),
        drop_theme=listed("drop-theme", "data-theme"),
        add_keywords=_words(state.get("add-keywords", "")),
        drop_keywords=_words(state.get("drop-keywords", "")),
        language=tag if tag in ("de", "en") else "de",
    )


async def _publisher(page: Page, organisation: str) -> publishers.Publisher:
    return await publishers.get(page.platform, page.subject, organisation)


def _words(text: str) -> list[str]:
    found = [part.strip()[:100] for line in text.splitlines() for part in line.split(",")]
    return list(dict.fromkeys(part for part in found if part))


def _planned(page: Page, plan: bulk.Plan) -> Shown:
    record = plan.record
    changes = [
        (
            field_label(each.field, page.language),
            _told(page, each.field, each.before),
            _told(page, each.field, each.after),
        )
        for each in plan.changes
    ]
    return Shown(
        pick=f"{record.kind.value}/{record.id}@{record.revision}",
        title=page.said(record.resource.title).text or record.id,
        address=page.at(addresses.thing(record.kind, record.id)),
        changes=changes,
    )


def _told(page: Page, field: str, value: Any) -> list[str]:
    """A value as people read it: names for the addresses of lists."""
    values = value if isinstance(value, list) else [value]
    if field == "license":
        return [licence_name(each, page.language) for each in values if each]
    if field == "theme":
        return [vocabulary("data-theme").label(each, page.language) for each in values]
    return told(value)


def _done(page: Page, result: bulk.Result) -> Shown:
    return Shown(
        pick="",
        title=page.said(result.title).text or result.pick.id,
        address=page.at(addresses.thing(result.pick.kind, result.pick.id)),
        changes=[],
        became=result.became,
        error=result.error.get(page.language, ""),
    )


async def _page(
    page: Page,
    state: Mapping[str, str],
    picks: list[Pick],
    *,
    error: str,
    plans: list[Shown] | None,
    results: list[Shown] | None,
) -> Response:
    title = str(page.words("bulk.title"))
    return page.render(
        "edit_bulk.html",
        title=title,
        crumbs=[Crumb(str(page.words("mine-data.title")), page.at("/my-data")), Crumb(title)],
        csrf=csrf(page),
        error=error,
        picks=[f"{each.kind.value}/{each.id}@{each.revision}" for each in picks],
        plans=plans,
        shown=LISTED,
        affected=sum(1 for each in plans or () if each.changes),
        results=results,
        state={name: state.get(name, "") for name in FIELDS},
        licences=options_of("licence", page.language),
        themes=options_of("data-theme", page.language),
        organisations=await organisations(page),
    )
