# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""JSON as a table."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core.imports import Material, ReadOptions, open_content
from allmende.errors import InvalidInput


def cells(data: object, **options: str) -> list[dict[str, object]]:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    layer = open_content(Material(body, "a.json", ReadOptions(**options))).layer()
    return [row.cells for row in layer.rows()]


def test_a_list_of_objects_is_a_table() -> None:
    assert cells([{"a": 1}, {"b": {"c": 2}}]) == [{"a": 1}, {"b.c": 2}]


def test_a_list_of_rows_is_a_table() -> None:
    assert cells([[1, 2], [3, 4]])[1] == {"column_1": 3, "column_2": 4}


def test_the_longest_list_inside_is_found() -> None:
    document = {"help": "x", "result": {"fields": [{"id": "a"}], "records": [{"a": 1}, {"a": 2}]}}
    assert cells(document) == [{"a": 1}, {"a": 2}]
    assert cells(document, path="result.fields") == [{"id": "a"}]


def test_a_broken_line_costs_only_itself() -> None:
    layer = open_content(Material(b'{"a": 1}\n{"a": \n{"a": 3}\n')).layer()
    rows = list(layer.rows())
    assert [row.cells.get("a") for row in rows] == [1, None, 3]
    assert rows[1].fault is not None
    assert rows[1].fault.code == "broken-row"


@pytest.mark.parametrize("data", [b'{"a": 1}', b"[1, 2", b"[" * 100_000, b'{"a":' * 50_000])
def test_what_holds_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        cells(data)


def test_the_list_of_projects_is_read(shared_data: Path) -> None:
    data = (shared_data / "council/jena_vorhabenliste_2015-06-25.json").read_bytes()
    assert len(cells(data)) == 44


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_content_gives_rows_or_a_reason(data: bytes) -> None:
    """Formats that are read in another process are left out: each would start one."""
    if data[:2] in (b"PK", b"\xd0\xcf") or data.startswith((b"fgb", b"PAR1", b"SQLite")):
        return
    with suppress(InvalidInput):
        for layer in open_content(Material(data)).layers:
            list(layer.rows())
