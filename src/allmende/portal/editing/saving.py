# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One record in a form: what was sent, what it would become, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allmende.core import catalogue, people, validating
from allmende.core.catalogue import Entry, Record
from allmende.core.payload import read_form
from allmende.errors import InvalidInput, NotFound
from allmende.model.catalogue import RESOURCE_TYPES, Node, Resource, ResourceKind
from allmende.model.validation.record import Checked, asked_of, check
from allmende.policy import EVERY_ORGANISATION, Action, Level, Status, may
from allmende.portal.editing.fields import FormField, fields_of
from allmende.portal.editing.reading import read
from allmende.portal.editing.values import Faults, State
from allmende.portal.forms import checked_form
from allmende.portal.page import Page

KINDS = {
    "dataset": ResourceKind.DATASET,
    "series": ResourceKind.SERIES,
    "service": ResourceKind.SERVICE,
    "catalog": ResourceKind.CATALOG,
}
LANGUAGE = "languages"  # the input that says which languages every text offers
ADDED = (
    "fr", "pl", "cs", "uk", "ru", "tr", "ar", "fa", "es", "it", "nl", "da", "sv", "hsb", "dsb",
    "nds", "frr",
)  # fmt: skip


@dataclass(slots=True)
class Sent:
    """A sent form: its texts and what a button asked for."""

    state: dict[str, str]
    files: dict[str, Any] = field(default_factory=dict)

    @property
    def do(self) -> str:
        """The deed of the button; a check without one."""
        return self.state.get("do", "check")


async def sent(page: Page) -> Sent:
    """The whole form of a signed-in person, sent from our own page. Nothing is cut off."""
    await checked_form(page)
    form = await read_form(page.request, page.platform.settings)
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    if any("\0" in value for value in texts.values()):
        raise InvalidInput(
            "A text of the form holds a character that no text has.",
            "Ein Text des Formulars enthält ein Zeichen, das in keinem Text vorkommt.",
        )
    rest = {name: value for name, value in form.items() if not isinstance(value, str)}
    return Sent(texts, rest)


async def profiles_of(page: Page, catalogue_id: str | None) -> tuple[str, ...]:
    """The profiles that records of a catalogue have to meet."""
    if catalogue_id is None:
        return validating.DEFAULT
    try:
        return await validating.chosen(page.platform, page.subject, catalogue_id)
    except NotFound:
        return validating.DEFAULT


@dataclass(slots=True)
class Work:
    """A record at work: the state it had, the form over it, and what became of both."""

    entry: Entry
    base: Resource
    fields: tuple[FormField, ...]
    chosen: tuple[str, ...]
    faults: Faults = field(default_factory=Faults)

    @property
    def checked(self) -> Checked:
        """The findings of the record as the form has it now."""
        resource = self.entry.resource
        return check(resource, asked_of(resource, self.chosen))


async def begin(page: Page, entry: Entry) -> Work:
    """A record before anything was changed."""
    names = await profiles_of(page, entry.catalogue)
    fields = fields_of(type(entry.resource), asked_of(entry.resource, names), entry.resource)
    return Work(entry, entry.resource, fields, names)


def take(work: Work, state: State, language: str) -> None:
    """Lays a sent form over the record; what cannot be read is noted in `faults`."""
    entry = work.entry
    entry.resource = read(work.fields, work.base, state, language, work.faults)
    entry.organisation = state.get("organisation", "") or entry.organisation
    entry.legal_basis = state.get("legal-basis", entry.legal_basis).strip()[:500]
    entry.data_access = _level(state.get("data-access"), entry.data_access)
    entry.metadata_access = _level(state.get("metadata-access"), entry.metadata_access)
    entry.reason = state.get("reason", "").strip()[:500]
    if not any(text.strip() for text in entry.resource.title.values()):
        work.faults.note(f"title.{language}", "edit.fault.title")
    if not entry.organisation:
        work.faults.note("organisation", "edit.fault.organisation")
    closed = {entry.data_access, entry.metadata_access} != {Level.OPEN}
    if closed and not entry.legal_basis:
        work.faults.note("legal-basis", "edit.fault.legal-basis")


