# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""No collection takes a name that the database gives a meaning of its own.

A table `json_each` beside the others would stand in for SQLite's function of this name, and
`trees__past` is where the superseded rows of `trees` lie.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.core import accounts, catalogue, collections
from allmende.core.collections import CollectionEntry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.document import Entity, Field, Model
from allmende.policy import SYSTEM

TAKEN = (
    "json-each",
    "json-tree",
    "collection",
    "row-batch",
    "row-quarantine",
    "gpkg-contents",
    "rtree-trees-place",
    "sqlite-master",
    "pragma-table-list",
    "trees--past",
)


@pytest.mark.anyio
async def test_names_of_the_database_are_refused(tmp_path: Path) -> None:
    model = Model(id="things", entities=[Entity(name="Thing", fields=[Field(name="title")])])
    async with Platform.open(Settings(data=tmp_path, access_log=False)) as platform:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        for ident in TAKEN:
            entry = CollectionEntry(id=ident, model=model, organisation="jena")
            with pytest.raises(InvalidInput, match="not usable"):
                await collections.create(platform, SYSTEM, entry)
            with pytest.raises(NotFound):
                await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, ident)
        assert await collections.listing(platform, SYSTEM) == []
