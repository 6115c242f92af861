# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Results as a validation report in RDF (SHACL §3.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allmende.model.namespaces import XSD
from allmende.model.rdf.terms import LANG_STRING, TYPE, Literal, Statement, is_blank
from allmende.model.validation import paths
from allmende.model.validation.paths import SH, Path
from allmende.model.validation.shape import Result

_REPORT = "_:report"


def report(results: Sequence[Result], paths_of: Mapping[str, Path]) -> list[Statement]:
    """The statements of a report; `paths_of` gives the path of each source shape.

    A report conforms when there is no result at all (SHACL §3.6.1.1), so a mere hint makes
    it false. Source shapes without an address are left out: they mean nothing elsewhere.
    """
    out: list[Statement] = [
        (_REPORT, TYPE, SH + "ValidationReport"),
        (
            _REPORT,
            SH + "conforms",
            Literal("false" if results else "true", None, XSD + "boolean"),
        ),
    ]
    for number, each in enumerate(results):
        name = f"_:result{number}"
        out.append((_REPORT, SH + "result", name))
        out.extend(_result(each, name, paths_of.get(each.source)))
    return out


def _result(each: Result, name: str, path: Path | None) -> list[Statement]:
    out: list[Statement] = [
        (name, TYPE, SH + "ValidationResult"),
        (name, SH + "focusNode", each.focus),
        (name, SH + "resultSeverity", _full(each.severity)),
        (name, SH + "sourceConstraintComponent", SH + each.component),
    ]
    if path is None and each.path:  # sh:closed names a property the shape does not have
        path = Path("", each.path)
    if path is not None:
        head, more = paths.statements(path, f"{name}path")
        out.append((name, SH + "resultPath", head))
        out.extend(more)
    if each.value is not None:
        out.append((name, SH + "value", each.value))
    if not is_blank(each.source):
        out.append((name, SH + "sourceShape", each.source))
    for language, text in each.message.items():
        said = Literal(text) if language == "und" else Literal(text, language, LANG_STRING)
        out.append((name, SH + "resultMessage", said))
    return out


def _full(severity: str) -> str:
    return severity if ":" in severity else SH + severity
