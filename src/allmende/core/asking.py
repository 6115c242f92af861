# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parameters of an address that are known but say something unknown are refused, never ignored.

one_of("sort", "nope", SORTS)                          # 400 unknown-value, names the values
only(request.query_params, ("days",))                  # 400 unknown-parameter, names the names
renamed(request.query_params, {"at": "as-of"})         # 400 unknown-parameter, names the right one
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from allmende.errors import InvalidInput

__all__ = ["one_of", "only", "renamed"]

SHOWN = 60
"""Characters of a value or name that are repeated in an error."""


def one_of(name: str, given: str, known: Collection[str]) -> str:
    """The value, when it is a known one. Raises InvalidInput with the list."""
    if given not in known:
        listed = ", ".join(known)
        raise InvalidInput(
            f"{name} is one of: {listed}.", f"{name} ist eines von: {listed}.", code="unknown-value"
        )
    return given


def only(given: Iterable[str], known: Collection[str]) -> None:
    """Raises InvalidInput for a parameter that the address does not have."""
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        listed, name = ", ".join(known), unknown[:SHOWN]
        raise InvalidInput(
            f"There is no parameter “{name}” here; there are: {listed}.",
            f"Den Parameter „{name}“ gibt es hier nicht; es gibt: {listed}.",
            code="unknown-parameter",
        )


def renamed(given: Iterable[str], names: Mapping[str, str]) -> None:
    """Raises InvalidInput for a parameter that has another name here, where other ones may come."""
    for name in given:
        if name in names:
            raise InvalidInput(
                f"The parameter “{name}” is called {names[name]} here.",
                f"Der Parameter „{name}“ heißt hier {names[name]}.",
                code="unknown-parameter",
            )
