# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The Common Query Language (OGC 21-065r2): text and JSON to the filter tree, tree to text."""

from allmende.model.cql2.from_json import from_json, parse_json
from allmende.model.cql2.from_text import parse_text
from allmende.model.cql2.to_text import to_text

__all__ = ["from_json", "parse_json", "parse_text", "to_text"]
