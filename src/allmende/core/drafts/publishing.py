# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The end of a draft: a trial without writing, then model, dataset, collection and rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from allmende.core import collections, imports, jobs, people
from allmende.core.collections import CollectionEntry
from allmende.core.collections.making import RESERVED
from allmende.core.drafts import keeping, mappings
from allmende.core.drafts.describing import faults
from allmende.core.drafts.looking import opened
from allmende.core.drafts.types import About, Draft, Task
from allmende.core.imports import Order
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidInput, NotFound
from allmende.model.catalogue import Agent, Dataset, Distribution, ResourceKind
from allmende.model.document import Code, Entity, FieldType, Model, Text
from allmende.model.style import PALETTE, REST
from allmende.policy import Action, Level, Subject, may
from allmende.store import now

JOB_KIND = "draft"
INLINE = 1_000_000  # bytes; larger uploads are worked on in the background
MOST_COLOURS = len(PALETTE)
REPORTED = 50  # refusals that a draft keeps
SECOND = 1_000_000
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")


async def about_faults(platform: Platform, subject: Subject, draft: Draft) -> list[Text]:
    """What has to be put right in the words about the dataset before going on."""
    found = list(_about_faults(subject, draft))
    ident = draft.about.ident
    if _ID.match(ident) and not draft.made and await _is_taken(platform, subject, ident):
        found.append(
            _said(
                f"There is something with the id “{ident}” already; choose another one.",
                f"Die Kennung „{ident}“ ist schon vergeben; bitte eine andere wählen.",
            )
        )
    return found


def _about_faults(subject: Subject, draft: Draft) -> Iterator[Text]:
    about = draft.about
    if not any(text.strip() for text in about.title.values()):
        yield _said("Give the dataset a title.", "Bitte geben Sie dem Datensatz einen Titel.")
    if not any(text.strip() for text in about.description.values()):
        yield _said(
            "Say in a sentence or two what the data are.",
            "Bitte beschreiben Sie die Daten in ein, zwei Sätzen.",
        )
    if not _ID.match(about.ident) or about.ident.endswith("-"):
        yield _said(
            "The id begins with a small letter and has small letters, digits and hyphens, at "
            "most 40.",
            "Die Kennung beginnt mit einem Kleinbuchstaben und hat Kleinbuchstaben, Ziffern und "
            "Bindestriche, höchstens 40.",
        )
    if not may(subject, Action.WRITE, about.organisation):
        yield _said("Choose the organisation.", "Bitte wählen Sie die Organisation.")
    if about.access is Level.OPEN and not about.licence:
        yield _said(
            "Open data need a licence that says what others may do with them.",
            "Offene Daten brauchen eine Lizenz, die sagt, was andere damit tun dürfen.",
        )
    if about.access is not Level.OPEN and not about.legal_basis.strip():
        yield _said(
            "Name the legal basis: why not everybody may see these data.",
            "Bitte nennen Sie die Rechtsgrundlage: warum nicht alle diese Daten sehen dürfen.",
        )


async def _is_taken(platform: Platform, subject: Subject, ident: str) -> bool:
    """Whether a dataset or a collection the subject sees has the id."""
    from allmende.core import catalogue

    if ident in RESERVED:
        return True
    if any(each.id == ident for each in await collections.listing(platform, subject)):
        return True
    try:
        await catalogue.get(platform, subject, ResourceKind.DATASET, ident)
    except NotFound:
        return False
    return True


async def begin(platform: Platform, subject: Subject, draft: Draft, kind: str) -> None:
    """Tries or publishes a draft: a small one at once, a large one in the background.

    Raises InvalidInput when something has to be put right first.
    """
    wrong = [*faults(draft), *await about_faults(platform, subject, draft)]
    if wrong:
        raise InvalidInput(
            " ".join(each["en"] for each in wrong), " ".join(each["de"] for each in wrong)
        )
    draft.task = Task(kind="publish" if kind == "publish" else "trial", edition=draft.edition)
    if draft.size <= INLINE:
        await _execute(platform, subject, draft)
        return
    draft.task.state = "waiting"
    await keeping.save(platform, draft)
    arguments = {"draft": draft.id, "owner": draft.owner}
    await jobs.enqueue(platform, JOB_KIND, arguments, key=f"draft {draft.id}", most_tries=1)


