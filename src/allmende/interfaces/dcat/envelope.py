# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A record as JSON for programs: canonical JSON with what the platform knows about it."""

from typing import Any

from msgspec import Raw

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.pages import date_time
from allmende.core.platform import Platform


def envelope(platform: Platform, record: Record) -> dict[str, Any]:
    """The record with its address, state and content; times are ISO 8601 in UTC."""
    return {
        "id": record.id,
        "kind": record.kind,
        "address": catalogue.address(platform, record),
        "iri": pages.iri_of(platform, record),
        "catalogue": record.catalogue,
        "original_id": record.original_id,
        "organisation": record.organisation,
        "status": record.status,
        "metadata_access": record.metadata_access,
        "data_access": record.data_access,
        "revision": record.revision,
        "created": date_time(record.created),
        "updated": date_time(record.updated),
        "repairs": Raw(record.repairs_json.encode()),
        "resource": record.resource,
    }