def _level(text: str | None, before: Level) -> Level:
    known = {each.value: each for each in Level}
    return known.get(text or "", before)


def show_fields(work: Work) -> tuple[FormField, ...]:
    """The fields for what the record claims to be now; none that was there goes away."""
    resource = work.entry.resource
    now = fields_of(type(resource), asked_of(resource, work.chosen), resource)
    known = {each.name for each in now}
    return (*now, *(each for each in work.fields if each.name not in known))


def kept(node: Node, most: int) -> dict[str, int]:
    """How many nodes of each field are beyond those a form shows."""
    lists = {name: getattr(node, name) for name in node.__struct_fields__}
    return {
        name: len(value) - most
        for name, value in lists.items()
        if isinstance(value, list) and len(value) > most and isinstance(value[0], Node)
    }


# --- who may --------------------------------------------------------------------------------


async def organisations(page: Page) -> list[tuple[str, str]]:
    """The organisations one may write drafts for, with their names."""
    known = {each.id: each.name for each in await people.organisations(page.platform, page.subject)}
    subject = page.subject
    everywhere = may(subject, Action.WRITE_DRAFT, EVERY_ORGANISATION)
    mine = [each for each in known if everywhere or may(subject, Action.WRITE_DRAFT, each)]
    more = [each for each in subject.roles if each != EVERY_ORGANISATION and each not in known]
    mine += [each for each in more if may(subject, Action.WRITE_DRAFT, each)]
    pairs = [(each, page.said(known.get(each) or {}).text or each) for each in mine]
    return sorted(pairs, key=lambda pair: pair[1].casefold())


async def own_catalogue(page: Page) -> str | None:
    """The platform's own catalogue, when it has one."""
    own = page.platform.settings.catalogue
    try:
        found = await catalogue.get(page.platform, page.subject, ResourceKind.CATALOG, own)
    except NotFound:
        return None
    return found.id


# --- new ------------------------------------------------------------------------------------


def fresh(kind: ResourceKind, organisation: str) -> Entry:
    """An empty draft."""
    return Entry(
        kind=kind,
        resource=RESOURCE_TYPES[kind](),
        organisation=organisation,
        status=Status.DRAFT,
        expected_revision=0,
    )


NOT_COPIED: Mapping[str, Any] = {
    "iri": None,
    "identifier": [],
    "other_identifier": [],
    "issued": None,
    "modified": None,
    "extra": [],
    "distribution": [],
    "version": None,
    "version_info": None,
    "version_notes": {},
    "has_version": [],
    "previous_version": None,
    "is_referenced_by": [],
    "landing_page": [],
    "sample": [],
}


def template(record: Record, marked: Mapping[str, str]) -> Entry:
    """A new draft like a record, without what belongs to that one alone."""
    from msgspec.structs import replace

    resource = record.resource
    changes = {name: value for name, value in NOT_COPIED.items() if hasattr(resource, name)}
    title = {
        tag: marked.get(tag, marked["en"]).format(title=text)
        for tag, text in resource.title.items()
    }
    return Entry(
        kind=record.kind,
        resource=replace(resource, **changes, title=title),
        organisation=record.organisation,
        catalogue=record.catalogue,
        status=Status.DRAFT,
        metadata_access=record.metadata_access,
        data_access=record.data_access,
        legal_basis=record.legal_basis,
        expected_revision=0,
    )


def languages(state: Mapping[str, str], known: Sequence[str]) -> tuple[str, ...]:
    """The languages every text offers: German, English and those somebody added."""
    asked = [tag for tag in state.get(LANGUAGE, "").split() if tag in ADDED]
    more = state.get("add-language", "")
    if state.get("do") == "language" and more in ADDED:
        asked.append(more)
    return tuple(dict.fromkeys([*known, *asked]))
