# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Tables without a description: what they hold is proposed, with reasons for a person."""

from allmende.model.sniff.dialect import Dialect, read_rows, sniff_dialect
from allmende.model.sniff.places import guess_crs
from allmende.model.sniff.table import sniff_csv, sniff_table
from allmende.model.sniff.types import MAX_COLUMNS, MAX_ROWS, Note, Proposal, Use

__all__ = [
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Dialect",
    "Note",
    "Proposal",
    "Use",
    "guess_crs",
    "read_rows",
    "sniff_csv",
    "sniff_dialect",
    "sniff_table",
]
