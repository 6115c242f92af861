# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The reference pages say what the code does."""

import runpy
from pathlib import Path

import pytest


@pytest.mark.parametrize("page", ["repairs.md", "profiles.md"])
def test_page_is_up_to_date(repository: Path, page: str) -> None:
    tool = runpy.run_path(str(repository / "tools" / "model_reference.py"))
    written = (repository / "docs" / "reference" / page).read_text("utf-8")
    assert written == tool["PAGES"][page](), "run: python tools/model_reference.py"
