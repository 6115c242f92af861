# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements: register what measures, observe, read series and figures, follow what happens."""

from allmende.core.sensing.following import Happened, follow
from allmende.core.sensing.observing import Outcome, change, observe, remove
from allmende.core.sensing.reading import (
    buckets,
    columns,
    condition,
    latest,
    observation,
    series,
    visible_streams,
)
from allmende.core.sensing.registering import register
from allmende.store.sensing.registering import Registered
from allmende.store.sensing.state import State

__all__ = [
    "Happened",
    "Outcome",
    "Registered",
    "State",
    "buckets",
    "change",
    "columns",
    "condition",
    "follow",
    "latest",
    "observation",
    "observe",
    "register",
    "remove",
    "series",
    "visible_streams",
]
