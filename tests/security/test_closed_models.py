# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who closes a dataset closes the model of its collection as well: its codes tell of the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from allmende.core import accounts, catalogue, collections, models
from allmende.core.collections import CollectionEntry
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.document import Code, Entity, Field, Model
from allmende.policy import ANONYMOUS, SYSTEM, Level


def cases(ident: str) -> Model:
    codes = [Code(code="under-suspicion", title={"de": "Verdacht"})]
    entity = Entity(name="Case", fields=[Field(name="state", codes=codes)])
    return Model(id=ident, title={"de": "Fälle"}, entities=[entity])


async def close(platform: Platform, dataset: str, level: Level) -> None:
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, dataset)
    entry = catalogue.entry_of(record)
    entry.metadata_access = entry.data_access = level
    entry.legal_basis = "§ 1"
    await catalogue.put(platform, SYSTEM, entry)


@pytest.mark.anyio
async def test_a_model_closes_with_its_dataset(engine: str, tmp_path: Path) -> None:
    database = engine if engine.startswith("postgresql") else ""
    settings = Settings(data=tmp_path, database=database, access_log=False)
    async with Platform.open(settings) as platform:
        await accounts.save_organisation(platform, SYSTEM, "jena", {"de": "Jena"})
        for ident, model in (("own", "own"), ("first", "shared"), ("second", "shared")):
            entry = CollectionEntry(id=ident, model=cases(model), organisation="jena")
            await collections.create(platform, SYSTEM, entry)
        await models.get(platform, ANONYMOUS, "own")
        await close(platform, "own", Level.RESTRICTED)
        with pytest.raises(NotFound):
            await models.get(platform, ANONYMOUS, "own")
        assert (await models.find(platform, SYSTEM, "own")).metadata_access is Level.RESTRICTED
        await close(platform, "first", Level.INTERNAL)
        await models.get(platform, ANONYMOUS, "shared")  # the other collection is open
        await close(platform, "own", Level.OPEN)
        assert (await models.find(platform, SYSTEM, "own")).metadata_access is Level.RESTRICTED
