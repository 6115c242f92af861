# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A CKAN package as a record of a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allmende.core.harvest.fields import plain
from allmende.core.harvest.packages import to_content
from allmende.core.harvest.types import SourceRecord, record_hash
from allmende.model.catalogue import ResourceKind

VERSION = 2  # part of the hash: a better mapping rewrites the records


def to_record(package: Mapping[str, Any], portal: str, language: str = "de") -> SourceRecord:
    """The record of a package; `portal` is the portal's address without a final slash."""
    return SourceRecord(
        original_id=plain(package.get("id")) or plain(package.get("name")),
        kind=ResourceKind.DATASET,
        hash=record_hash(VERSION, portal, language, package),
        content=lambda: to_content(package, portal, language),
    )
