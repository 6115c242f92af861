# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The use cases of collections: described tables of rows with a place, a time and a past.

A collection is made from a model and belongs to a dataset of the catalogue; who may read
the dataset's data may read its rows, and of each row the fields of the levels that are
open to them. Every write is checked against the model, keeps the state before, and says
who made it and why.
"""

from allmende.core.collections.describing import describe
from allmende.core.collections.encoding import Change, RowEncoder
from allmende.core.collections.making import CollectionEntry, create, remove, restyle
from allmende.core.collections.migrating import Conversion, Moved, migrate
from allmende.core.collections.quality import (
    FlagCount,
    Quality,
    batches,
    forget,
    quality,
    quarantined,
)
from allmende.core.collections.reading import (
    MAX_PAGE,
    Features,
    Page,
    PartsPage,
    changes,
    count,
    each,
    feature,
    features,
    history,
    numbers,
    page,
    parts,
    ready,
    row,
    row_feature,
)
from allmende.core.collections.seeing import get, listing, of_dataset
from allmende.core.collections.writing import Writer, writable, write
from allmende.store.collections.types import (
    Batch,
    Collection,
    Parts,
    Quarantined,
    Ready,
    Refusal,
    Row,
    RowChange,
    RowRevision,
    Written,
)

__all__ = [
    "MAX_PAGE",
    "Batch",
    "Change",
    "Collection",
    "CollectionEntry",
    "Conversion",
    "Features",
    "FlagCount",
    "Moved",
    "Page",
    "Parts",
    "PartsPage",
    "Quality",
    "Quarantined",
    "Ready",
    "Refusal",
    "Row",
    "RowChange",
    "RowEncoder",
    "RowRevision",
    "Writer",
    "Written",
    "batches",
    "changes",
    "count",
    "create",
    "describe",
    "each",
    "feature",
    "features",
    "forget",
    "get",
    "history",
    "listing",
    "migrate",
    "numbers",
    "of_dataset",
    "page",
    "parts",
    "quality",
    "quarantined",
    "ready",
    "remove",
    "restyle",
    "row",
    "row_feature",
    "writable",
    "write",
]
