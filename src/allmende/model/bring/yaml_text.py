# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""YAML from strangers: plain values only, no aliases that grow, no surprising types."""

from __future__ import annotations

from typing import Any

from allmende.errors import InvalidInput
from allmende.model.bring.types import MAX_BYTES

MAX_DEPTH = 60


def load(data: bytes | str) -> Any:
    """The value of a YAML 1.1 or JSON document. InvalidInput names line and column.

    Dates stay text, only true and false are booleans, aliases (`*name`) are refused.
    """
    import yaml

    if len(data) > MAX_BYTES:
        raise _bad(f"more than {MAX_BYTES} bytes", f"mehr als {MAX_BYTES} Bytes")
    try:
        loader = _loader()(data.decode("utf-8-sig") if isinstance(data, bytes) else data)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise _bad("it is not UTF-8", "kein UTF-8") from error
    except yaml.YAMLError as error:
        raise _bad(_where(error), _where(error)) from error
    except (RecursionError, ValueError, TypeError) as error:
        raise _bad("it cannot be built", "nicht aufzubauen") from error


def _where(error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    said = str(getattr(error, "problem", "") or error)[:200]
    return f"{said} (line {mark.line + 1}, column {mark.column + 1})" if mark else said


def _loader() -> Any:
    import yaml

    class Plain(yaml.SafeLoader):  # type: ignore[misc]
        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark
                raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise yaml.YAMLError(f"deeper than {MAX_DEPTH}")
            try:
                return super().compose_node(parent, index)
            finally:
                self.depth -= 1

    kept = {
        first: [(tag, form) for tag, form in pairs if _wanted(tag, first)]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Plain.yaml_implicit_resolvers = kept
    return Plain


def _wanted(tag: str, first: str) -> bool:
    if tag.endswith(":bool"):
        return first in "tTfF"
    return not tag.endswith((":timestamp", ":merge", ":value"))


def _bad(en: str, de: str) -> InvalidInput:
    return InvalidInput(
        f"The YAML cannot be read: {en}.", f"YAML nicht lesbar: {de}.", code="model"
    )
