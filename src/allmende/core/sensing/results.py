# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Results as their datastream wants them (18-088 tables 8-12 and 13-1).

Many devices and clients write numbers as text; where a datastream holds numbers they are
read as such. What does not fit after that is refused when it is stored.
"""

from __future__ import annotations

from typing import Any

from allmende.errors import InvalidInput
from allmende.model.sensing.checking import problem
from allmende.model.sensing.observation import Observation
from allmende.model.sensing.specs import COUNT, MEASUREMENT, TRUTH

_WORDS = {"true": True, "false": False}


def fitted(result: Any, kind: str) -> Any:
    """The result of one datastream; numbers and truth values written as text are read."""
    if not isinstance(result, str) or kind not in (MEASUREMENT, COUNT, TRUTH):
        return result
    if kind == TRUTH:
        return _WORDS.get(result, result)
    try:
        return int(result) if kind == COUNT else float(result)
    except ValueError:
        return result


def fitted_parts(result: Any, kinds: list[str]) -> Any:
    """The results of a MultiDatastream, each by its data type.

    Raises InvalidInput with the place of the first that does not fit; null is allowed.
    """
    if not isinstance(result, list) or len(result) != len(kinds):
        return result
    found = [fitted(each, kind) for each, kind in zip(result, kinds, strict=True)]
    for place, (each, kind) in enumerate(zip(found, kinds, strict=True), 1):
        wrong = None
        if each is not None:
            wrong = problem(Observation(datastream=0, time=0, result=each), kind)
        if wrong is not None:
            raise InvalidInput(
                f"Part {place} of the result: {wrong['en']}",
                f"Teil {place} des Ergebnisses: {wrong['de']}",
            )
    return found
