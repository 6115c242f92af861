# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The form of a record: new, as a copy, or one that is there; checked, saved, published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from allmende.core import catalogue, suggesting
from allmende.core.catalogue import Entry, Record
from allmende.core.operations import operation
from allmende.core.working_copies import WorkingCopy
from allmende.errors import AllmendeError, NotAllowed, NotFound
from allmende.model.catalogue import Dataset, Resource, ResourceKind
from allmende.policy import Level
from allmende.portal import addresses
from allmende.portal.editing import offering, panel
from allmende.portal.editing.panel import Panel
from allmende.portal.editing.reading import MOST_NODES, flatten, read
from allmende.portal.editing.saving import (
    ADDED,
    KINDS,
    LANGUAGE,
    Sent,
    Work,
    begin,
    fresh,
    kept,
    languages,
    organisations,
    own_catalogue,
    sent,
    show_fields,
    take,
    template,
)
from allmende.portal.editing.target import (
    WRITING,
    Target,
    buttons,
    for_new,
    opened,
    person,
    write,
)
from allmende.portal.editing.view import Builder, View, language_name
from allmende.portal.forms import csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.views import editing_conflict
from allmende.portal.words import LANGUAGES, words

LEVELS = (
    (Level.OPEN, "edit.level-open"),
    (Level.INTERNAL, "edit.level-internal"),
    (Level.RESTRICTED, "edit.level-restricted"),
)


def path_of(kind: ResourceKind, ident: str = "") -> str:
    """The address of a form, without language."""
    return f"/edit/{kind.value}/{ident}" if ident else f"/edit/{kind.value}"


def kind_of(page: Page) -> ResourceKind:
    """The kind in the address; NotFound for any other word."""
    found = KINDS.get(page.request.path_params["kind"])
    if found is None:
        raise NotFound("There is no such form.", "Dieses Formular gibt es nicht.")
    return found


# --- new ------------------------------------------------------------------------------------


async def new(page: Page) -> Response:
    """The empty form, or one filled from a template (`?from=`)."""
    person(page)
    work = await begin(page, await _new_entry(page))
    target = await for_new(page, work.entry)
    return await render(page, work, state_of(work, page.language, target), target)


async def _new_entry(page: Page) -> Entry:
    kind = kind_of(page)
    mine = await organisations(page)
    if not mine:
        raise NotAllowed(
            "Only people who write for an organisation make new records.",
            "Neue Einträge legen nur Personen an, die für eine Organisation schreiben dürfen.",
        )
    source = page.request.query_params.get("from", "")
    if source:
        record = await catalogue.get(page.platform, page.subject, kind, source)
        marked: dict[str, str] = {tag: str(words(tag)("edit.copy-of")) for tag in LANGUAGES}
        entry = template(record, marked)
        if record.organisation not in {ident for ident, _ in mine}:
            entry.organisation = mine[0][0]
        return entry
    entry = fresh(kind, mine[0][0])
    entry.catalogue = await own_catalogue(page)
    await offering.fill(page, entry)
    return entry


@operation("", seconds="upload_seconds")
async def create(page: Page) -> Response:
    """Checks or keeps what was sent as a new record."""
    person(page)
    given = await sent(page)
    work = await begin(page, await _new_entry(page))
    work.entry.id = given.state.get("ident", "").strip()[:60]
    return await act(page, work, given, await for_new(page, work.entry))


# --- there ----------------------------------------------------------------------------------


async def edit(page: Page) -> Response:
    """The form of a record, or of its working copy."""
    target = await opened(page, kind_of(page), page.request.path_params["id"])
    work = await begin(page, target.entry())
    return await render(page, work, state_of(work, page.language, target), target)


@operation("", seconds="upload_seconds")
async def save(page: Page) -> Response:
    """Checks or keeps what was sent; shows both versions when somebody was faster."""
    given = await sent(page)
    target = await opened(page, kind_of(page), page.request.path_params["id"])
    work = await begin(page, target.entry())
    if given.state.get("revision") == target.token:
        return await act(page, work, given, target)

    def mine(base: Resource) -> Resource:
        return read(work.fields, base, given.state, page.language, work.faults)

    together, clashes = await editing_conflict.joined(page, given, target, mine)
    if together is None:
        here = page.at(path_of(work.entry.kind, work.entry.id))
        return editing_conflict.show(page, given, target, here, clashes)
    work = await begin(page, replace(target.entry(), resource=together))
    state = {**given.state, **state_of(work, page.language, target)}
    kept_names = set(state_of(work, page.language, target))
    fields = {each.name for each in work.fields}
    state = {k: v for k, v in state.items() if k in kept_names or k.partition(".")[0] not in fields}
    return await act(page, work, Sent(state), target)


