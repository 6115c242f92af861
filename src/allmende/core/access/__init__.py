# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking for data that are not open: requests, decisions, grants for a time, public numbers."""

from allmende.core.access.asking import (
    KINDS,
    MOST_MONTHS,
    State,
    Talk,
    answer,
    ask,
    days_left,
    mine,
    one,
    standing,
    withdraw,
)
from allmende.core.access.deciding import (
    ask_back,
    cares,
    grant,
    queue,
    refuse,
    revoke,
    waiting,
)
from allmende.core.access.numbers import Figures, numbers
from allmende.core.access.upkeep import JOB_KIND, job
from allmende.store.access import Request, Said

__all__ = [
    "JOB_KIND",
    "KINDS",
    "MOST_MONTHS",
    "Figures",
    "Request",
    "Said",
    "State",
    "Talk",
    "answer",
    "ask",
    "ask_back",
    "cares",
    "days_left",
    "grant",
    "job",
    "mine",
    "numbers",
    "one",
    "queue",
    "refuse",
    "revoke",
    "standing",
    "waiting",
    "withdraw",
]
