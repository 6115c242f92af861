# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is wrong with a model document is said before anything is made from it."""

from typing import Any

import pytest

from allmende.model.document import Entity, Field, FieldType, Model, Range, problems


def model(**changed: Any) -> Model:
    given = {"name": "height", "type": FieldType.NUMBER, **changed}
    return Model(id="tree", entities=[Entity(name="Tree", fields=[Field(**given)])])


@pytest.mark.parametrize(
    "changed",
    [
        {"minimum": 50, "maximum": 1},
        {"plausible": Range(minimum=9, maximum=3)},
        {"type": FieldType.STRING, "min_length": 5, "max_length": 4},
        {"name": "2nd"},
        {"pattern": "("},
        {"entity": "Nobody"},
    ],
)
def test_a_field_that_cannot_be_used_is_named(changed: dict[str, Any]) -> None:
    found = problems(model(**changed))
    assert len(found) == 1
    assert set(found[0]) == {"de", "en"}


def test_limits_may_be_equal_or_missing() -> None:
    assert problems(model(minimum=1, maximum=1)) == []
    assert problems(model(minimum=1)) == []