async def act(page: Page, work: Work, given: Sent, target: Target) -> Response:
    """Does what the button says."""
    state = dict(given.state)
    if given.do.startswith("take "):
        panel.accept(state, given.do)
    take(work, state, page.language)
    if state.get("add-area"):
        await offering.add_area(page, work.entry.resource, state.pop("add-area"))
        state |= flatten(work.fields, work.entry.resource, page.language)
    if given.do not in WRITING:
        return await render(page, work, state, target)
    if work.faults.found:
        return await render(page.with_status(422), work, state, target)
    asked = given.do in ("publish", "release", "submit") and not state.get("anyway")
    if asked and work.checked.violations:
        return await render(page.with_status(422), work, state, target, ask=True)
    return await store(page, work, state, target, given.do)


async def store(
    page: Page, work: Work, state: Mapping[str, str], target: Target, do: str
) -> Response:
    """Writes the record and goes on; the form again with the sentence of an error."""
    try:
        done = await write(page, target, work.entry, do)
    except AllmendeError as error:
        if error.status in (401, 500):
            raise
        said = error.text[page.language]
        if error.status == 412 and target.record is None:
            said = str(page.words("edit.ident-taken"))
        return await render(page.with_status(error.status), work, state, target, error=said)
    if isinstance(done, WorkingCopy):
        if do == "submit":
            return page.redirect(f"/releases/{done.id}")
        return page.redirect(path_of(done.kind, done.ident), [("saved", f"c{done.version}")])
    if target.record is None and do == "draft" and done.kind is ResourceKind.DATASET:
        return page.redirect(f"{path_of(done.kind, done.id)}/files", [("new", "1")])
    if do != "draft":
        return page.redirect(addresses.thing(done.kind, done.id))
    return page.redirect(path_of(done.kind, done.id), [("saved", str(done.revision))])


# --- the page -------------------------------------------------------------------------------


def state_of(work: Work, language: str, target: Target) -> dict[str, str]:
    """The texts of the form before anybody typed."""
    entry = work.entry
    state = flatten(work.fields, entry.resource, language)
    return state | {
        "organisation": entry.organisation,
        "data-access": entry.data_access.value,
        "metadata-access": entry.metadata_access.value,
        "legal-basis": entry.legal_basis,
        "revision": target.token,
    }


async def drawn(
    page: Page, work: Work, state: Mapping[str, str], record: Record | None
) -> tuple[View, Panel]:
    """The form and the box beside it; `record` is the one that is there."""
    tags = languages(state, LANGUAGES)
    builder = Builder(page.words, state, tags, work.faults.found)
    view = builder.view(show_fields(work), kept(work.base, MOST_NODES))
    files = page.at(f"{path_of(work.entry.kind, record.id)}/files") if record else ""
    box = panel.panel(page, work.checked, view, files=files)
    await offering.score(page, work.entry.resource, box)
    ident = record.id if record else ""
    found = await suggesting.suggest(page.platform, page.subject, work.entry.resource, ident)
    if record is None and "do" not in state:  # nobody has typed yet
        for block in view.blocks:
            block.findings = []
    box.offers = panel.offers(page, [(s.field, s.value, s.language, s.why) for s in found])
    return view, box


async def render(
    page: Page,
    work: Work,
    state: Mapping[str, str],
    target: Target,
    *,
    error: str = "",
    ask: bool = False,
) -> Response:
    """The page of the form."""
    entry, record = work.entry, target.record
    view, box = await drawn(page, work, state, record)
    title = _title(page, entry, record)
    where = path_of(entry.kind, record.id if record else "")
    query = page.request.url.query if record is None else ""
    more = [tag for tag in ADDED if tag not in languages(state, LANGUAGES)]
    values: dict[str, Any] = {
        "heading": title,
        "here": page.at(where) + (f"?{query}" if query else ""),
        "view": view,
        "box": box,
        "state": state,
        "errors": panel.summary(view, work.faults.found, page),
        "faults": {name: str(page.words(key)) for name, key in work.faults.found.items()},
        "error": error,
        "ask": ask,
        "csrf": csrf(page),
        "record": record,
        "copy": target.copy,
        "token": target.token,
        "kind": entry.kind.value,
        "files": offering.files(page, entry.resource),
        "organisations": await organisations(page),
        "levels": [(level.value, str(page.words(key))) for level, key in LEVELS],
        "buttons": await buttons(page, target, entry),
        "harvested": record is not None and record.origin not in ("editor", "demo"),
        "saved": page.request.query_params.get("saved", ""),
        "languages_on": " ".join(tag for tag in languages(state, ()) if tag),
        "language_name": LANGUAGE,
        "more_languages": [(tag, language_name(tag, page.words)) for tag in more],
        "reference_lists": await offering.references(page, view),
        "areas": await offering.areas(page),
        "is_dataset": isinstance(entry.resource, Dataset),
    }
    return page.render("edit_record.html", title=title, crumbs=_crumbs(page, title), **values)


def _title(page: Page, entry: Entry, record: Record | None) -> str:
    if record is None:
        return str(page.words(f"edit.new-{entry.kind.value}"))
    name = page.said(record.resource.title).text or record.id
    return page.words.plain("edit.title", name=name)


def _crumbs(page: Page, title: str) -> list[Crumb]:
    return [Crumb(str(page.words("mine-data.title")), page.at("/my-data")), Crumb(title)]
