# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A small packed file that holds one endless line is refused before it fills the memory."""

import tracemalloc

import pytest

from allmende.core.imports.types import Limits, Material
from allmende.errors import LimitExceeded
from allmende.sources.tabular import text

SIZE = 4_000_000


def test_one_endless_line_is_no_table() -> None:
    material = Material(b"a;b\n" + b"0" * SIZE, limits=Limits(cell_chars=100_000))
    with pytest.raises(LimitExceeded, match="line_chars"):
        text.read(material)


def test_a_text_is_not_held_in_memory_once_more() -> None:
    material = Material(b"a;b\n" + b"1;2\n" * (SIZE // 4))
    tracemalloc.start()
    try:
        (layer,) = text.read(material).layers
        rows = sum(1 for _ in layer.rows())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == SIZE // 4
    assert most < 2 * SIZE
