# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The pages about the model document say what the code does."""

import re
from pathlib import Path

import msgspec
import pytest

from allmende.model.bring import bring_document
from allmende.model.check_rows import CODES
from allmende.model.coerce import CODES as UNREADABLE
from allmende.model.document import Code, Entity, Field, FieldType, Model, Range, ValidTime


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs/reference/model-document.md").read_text("utf-8")


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("kind", [Model, Entity, ValidTime, Field, Code, Range])
def test_every_member_is_explained(page: str, kind: type[msgspec.Struct]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| \S", section(page, kind.__name__), re.M)
    assert rows == list(kind.__struct_fields__)


def test_every_type_is_explained(page: str) -> None:
    assert re.findall(r"^\| `(\w+)`", section(page, "Types"), re.M) == [str(t) for t in FieldType]


@pytest.mark.parametrize(
    ("title", "codes"), [("Findings", CODES), ("Cells that cannot be read", UNREADABLE)]
)
def test_every_code_is_listed(page: str, title: str, codes: dict[str, dict[str, str]]) -> None:
    rows = [f"| `{code}` | {text['en']} | {text['de']} |" for code, text in codes.items()]
    assert [each for each in section(page, title).splitlines() if each.startswith("| `")] == rows


def test_the_example_is_a_model(page: str) -> None:
    example = page.split("```yaml\n", 1)[1].split("```", 1)[0]
    model = bring_document(example.encode()).model
    assert [each.name for each in model.entity().fields][:3] == ["number", "species", "height"]


def test_every_note_of_the_guide_exists(repository: Path) -> None:
    guide = (repository / "docs/how-to/describe-a-table.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?) \| ", guide, re.M)
    named = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    sources = "".join(
        each.read_text("utf-8") for each in (repository / "src/allmende/model/sniff").glob("*.py")
    )
    assert named
    assert all(f'"{code}"' in sources for code in named)
