# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the catalogue says of a collection, and who may see it, as its stewards change it."""

from __future__ import annotations

from msgspec import Struct

from allmende.core import catalogue
from allmende.core.collections.describing import describe
from allmende.core.collections.seeing import unknown
from allmende.core.collections.writing import writable
from allmende.core.platform import Platform
from allmende.errors import InvalidRecord
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.model.document import Text
from allmende.policy import Action, Level, Status, Subject
from allmende.store.records import Record

OWN_ORIGINS = ("editor", "demo", "platform")


class About(Struct, kw_only=True):
    """The words and the levels of the dataset of a collection.

    `revision` is the state they were read in; `harvested` says that a source brought them and
    will bring them again.
    """

    title: Text
    description: Text
    licence: str
    attribution: Text
    metadata_access: Level
    data_access: Level
    legal_basis: str
    revision: int
    status: Status = Status.PUBLISHED
    harvested: bool = False


async def about(
    platform: Platform, subject: Subject, ident: str, action: Action = Action.WRITE
) -> About:
    """What is said now, for those who may change it. NotFound, NotAuthenticated, NotAllowed."""
    record, dataset = await _record(platform, subject, ident, action)
    return About(
        title=dataset.title,
        description=dataset.description,
        licence=_licence(dataset),
        attribution=_attribution(dataset),
        metadata_access=record.metadata_access,
        data_access=record.data_access,
        legal_basis=record.legal_basis,
        revision=record.revision,
        status=record.status,
        harvested=record.origin not in OWN_ORIGINS,
    )


async def retell(
    platform: Platform, subject: Subject, ident: str, said: About, reason: str = ""
) -> None:
    """Changes words and levels; the status stays.

    Raises InvalidRecord for what is missing and PreconditionFailed when somebody has changed
    the dataset since it was read.
    """
    record, dataset = await _record(platform, subject, ident, Action.WRITE)
    _check(said)
    entry = catalogue.entry_of(record)
    dataset.title, dataset.description = said.title, said.description
    _license(platform, ident, dataset, said)
    entry.resource = dataset
    entry.metadata_access, entry.data_access = said.metadata_access, said.data_access
    entry.legal_basis = said.legal_basis
    entry.reason, entry.expected_revision = reason, said.revision
    await catalogue.put(platform, subject, entry)
    platform.caches.pop("collections", None)
    await describe(platform, ident)


async def move_to(
    platform: Platform, subject: Subject, ident: str, status: Status, reason: str = ""
) -> None:
    """Publishes a collection, hides it (back to draft) or archives it. Its rows stay."""
    record, _ = await _record(platform, subject, ident, Action.RELEASE)
    await catalogue.release(platform, subject, ResourceKind.DATASET, record.id, status, reason)
    platform.caches.pop("collections", None)
    await describe(platform, ident)


async def _record(
    platform: Platform, subject: Subject, ident: str, action: Action
) -> tuple[Record, Dataset]:
    found = await writable(platform, subject, ident, action)
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, found.dataset)
    if not isinstance(record.resource, Dataset):
        raise unknown(ident)
    return record, record.resource


def _check(said: About) -> None:
    if not any(text.strip() for text in said.title.values()):
        raise InvalidRecord("Give the dataset a title.", "Bitte geben Sie einen Titel an.")
    if said.data_access is Level.OPEN and not said.licence:
        raise InvalidRecord(
            "Open data need a licence that says what others may do with them.",
            "Offene Daten brauchen eine Lizenz, die sagt, was andere damit tun dürfen.",
        )


def _licence(dataset: Dataset) -> str:
    return dataset.license or next((d.license for d in dataset.distribution if d.license), "")


def _attribution(dataset: Dataset) -> Text:
    found = (each.license_attribution for each in dataset.distribution)
    return next((each for each in found if each), {})


def _license(platform: Platform, ident: str, dataset: Dataset, said: About) -> None:
    """Licence and credit go to every form that had the old ones; measured forms follow."""
    before, credit = _licence(dataset), _attribution(dataset)
    if dataset.license:
        dataset.license = said.licence or None
    base = f"{platform.settings.base_url}/ogc/collections/"
    own = [
        each
        for each in dataset.distribution
        if not any(url.startswith(base) for url in each.access_url)
    ]
    if not own and (said.licence or said.attribution):
        own = [_browser(platform, ident)]
    for each in own:
        if (each.license or "") in ("", before):
            each.license = said.licence or None
        if each.license_attribution in ({}, credit):
            each.license_attribution = said.attribution
    dataset.distribution = own


def _browser(platform: Platform, ident: str) -> Distribution:
    return Distribution(
        title={"de": "Karte und Tabelle im Browser", "en": "Map and table in the browser"},
        access_url=[f"{platform.settings.base_url}/de/collections/{ident}"],
    )
