# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Imports: a file or an address becomes the rows of a collection, once or on a schedule."""

from allmende.core.imports.bringing import Order, Progress, as_plain, bring, silent, trial
from allmende.core.imports.mapping import Mapping, convert, parse, write
from allmende.core.imports.readers import formats, manifests, open_content
from allmende.core.imports.report import ImportReport
from allmende.core.imports.types import Layer, Limits, Material, Opened, RawRow, ReadOptions

__all__ = [
    "ImportReport",
    "Layer",
    "Limits",
    "Mapping",
    "Material",
    "Opened",
    "Order",
    "Progress",
    "RawRow",
    "ReadOptions",
    "as_plain",
    "bring",
    "convert",
    "formats",
    "manifests",
    "open_content",
    "parse",
    "silent",
    "trial",
    "write",
]
