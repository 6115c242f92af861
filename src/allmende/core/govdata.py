# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is delivered to GovData, and what it would refuse and why.

Delivered are datasets that everybody may see, as GovData's conventions ask for
(Konventionenhandbuch 2.0): with the city's contributorID where it delivers itself (K12, K13),
with an identifier that never changes, and each thing once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec
from anyio import to_thread
from msgspec import Struct, ValidationError, convert, structs

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.model.catalogue import Dataset, Identifier, Resource, ResourceKind
from allmende.model.filter import Compare, Filter, In, all_of
from allmende.model.validation.record import Checked, check
from allmende.model.vocabulary import Concept, vocabulary
from allmende.policy import ANONYMOUS

BATCH = 100  # records checked at a time on a worker thread
MAX_REASONS = 20  # told of one record


class Delivery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `[extra.govdata]`: who delivers, and which catalogues.

    `contributor` is an IRI or code of the list of contributors; empty means that the portal
    of the state collects the datasets and adds its own. No catalogues means all.
    """

    contributor: str = ""
    catalogues: tuple[str, ...] = ()

    @property
    def profile(self) -> str:
        """The profile that decides."""
        return "govdata" if self.contributor else "govdata-indirect"


def delivery(settings: Settings) -> Delivery:
    """What is set; InvalidInput names what is wrong in `[extra.govdata]`."""
    return _read(msgspec.json.encode(settings.extra.get("govdata", {})))


@lru_cache(maxsize=8)
def _read(encoded: bytes) -> Delivery:
    try:
        found = convert(msgspec.json.decode(encoded), Delivery)
    except ValidationError as error:
        raise InvalidInput(f"A setting of the delivery to GovData is wrong: {error}") from error
    if not found.contributor:
        return found
    known = _contributor(found.contributor)
    if known is None:
        raise InvalidInput(
            f"“{found.contributor}” is not on the list of contributors of dcat-ap.de.",
            f"„{found.contributor}“ steht nicht auf der Liste der Datenbereitsteller von "
            "dcat-ap.de.",
        )
    return structs.replace(found, contributor=known.iri)


def _contributor(name: str) -> Concept | None:
    known = vocabulary("contributor")
    return known.get(name) or known.get(known.base + name)


class Reason(Struct, frozen=True):
    """Why a record is refused: the check, where in the record, what to do."""

    check: str
    path: str
    value: str
    text: dict[str, str]


class Verdict(Struct, frozen=True):
    """One record: whether it is taken, and what stands against it."""

    key: int
    id: str
    title: dict[str, str]
    organisation: str
    revision: int
    identifier: str
    modified: str
    reasons: tuple[Reason, ...]
    advice: int  # warnings and hints, which do not keep a record out

    @property
    def taken(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


class Survey(Struct, frozen=True):
    """All datasets that may be delivered in one state of the catalogue, by key."""

    delivery: Delivery
    sequence: int
    verdicts: list[Verdict]

    @property
    def taken(self) -> list[Verdict]:
        """Those that are delivered."""
        return [each for each in self.verdicts if each.taken]

    @property
    def refused(self) -> list[Verdict]:
        """Those that are left out."""
        return [each for each in self.verdicts if not each.taken]


class _Kept:
    """The survey of a platform, made anew when the catalogue has changed."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.survey: Survey | None = None


_KEPT: WeakKeyDictionary[Platform, _Kept] = WeakKeyDictionary()


async def survey(platform: Platform) -> Survey:
    """Every public dataset with what GovData would say; kept while the catalogue stays as it is.

    InvalidInput when the setting is wrong.
    """
    wanted = delivery(platform.settings)
    kept = _KEPT.setdefault(platform, _Kept())
    async with kept.lock:
        state = await pages.state_of(platform)
        if kept.survey is None or kept.survey.sequence != state.sequence:
            known = {each.key: each for each in kept.survey.verdicts} if kept.survey else {}
            kept.survey = await _survey(platform, wanted, state.sequence, known)
        return kept.survey


async def _survey(
    platform: Platform, wanted: Delivery, sequence: int, known: dict[int, Verdict]
) -> Survey:
    found: list[Verdict] = []
    waiting: list[Record] = []
    async for record in catalogue.each(platform, ANONYMOUS, where=_where(wanted)):
        before = known.get(record.key)
        if before is not None and before.revision == record.revision:
            found.append(_without_twins(before))
            continue
        waiting.append(record)
        if len(waiting) == BATCH:
            found += await to_thread.run_sync(_judged, platform, wanted, waiting)
            waiting = []
    found += await to_thread.run_sync(_judged, platform, wanted, waiting)
    return Survey(wanted, sequence, _once(sorted(found, key=lambda each: each.key)))


