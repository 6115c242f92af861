# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A hash of statements that does not depend on their order nor on blank node labels.

Every blank node is named by the hash of what it says. Trees are hashed once from the
leaves; when blank nodes point at each other in a circle, names are refined in rounds (as
many as there are blank nodes, at most 32). A blank node that is used twice hashes like two
equal ones: good enough to tell "unchanged", not a canonical form of the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from allmende.model.rdf_terms import Object, Statement, is_blank, ntriples_term

MAX_ROUNDS = 32


def structural_hash(statements: Iterable[Statement], root: str) -> str:
    """Thirty-two hexadecimal digits for the statements reachable from and around `root`."""
    nodes: dict[str, list[tuple[str, Object]]] = {}
    for subject, predicate, value in statements:
        nodes.setdefault(subject, []).append((predicate, value))
    names = _names(nodes, root)
    lines: list[str] = []
    for subject, pairs in nodes.items():
        name = names.get(subject) or f"<{subject}>"
        lines.extend(_line(name, pair, names) for pair in pairs)
    return _digest(sorted(set(lines)))


def _names(nodes: dict[str, list[tuple[str, Object]]], root: str) -> dict[str, str]:
    """A name for every blank node; the root is called `_:root` whatever its label."""
    names = {root: "_:root"} if root.startswith("_:") else {}
    waiting = [node for node in nodes if node.startswith("_:") and node not in names]
    while waiting:
        left = []
        for node in waiting:
            pairs = nodes[node]
            if all(not is_blank(v) or v in names or v not in nodes for _, v in pairs):
                names[node] = _name(pairs, names)
            else:
                left.append(node)
        if len(left) == len(waiting):
            return _refine(nodes, left, names)
        waiting = left
    return names


def _refine(
    nodes: dict[str, list[tuple[str, Object]]], circle: list[str], names: dict[str, str]
) -> dict[str, str]:
    """Names for blank nodes in circles, by rounds of hashing what they point at."""
    current = {**names, **dict.fromkeys(circle, "_:circle")}
    for _ in range(min(len(circle), MAX_ROUNDS) + 1):
        current = {**current, **{node: _name(nodes[node], current) for node in circle}}
    return current


def _name(pairs: list[tuple[str, Object]], names: dict[str, str]) -> str:
    return "_:" + _digest(sorted(_line("", pair, names) for pair in pairs))


def _line(subject: str, pair: tuple[str, Object], names: dict[str, str]) -> str:
    predicate, value = pair
    if is_blank(value):
        return f"{subject} {predicate} {names.get(value, '_:empty')}"
    return f"{subject} {predicate} {ntriples_term(value)}"


def _digest(lines: list[str]) -> str:
    return blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
