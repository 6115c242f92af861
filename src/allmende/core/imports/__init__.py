# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Imports: a file or an address becomes the rows of a collection, once or on a schedule."""

from allmende.core.imports.bringing import Order, Progress, as_plain, bring, silent, trial
from allmende.core.imports.mapping import Mapping, convert, parse, write
from allmende.core.imports.opening import near, opened, uploaded
from allmende.core.imports.proposing import Proposed, mapping_for, propose, sample
from allmende.core.imports.readers import formats, manifests, open_content
from allmende.core.imports.refreshing import JOB_KIND, Refresh, plan, planned, refresh, run, stop
from allmende.core.imports.report import ImportReport
from allmende.core.imports.types import Layer, Limits, Material, Opened, RawRow, ReadOptions

__all__ = [
    "JOB_KIND",
    "ImportReport",
    "Layer",
    "Limits",
    "Mapping",
    "Material",
    "Opened",
    "Order",
    "Progress",
    "Proposed",
    "RawRow",
    "ReadOptions",
    "Refresh",
    "as_plain",
    "bring",
    "convert",
    "formats",
    "manifests",
    "mapping_for",
    "near",
    "open_content",
    "opened",
    "parse",
    "plan",
    "planned",
    "propose",
    "refresh",
    "run",
    "sample",
    "silent",
    "stop",
    "trial",
    "uploaded",
    "write",
]
