# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records with what the platform knows of them, for schema.org and Croissant."""

from __future__ import annotations

from allmende.core import catalogue, collections
from allmende.core.catalogue import Record
from allmende.core.collections import Collection
from allmende.core.formats import shape_of
from allmende.core.formats.cells import place_names
from allmende.core.pages import date_time
from allmende.core.platform import ADDRESS_PARTS, Platform
from allmende.model.catalogue import ResourceKind, local
from allmende.model.schema_org import Subject as About
from allmende.model.schema_org import Table
from allmende.policy import Level, Subject

MAX_TABLES = 20


async def about(platform: Platform, subject: Subject, record: Record, language: str) -> About:
    """What is known about a record that was read for the subject, in one language."""
    base = platform.settings.base_url
    tables: list[Table] = []
    if record.kind is ResourceKind.DATASET:
        found = await collections.of_dataset(platform, subject, record.id)
        tables = [_table(base, each, language) for each in found[:MAX_TABLES]]
    path = f"/{ADDRESS_PARTS[record.kind]}/{record.id}"
    return About(
        resource=record.resource,
        ident=record.id,
        address=catalogue.address(platform, record),
        page=f"{base}/{language}{path}",
        language=language,
        site=platform.settings.site_name,
        site_address=base,
        published=date_time(record.created)[:10],
        open=record.data_access is Level.OPEN,
        tables=tables,
    )


def _table(base: str, collection: Collection, language: str) -> Table:
    shape = shape_of(collection.id, collection.entity)
    return Table(
        name=collection.id,
        title=local(collection.title, language),
        address=f"{base}/data/{collection.id}.csv",
        fields=list(shape.fields),
        places=place_names(shape),
    )
