# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a query of a subject runs with: a connection, and what the subject may see."""

from __future__ import annotations

from functools import lru_cache

from allmende.core.sensing.reading import condition
from allmende.model.filter import Filter
from allmende.policy import Subject, read_condition
from allmende.store import Connection
from allmende.store.connection import Dialect
from allmende.store.sensing.frames import Sight


class Look:
    """A connection inside of a reading transaction with the eyes of a subject."""

    def __init__(self, db: Connection, metadata: Filter, data: Filter, observed: Filter) -> None:
        self.db = db
        self.sight = _sight(metadata, data, db.dialect)
        self.observed = observed  # of datastreams whose observations may be read


class Eyes:
    """What a subject may see, before there is a connection."""

    def __init__(self, subject: Subject) -> None:
        self.metadata = read_condition(subject, "metadata")
        self.data = read_condition(subject, "data")
        self.observed = condition(subject)

    def look(self, db: Connection) -> Look:
        """With a connection."""
        return Look(db, self.metadata, self.data, self.observed)


@lru_cache(maxsize=1_000)
def _sight(metadata: Filter, data: Filter, dialect: Dialect) -> Sight:
    return Sight(metadata, data, dialect)
