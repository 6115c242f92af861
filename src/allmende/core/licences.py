# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The licences of datasets: which ones they should have by the rules, and putting them right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from allmende.core import catalogue
from allmende.core.people import refused
from allmende.core.platform import Platform
from allmende.errors import Conflict, InvalidInput, NotAllowed
from allmende.model import licensing
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.model.licensing import Case, Decision
from allmende.model.profile import HVD_LEGISLATION
from allmende.policy import Action, Subject, may
from allmende.store import Connection, audit
from allmende.store import licences as rows
from allmende.store.licences import Owner
from allmende.store.records import Record

__all__ = [
    "Advice",
    "FileAdvice",
    "Owner",
    "advice",
    "advise",
    "apply",
    "is_high_value",
    "licensed",
    "named",
    "owner",
    "save_owner",
]

ATTRIBUTION_LONGEST = 300


class FileAdvice(Struct, frozen=True):
    """What the rules say about one file, the licence (IRI) it has, and whether that fits.

    It does not when there is none, or one that is less open than the rules say.
    """

    case: Case
    decision: Decision
    licence: str
    fits: bool


class Advice(Struct, frozen=True):
    """What the rules say about a dataset and about each of its files, in their order."""

    case: Case
    decision: Decision
    files: list[FileAdvice]

    @property
    def fits(self) -> bool:
        """Whether all files have a licence that fits."""
        return all(each.fits for each in self.files)


async def owner(platform: Platform, organisation: str) -> Owner:
    """Which kind of owner an organisation is; a city that wants to be named, when nobody says."""
    found = await platform.store.read(rows.owner, organisation)
    return found or _usual(organisation)


def _usual(organisation: str) -> Owner:
    return Owner(organisation, "city", licensing.regimes("city")[0], {"de": "", "en": ""})


async def save_owner(platform: Platform, subject: Subject, said: Owner) -> None:
    """Says which kind of owner an organisation is; for its stewards. InvalidInput, NotAllowed."""
    _require(subject, said.organisation)
    checked = licensing.checked(Case(owner=said.kind, regime=said.regime))
    said = msgspec.structs.replace(said, regime=checked.regime)
    if any(len(each) > ATTRIBUTION_LONGEST for each in said.attribution.values()):
        raise InvalidInput(
            f"The attribution has at most {ATTRIBUTION_LONGEST} characters.",
            f"Der Quellenvermerk hat höchstens {ATTRIBUTION_LONGEST} Zeichen.",
        )
    await platform.store.write(_save_owner, subject, said)


def _save_owner(db: Connection, subject: Subject, said: Owner) -> None:
    rows.save_owner(db, said)
    audit.note(db, subject.id, "licence-owner", said.organisation, said.organisation)


async def advise(platform: Platform, record: Record) -> Advice:
    """What the rules say about the licence of a dataset."""
    said, ground = await platform.store.read(_known, record.organisation, record.id)
    return advice(record, said or _usual(record.organisation), ground)


def _known(db: Connection, organisation: str, dataset: str) -> tuple[Owner | None, str]:
    reserved = rows.live(db, dataset)
    lasts = reserved is not None and reserved.status == rows.APPROVED
    return rows.owner(db, organisation), reserved.ground if reserved and lasts else ""


def advice(record: Record, said: Owner, ground: str = "") -> Advice:
    """The same from what is known already; pure."""
    case = Case(
        owner=said.kind,
        regime=said.regime,
        level=record.data_access.value,
        high_value=is_high_value(record),
        attribution=said.named,
        ground=ground,
    )
    files = record.resource.distribution if isinstance(record.resource, Dataset) else []
    return Advice(
        case,
        licensing.licence_for(case),
        [_of_file(case, record, file) for file in files],
    )


def _of_file(case: Case, record: Record, file: Distribution) -> FileAdvice:
    licence = file.license or record.resource.license or ""
    from_elsewhere = record.original_id is not None
    own = msgspec.structs.replace(
        case,
        high_value=case.high_value or HVD_LEGISLATION in file.applicable_legislation,
        given=licence if from_elsewhere else "",
    )
    decision = licensing.licence_for(own)
    return FileAdvice(own, decision, licence, _fits(licence, decision))


def is_high_value(record: Record) -> bool:
    """Whether a dataset says that it is of high value (Regulation (EU) 2023/138)."""
    resource = record.resource
    if not isinstance(resource, Dataset):
        return False
    return bool(resource.hvd_category) or HVD_LEGISLATION in resource.applicable_legislation


def _fits(licence: str, decision: Decision) -> bool:
    """Whether a file's licence is the wanted one, or one that is as open."""
    wanted, found = licensing.terms(decision.licence), licensing.terms(licence)
    if wanted is None:
        return True
    if found is None:
        return False
    return found.iri == wanted.iri or (found.open and wanted.open)


async def apply(platform: Platform, subject: Subject, dataset: str) -> Decision:
    """Gives each file of a dataset the licence that the rules say.

    NotFound, NotAllowed; Conflict when the rules give it none.
    """
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, dataset)
    _require(subject, record.organisation)
    found = await advise(platform, record)
    licences = [each.decision.licence for each in found.files] or [found.decision.licence]
    if not all(licences):
        raise Conflict(
            "The rules give these data no licence.", "Die Regeln geben diesen Daten keine Lizenz."
        )
    said = await owner(platform, record.organisation)
    entry = catalogue.entry_of(record)
    entry.resource = licensed(record, licences, named(said))
    entry.reason = f"licence: {found.decision.rule}"
    await catalogue.put(platform, subject, entry)
    return found.decision


def licensed(
    record: Record, licences: Sequence[str], attribution: Mapping[str, str] | None = None
) -> Dataset:
    """The dataset with these licences of its files, the last one for all that follow.

    The words that name the source go where a licence asks for them and none are there.
    """
    resource = msgspec.structs.replace(record.resource)
    assert isinstance(resource, Dataset)  # noqa: S101 - only datasets have files
    files = []
    for at, file in enumerate(resource.distribution):
        licence = licences[min(at, len(licences) - 1)] or None
        terms = licensing.terms(licence or "")
        words = file.license_attribution
        if attribution and terms and terms.attribution and not words:
            words = dict(attribution)
        files.append(msgspec.structs.replace(file, license=licence, license_attribution=words))
    resource.distribution = files
    if not files:
        resource.license = licences[0] or None
    return resource


def named(said: Owner) -> dict[str, str]:
    """The words with which an owner wants to be named; none for the publisher's name."""
    return {tag: text for tag, text in said.attribution.items() if text and tag in ("de", "en")}


def _require(subject: Subject, organisation: str) -> None:
    if may(subject, Action.WRITE, organisation):
        return
    if subject.kind == "anonymous":
        raise refused(subject)
    raise NotAllowed(
        "Only stewards of the organisation say which licence its data have.",
        "Welche Lizenz Daten haben, sagt nur, wer sie in der Organisation betreut.",
    )