async def work(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: does the task of a draft as its owner, with the roles they have now."""
    await keeping.at_work(platform, arguments, _execute)


async def _execute(platform: Platform, subject: Subject, draft: Draft) -> None:
    task = draft.task
    task.state = "running"
    await keeping.save(platform, draft)
    try:
        if task.kind == "publish":
            await _publish(platform, subject, draft)
        else:
            await _try(platform, subject, draft)
        task.state = "done"
    except AllmendeError as error:
        task.state, task.error = "failed", error.text
    if task.report is not None:
        task.report.refusals = task.report.refusals[:REPORTED]
    await keeping.save(platform, draft)


async def _try(platform: Platform, subject: Subject, draft: Draft) -> None:
    order = await _order(platform, draft)
    entity = _entity(draft)
    counter = _counter(platform, draft)
    draft.task.report = await imports.trial(platform, subject, order, entity, counter)


async def _publish(platform: Platform, subject: Subject, draft: Draft) -> None:
    about = draft.about
    if draft.model is None:
        raise InvalidInput("Nothing was read yet.", "Es wurde noch nichts gelesen.")
    order = await _order(platform, draft)
    if not draft.made:
        model = draft.model
        if not draft.fixed:
            model.id = about.ident
            model.title, model.description = about.title, about.description
            model.entity().title = model.entity().title or about.title
            _guard_values(model, about)
        entry = CollectionEntry(
            id=about.ident,
            model=model,
            organisation=about.organisation,
            dataset=await _dataset(platform, subject, draft),
            catalogue=await _catalogue(platform, subject),
            metadata_access=about.access if about.hidden else Level.OPEN,
            data_access=about.access,
            legal_basis=about.legal_basis.strip(),
            style=_style(_entity(draft)),
        )
        await collections.create(platform, subject, entry)
        draft.made = True
        await keeping.save(platform, draft)
    draft.task.report = await imports.bring(platform, subject, order, _counter(platform, draft))
    await mappings.keep(platform, subject, about.ident, draft.mapping)
    await collections.describe(platform, about.ident)


def _guard_values(model: Model, about: About) -> None:
    """A model that more people see than the rows must not hold lists of their values."""
    if about.access is Level.OPEN or about.hidden:
        return
    for each in model.entity().fields:
        each.codes, each.open_codes = [], False


async def _order(platform: Platform, draft: Draft) -> Order:
    source, layer = await opened(platform, draft)
    return Order(
        collection=draft.about.ident,
        layer=layer,
        format=source.format,
        mapping=draft.mapping,
        source=draft.name,
        near=imports.near(platform),
    )


def _entity(draft: Draft) -> Entity:
    if draft.model is None:
        raise InvalidInput("Nothing was read yet.", "Es wurde noch nichts gelesen.")
    return draft.model.entity(draft.mapping.entity)


def _counter(platform: Platform, draft: Draft) -> imports.Progress:
    """Notes how far the work has come, every second or so, for the page that waits."""
    noted = now()

    def count(done: int, total: int | None) -> None:
        nonlocal noted
        draft.task.done, draft.task.total = done, total
        if now() - noted > SECOND:
            noted = now()
            keeping.note(platform, draft)

    return count


async def _dataset(platform: Platform, subject: Subject, draft: Draft) -> Dataset:
    about = draft.about
    names = {each.id: each.name for each in await people.organisations(platform, subject)}
    credit = about.attribution.strip()
    page = f"{platform.settings.base_url}/de/collections/{about.ident}"
    form = Distribution(
        title={"de": "Karte und Tabelle im Browser", "en": "Map and table in the browser"},
        access_url=[page],
        license=about.licence or None,
        license_attribution={"de": credit} if credit else {},
    )
    return Dataset(
        title=about.title,
        description=about.description,
        keyword={tag: words for tag, words in about.keywords.items() if words},
        theme=[about.theme] if about.theme else [],
        publisher=Agent(name=names.get(about.organisation) or {"de": about.organisation}),
        distribution=[form] if about.licence or credit else [],
    )


async def _catalogue(platform: Platform, subject: Subject) -> str | None:
    """The platform's own catalogue, when it has one."""
    from allmende.core import catalogue

    own = platform.settings.catalogue
    try:
        return (await catalogue.get(platform, subject, ResourceKind.CATALOG, own)).id
    except NotFound:
        return None


def _style(entity: Entity) -> dict[str, Any] | None:
    """Colours by the first field with few codes that everybody sees; else the usual style."""
    if entity.geometry is None:
        return None
    for each in entity.plain:
        few = 2 <= len(each.codes) <= MOST_COLOURS
        if each.type is FieldType.STRING and few and each.shown_to == "public":
            return {"color_by": each.name, "classes": [*_classes(each.codes), {"color": REST}]}
    return None


def _classes(codes: list[Code]) -> list[dict[str, Any]]:
    return [
        {"value": each.code, "color": colour} for each, colour in zip(codes, PALETTE, strict=False)
    ]


def _said(en: str, de: str) -> Text:
    return {"en": en, "de": de}
