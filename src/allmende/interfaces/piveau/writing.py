# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A resource in a request → an entry of the catalogue, and what is answered."""

from collections.abc import Sequence

from msgspec import Struct, json, structs
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, originals
from allmende.core.catalogue import Entry, Outcome, Record
from allmende.core.conditional import etag, require_match
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.errors import Conflict, InvalidInput
from allmende.interfaces.piveau.asking import flag, level_of, moment, status_of
from allmende.interfaces.piveau.finding import signed_in
from allmende.interfaces.piveau.reading import is_relative, relative_repair
from allmende.model.catalogue import Dataset, Repair, Resource
from allmende.model.check import check
from allmende.model.rdf import FoundRecord
from allmende.policy import Level, Status

SECOND = 1_000_000
MOST_FINDINGS = 100


class Target(Struct, kw_only=True):
    """Where a resource is to go: its catalogue, owner and names, and what stands there."""

    organisation: str
    catalogue: str | None = None
    original_id: str | None = None
    ident: str = ""
    before: Record | None = None
    status: Status | None = None


async def write(request: Request, found: FoundRecord, target: Target) -> Response:
    """Stores the resource: 201, 204, or 304 when nothing is new.

    Raises Conflict when the record is newer than the client knows (`recordModified`), and
    what `catalogue.put` raises.
    """
    platform, subject = signed_in(request)
    before = target.before
    known = moment(request, "recordModified")
    if before is not None and known is not None and before.updated // SECOND > known // SECOND:
        raise Conflict(
            "The record here is newer than the one you know; read it again first.",
            "Der Eintrag ist hier neuer als der, den Sie kennen; bitte zuerst neu lesen.",
            code="server-newer",
        )
    tag = etag(before.kind, before.id, before.revision) if before is not None else None
    require_match(request.headers, tag)
    entry = entry_for(request, found, target)
    outcome = await catalogue.put(platform, subject, entry)
    if outcome.change == "unchanged" and before is not None and not flag(request, "enforceUpdate"):
        return Response(status_code=304, headers=location(platform, outcome))
    created = before is None or outcome.change == "created"
    return told(platform, outcome, entry) if created else changed(platform, outcome)


def entry_for(request: Request, found: FoundRecord, target: Target) -> Entry:
    """The entry of a resource with everything the request says about it."""
    platform, before = request.app.state.platform, target.before
    resource, repairs = named_here(platform, found, before)
    name = target.original_id or target.ident
    repairs = [_renamed(each, name) for each in repairs]
    status = target.status or status_of(request, before)
    level = level_of(request)
    entry = Entry(
        kind=found.kind,
        resource=resource,
        organisation=target.organisation,
        id=target.ident,
        catalogue=target.catalogue,
        original_id=target.original_id,
        status=status,
        metadata_access=level or (before.metadata_access if before else Level.OPEN),
        data_access=level or (before.data_access if before else Level.OPEN),
        origin=before.origin if before else "editor",
        repairs=repairs,
        source_rdf=found.source,
        source_hash=found.hash.encode(),
        reason=request.query_params.get("reason", "")[:500],
    )
    entry.legal_basis = legal_basis(request, entry, before)
    return entry


def named_here(
    platform: Platform, found: FoundRecord, before: Record | None
) -> tuple[Resource, list[Repair]]:
    """The resource with its own IRI, unless that is relative or only its address here."""
    resource, repairs = found.resource, list(found.repairs)
    if is_relative(resource.iri):
        repairs.append(relative_repair(resource.iri or ""))
        resource.iri = None
    if before is not None and (
        resource.iri is None or originals.written_back(platform, before, resource.iri)
    ):
        resource.iri = before.resource.iri
    if isinstance(resource, Dataset):
        for part in resource.distribution:
            if is_relative(part.iri):
                part.iri = None
    return resource, repairs


def _renamed(repair: Repair, name: str) -> Repair:
    """A record without an IRI is told by the id it got, not by that of its blank node."""
    return structs.replace(repair, after=name) if repair.code == "blank-node-record" else repair


def legal_basis(request: Request, entry: Entry, before: Record | None) -> str:
    """Why a record is not open: said in the request, known already, or in the metadata."""
    given = request.query_params.get("legalBasis", "").strip()[:1000]
    known = before.legal_basis if before is not None else ""
    found = given or known or " ".join(entry.resource.applicable_legislation)
    closed = {entry.metadata_access, entry.data_access} != {Level.OPEN}
    if closed and entry.status is Status.PUBLISHED and not found:
        raise InvalidInput(
            "What is not public needs its legal reason: add legalBasis=…, or "
            "dcatap:applicableLegislation to the resource, or send it as a draft.",
            "Was nicht öffentlich ist, braucht die Rechtsgrundlage: legalBasis=… angeben, oder "
            "dcatap:applicableLegislation in der Ressource, oder als Entwurf senden.",
            code="legal-basis-missing",
        )
    return found if closed else known


def location(platform: Platform, outcome: Outcome) -> dict[str, str]:
    """Headers that name the record, and where its repairs are told."""
    address = platform.address(outcome.kind, outcome.id)
    return {"location": address, "link": f'<{address}.json>; rel="describedby"'}


def changed(platform: Platform, outcome: Outcome) -> Response:
    """The answer to a change that is done."""
    return Response(status_code=204, headers=location(platform, outcome))


def told(platform: Platform, outcome: Outcome, entry: Entry) -> Response:
    """The answer to a new record: where it is, what was put right, and what is missing."""
    findings = check(entry.resource)[:MOST_FINDINGS]
    body = {
        "id": outcome.id,
        "type": ADDRESS_PARTS[outcome.kind],
        "repairs": entry.repairs,
        "findings": [
            {"code": each.code, "path": each.path, "severity": each.severity, "text": each.text}
            for each in findings
        ],
    }
    headers = location(platform, outcome)
    return Response(json.encode(body), 201, headers, media_type="application/json")


async def discard(request: Request, records: Sequence[Record]) -> None:
    """Deletes records in the eyes of a hub's clients: they are archived, with their history."""
    platform, subject = signed_in(request)
    for record in records:
        await catalogue.release(
            platform, subject, record.kind, record.id, Status.ARCHIVED, "deleted by a program"
        )
