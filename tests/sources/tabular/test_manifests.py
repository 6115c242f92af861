# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every folder that brings rows keeps the promises of its manifest."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.importing import entity, mapping

from allmende.core.harvest.readers import Grade
from allmende.core.imports import Layer, RawRow, formats, manifests
from allmende.core.imports.intake import Intake
from allmende.core.imports.types import Column
from allmende.model.check_rows import Checker
from allmende.model.document import Field, FieldType

GRADES = get_args(Grade)


@pytest.mark.parametrize("folder", manifests())
def test_a_manifest_is_true(folder: str, repository: Path) -> None:
    manifest = manifests()[folder]
    assert manifest.id == folder
    assert set(manifest.title) == set(manifest.reads) == {"de", "en"}
    claimed = GRADES[: GRADES.index(manifest.grade) + 1]
    assert set(manifest.evidence) == set(claimed)
    for test in (test for tests in manifest.evidence.values() for test in tests):
        file, _, name = test.partition("::")
        assert f"def {name}(" in (repository / file).read_text("utf-8"), test


@pytest.mark.parametrize("name", formats())
def test_every_format_has_a_reader_and_is_documented(name: str, repository: Path) -> None:
    module = import_module(formats()[name])
    assert callable(getattr(module, "read", None) or getattr(module, "collected", None))
    page = (repository / "docs/reference/import.md").read_text("utf-8")
    assert re.search(rf"^\| .*`{name}`", page, re.M)


CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
KINDS = [kind for kind in FieldType if kind is not FieldType.GEOMETRY]


@given(st.sampled_from(KINDS), st.booleans(), CELLS, CELLS)
def test_any_cell_becomes_a_value_or_is_kept_and_flagged(
    kind: FieldType, many: bool, cell: Any, other: Any
) -> None:
    field = Field(name="f", type=kind, many=many and kind is not FieldType.OBJECT)
    row = RawRow(1, {"f": cell, "g": other})
    layer = Layer("t", [Column("f"), Column("g")], lambda: iter([row]))
    thing = entity(field, Field(name="g"))
    (change,) = Intake(thing, mapping(), layer).take().changes
    flagged = {each.field for each in change.flags}
    assert flagged == change.extra.keys()
    assert not flagged & change.values.keys()
    Checker(thing).check(change.values)
