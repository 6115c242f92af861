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

from allmende.model.rdf.terms import Object, Statement, is_blank, ntriples_term

MAX_ROUNDS = 32
Nodes = dict[str, list[tuple[str, Object]]]


def structural_hash(statements: Iterable[Statement], root: str) -> str:
    """Thirty-two hexadecimal digits for the statements reachable from and around `root`."""
    nodes: Nodes = {}
    for subject, predicate, value in statements:
        nodes.setdefault(subject, []).append((predicate, value))
    names = _names(nodes, root)
    lines: list[str] = []
    for subject, pairs in nodes.items():
        name = names.get(subject) or f"<{subject}>"
        lines.extend(_line(name, pair, names) for pair in pairs)
    return _digest(sorted(set(lines)))


def _names(nodes: Nodes, root: str) -> dict[str, str]:
    """A name for every blank node; the root is called `_:root` whatever its label.

    From the leaves upwards: a node is named when all blank nodes it points at are.
    """
    names = {root: "_:root"} if root.startswith("_:") else {}
    missing: dict[str, int] = {}
    waiting_for: dict[str, list[str]] = {}
    for node, pairs in nodes.items():
        if not node.startswith("_:") or node in names:
            continue
        below = {value for _, value in pairs if is_blank(value) and value in nodes} - names.keys()
        missing[node] = len(below)
        for value in below:
            waiting_for.setdefault(value, []).append(node)
    ready = [node for node, count in missing.items() if count == 0]
    while ready:
        node = ready.pop()
        names[node] = _name(nodes[node], names)
        for above in waiting_for.get(node, ()):
            missing[above] -= 1
            if missing[above] == 0:
                ready.append(above)
    circle = [node for node in missing if node not in names]
    return _refine(nodes, circle, names) if circle else names


def _refine(nodes: Nodes, circle: list[str], names: dict[str, str]) -> dict[str, str]:
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