def _where(wanted: Delivery) -> Filter:
    kind = Compare("kind", "=", ResourceKind.DATASET)
    return all_of(kind, In("catalogue", wanted.catalogues)) if wanted.catalogues else kind


def _judged(platform: Platform, wanted: Delivery, records: Iterable[Record]) -> list[Verdict]:
    return [_verdict(platform, wanted, record) for record in records]


def _verdict(platform: Platform, wanted: Delivery, record: Record) -> Verdict:
    resource = delivered(platform, wanted, record)
    checked = check(resource, (wanted.profile,))
    return Verdict(
        record.key,
        record.id,
        record.resource.title,
        record.organisation,
        record.revision,
        next(iter(resource.identifier), ""),
        record.resource.modified or "",
        (*_reasons(checked), *_elsewhere(wanted, resource)),
        checked.warnings + checked.hints,
    )


def _reasons(checked: Checked) -> list[Reason]:
    return [
        Reason(each.check, each.path, each.value, each.text)
        for each in checked.findings
        if each.severity == "violation" and each.check != "contributor-once"
    ][:MAX_REASONS]


def _elsewhere(wanted: Delivery, resource: Resource) -> list[Reason]:
    """Another contributor of the list delivers it already (K13: exactly one)."""
    if not wanted.contributor:
        return []
    known = vocabulary("contributor")
    listed = [iri for iri in resource.contributor_id if known.has(iri)]
    others = [iri for iri in listed if iri != wanted.contributor]
    if not others:
        return []
    name = known.label(others[0], "de")
    text = {
        "de": f"„{name}“ liefert diesen Datensatz schon an GovData.",
        "en": f"“{name}” delivers this dataset to GovData already.",
    }
    return [Reason("other-contributor", "contributor_id", others[0], text)]


_TWIN = {
    "de": "Ein anderer Datensatz mit derselben Kennung (dct:identifier) ist neuer; "
    "GovData nimmt nur diesen.",
    "en": "Another dataset with the same identifier (dct:identifier) is newer; GovData takes "
    "only that one.",
}


def _once(verdicts: list[Verdict]) -> list[Verdict]:
    """Of those with the same identifier the newest is taken, of equally new ones the first."""
    best: dict[str, Verdict] = {}
    for each in verdicts:
        other = best.get(each.identifier)
        if each.taken and (other is None or each.modified > other.modified):
            best[each.identifier] = each
    return [
        structs.replace(each, reasons=(Reason("twin", "identifier", each.identifier, _TWIN),))
        if each.taken and best[each.identifier].key != each.key
        else each
        for each in verdicts
    ]


def _without_twins(verdict: Verdict) -> Verdict:
    """The verdict as it was before records were compared with each other."""
    own = tuple(each for each in verdict.reasons if each.check != "twin")
    return structs.replace(verdict, reasons=own)


def delivered(platform: Platform, wanted: Delivery, record: Record) -> Resource:
    """The record as it is delivered: the contributor added, an identifier made if it has none.

    An identifier is never changed (it tells duplicates); the address here goes to
    adms:identifier.
    """
    resource, address = record.resource, catalogue.address(platform, record)
    iri = pages.iri_of(platform, record)
    changes: dict[str, object] = {}
    if not resource.identifier:
        changes["identifier"] = [iri]
    elif address not in (*resource.identifier, *(e.notation for e in resource.other_identifier)):
        changes["other_identifier"] = [*resource.other_identifier, Identifier(notation=address)]
    own = wanted.contributor
    known = vocabulary("contributor")
    if own and not any(known.has(each) for each in resource.contributor_id):
        changes["contributor_id"] = [*resource.contributor_id, own]
    return structs.replace(resource, **changes) if isinstance(resource, Dataset) else resource


async def records_of(platform: Platform, verdicts: list[Verdict]) -> list[Record]:
    """The records of some verdicts, as everybody sees them."""
    keys = tuple(each.key for each in verdicts)
    if not keys:
        return []
    found = await pages.slice_of(platform, ANONYMOUS, In("key", keys), 0, len(keys))
    return found.records


def counts(found: Survey) -> list[tuple[Reason, int]]:
    """Each reason once with the number of records it keeps out, the most frequent first."""
    first: dict[str, Reason] = {}
    number: Counter[str] = Counter()
    for each in found.refused:
        for check_name in {reason.check for reason in each.reasons}:
            number[check_name] += 1
        for reason in each.reasons:
            first.setdefault(reason.check, reason)
    return [(first[name], many) for name, many in number.most_common()]
