# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a record says in RDF before and after, and which differences no repair explains."""

from allmende.model.rdf import FoundRecord, Literal, statements
from allmende.model.rdf.hash import structural_hash
from allmende.model.rdf.terms import Object, Statement, is_blank


def shape(lines: list[Statement], root: str) -> set[tuple[str, str, str]]:
    """Statements with blank nodes named by what they say."""
    nodes = {subject for subject, _, _ in lines if is_blank(subject)}

    def name(term: Object) -> str:
        if term == root:
            return "root"
        return "_:" if is_blank(term) or term in nodes else str(term)

    return {(name(subject), predicate, name(value)) for subject, predicate, value in lines}


def unexplained(found: FoundRecord) -> list[Statement]:
    """Original statements that are neither given out again nor named by a repair."""
    written = statements(found.resource, found.node, strict=False, mint=False)
    after = shape(written, found.node)
    befores = {repair.before for repair in found.repairs}
    lost = []
    for line in found.statements:
        if shape([line], found.node) <= after:
            continue
        _, predicate, value = line
        text = value.value if isinstance(value, Literal) else value
        if predicate in befores or text[:300] in befores:
            continue
        if any(before.startswith((f"{text}^^", f"{text}@")) for before in befores):
            continue
        lost.append(line)
    return lost


def same(before: list[Statement], after: list[Statement], root: str) -> bool:
    """Whether two sets of statements are the same graph around `root`."""
    return structural_hash(before, root) == structural_hash(after, root)
