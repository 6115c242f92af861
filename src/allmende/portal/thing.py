# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the page of any resource shows, whichever kind it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from allmende.core import catalogue, history, validating, working_copies
from allmende.core.catalogue import Record
from allmende.core.history import Step
from allmende.model.catalogue import Agent, Dataset, Repair, ResourceKind
from allmende.model.repair import REPAIRS
from allmende.policy import REASONS, Action, Status, may
from allmende.portal import machine, names
from allmende.portal.facts import Group, SketchView, Value, drawn, groups, provenance
from allmende.portal.finding import catalogue_title
from allmende.portal.forms import csrf
from allmende.portal.markup import Said, plain
from allmende.portal.outward import Outward, outward
from allmende.portal.page import Page
from allmende.portal.present import (
    Card,
    Name,
    agent_name,
    cards,
    licence_link,
    licences,
    publisher_value,
    title_of,
)

MAX_NOTES = 100
MAX_REVISIONS = 5


@dataclass(frozen=True, slots=True)
class LicenceView:
    """A licence in plain words: what one may, must and may not do."""

    name: Name
    terms: list[tuple[str, str]]
    attribution: Said
    explained: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was put right when the record came in."""

    text: str
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history."""

    number: int
    action: str
    when: str


@dataclass(frozen=True, slots=True)
class ThingView:
    """Everything `thing.html` shows."""

    address: str
    title: Said
    summary: str
    publisher: Said
    publisher_address: str | None
    description: Said
    theme: str
    access: str
    status: str
    reasons: list[str]
    licences: list[LicenceView]
    facts: list[Group]
    sketch: SketchView | None
    provenance: list[Value]
    notes: list[Note]
    findings: list[Note]
    revisions: list[Change]
    machine: list[machine.Form]
    outward: Outward
    similar: list[Card]
    ident: str
    care: bool
    edit: bool
    copy: str
    submit: str


async def thing(page: Page, record: Record, similar: Iterable[Record] = ()) -> ThingView:
    """The view of a record for the subject of the page."""
    resource = record.resource
    address = catalogue.address(page.platform, record)
    publisher = agent_name(resource.publisher, page.language)
    description = page.said(resource.description)
    steps = await history.steps(page.platform, page.subject, record.kind, record.id)
    copy = await working_copies.of_record(page.platform, page.subject, record.kind, record.id)
    return ThingView(
        address=address,
        title=title_of(record, page),
        summary=plain(description.text, 160),
        publisher=publisher,
        publisher_address=publisher_address(page, resource.publisher),
        description=description,
        theme=next((names.theme_code(iri) for iri in resource.theme), "other"),
        access=record.data_access.value,
        status=record.status.value,
        reasons=_reasons(page, record),
        licences=licence_views(record, page),
        facts=groups(record, page, await catalogue_title(page, record.catalogue)),
        sketch=drawn(resource, page),
        provenance=provenance(resource, page),
        notes=[_note(page, repair) for repair in record.repairs[:MAX_NOTES]],
        findings=await _findings(page, record),
        revisions=[_change(page, step) for step in steps[:MAX_REVISIONS]],
        machine=machine.of_record(record),
        outward=await outward(page, record),
        similar=cards(similar, page),
        ident=record.id,
        care=_may_move(page, record),
        edit=may(page.subject, Action.WRITE_DRAFT, record.organisation),
        copy=copy.id if copy is not None else "",
        submit=_may_submit(page, record) if copy is None else "",
    )


def publisher_address(page: Page, agent: Agent | None) -> str | None:
    """The page of a publisher."""
    name = publisher_value(agent, page) if agent else ""
    return page.at("/publishers", [("name", name)]) if name else None


def _reasons(page: Page, record: Record) -> list[str]:
    """Why somebody sees a record that not everybody sees."""
    code = catalogue.explain(page.subject, record)
    if code is None or code == "open":
        return []
    said = [REASONS[code][page.language]]
    return [*said, record.legal_basis] if record.legal_basis else said


def licence_views(record: Record, page: Page) -> list[LicenceView]:
    """The licences of a record, each once, with their terms."""
    found: dict[str, LicenceView] = {}
    for iri in licences(record.resource):
        short = licence_link(iri, page.language)
        name = Name(names.licence_title(iri, page.language), short.address)
        if short.text not in found:
            terms, said = _terms(page, iri), _attribution(record, page)
            found[short.text] = LicenceView(name, terms, said, _explained(iri, record, page))
    return list(found.values())


def _explained(iri: str, record: Record, page: Page) -> str | None:
    """Where the licence is explained, with the line to copy for a dataset."""
    path = names.licence_path(iri)
    given = [("dataset", record.id)] if record.kind == ResourceKind.DATASET else []
    return page.at(path, given) if path else None


def _terms(page: Page, iri: str) -> list[tuple[str, str]]:
    """Pairs of `may`, `must` or `no` and a sentence; what the list does not know is said."""
    found = names.licence(iri)
    if found is None:
        return [("must", str(page.words("licence.unknown")))]
    terms = found.facts
    if "attribution" not in terms:
        return [("must" if terms["open"] else "no", terms["sentence"][page.language])]
    keys = (
        ("may", "use", True),
        ("may" if terms["commercial"] else "no", "commercial", True),
        ("may" if terms["changes"] else "no", "change", True),
        ("must", "name", terms["attribution"]),
        ("must", "share", terms["share_alike"]),
    )
    return [(kind, str(page.words(f"licence.{kind}.{key}"))) for kind, key, said in keys if said]


def _attribution(record: Record, page: Page) -> Said:
    """The words with which the source is to be named."""
    files = record.resource.distribution if isinstance(record.resource, Dataset) else []
    texts = (page.said(file.license_attribution) for file in files)
    return next((text for text in texts if text), Said("", None))


def _note(page: Page, repair: Repair) -> Note:
    text = REPAIRS.get(repair.code, {}).get(page.language, repair.code)
    return Note(text, repair.path, repair.before[:200], repair.after[:200])


async def _findings(page: Page, record: Record) -> list[Note]:
    """What the record lacks to meet its profiles, the grave first.

    Hints are for those who may edit it.
    """
    found = await validating.of_record(page.platform, record)
    editor = may(page.subject, Action.WRITE_DRAFT, record.organisation)
    wanted = [each for each in found.findings if editor or each.severity != "info"]
    return [
        Note(each.text[page.language], each.path, each.value, "") for each in wanted[:MAX_NOTES]
    ]


def _change(page: Page, step: Step) -> Change:
    deed = str(page.words(f"past.deed.{step.deed}"))
    return Change(step.number, deed, page.words.moment(step.at))


def _may_move(page: Page, record: Record) -> bool:
    """Whether a person may publish, hide or archive the record."""
    return page.subject.kind == "user" and may(page.subject, Action.RELEASE, record.organisation)


def _may_submit(page: Page, record: Record) -> str:
    """The value for the form that submits a draft for release; empty for who may not."""
    draft = record.status == Status.DRAFT
    return (
        csrf(page) if draft and may(page.subject, Action.WRITE_DRAFT, record.organisation) else ""
    )
