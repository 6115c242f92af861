# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What differs between two states of a record: field by field, lists item by item.

Texts are compared language by language. Things in lists (distributions, contacts, places)
are paired first: what is equal, then what has the same IRI, address or name, then what is
most alike. Only what has no counterpart is added or removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from allmende.model.catalogue import Node, Resource, local

What = Literal["added", "removed", "changed", "order"]

ALIKE = 0.5
"""Share of equal fields from which two things without a common name are taken for one."""
MOST_COMPARED = 100
"""Things on each side that are compared with each other; beyond it they are new or gone."""
_NAMES = ("access_url", "download_url", "title", "fn", "name", "notation", "label", "identifier")


class Change(Struct, frozen=True, omit_defaults=True):
    """One difference. What was added has no `before`, what was removed no `after`.

    `language` is the tag of a text or word, `item` the name of a thing in a list or field of
    things, `parts` what differs inside it; of one that was added or removed all it says.
    `order`: the same items follow each other in another way.
    """

    field: str
    what: What
    before: str | int | float | None = None
    after: str | int | float | None = None
    language: str = ""
    item: str = ""
    parts: tuple[Change, ...] = ()


def differences(old: Resource, new: Resource) -> list[Change]:
    """All differences from one state of a record to another, in the order of the fields."""
    return list(_of_nodes(old, new))


def _of_nodes(old: Node | None, new: Node | None) -> Iterator[Change]:
    shape = new if new is not None else old
    assert shape is not None  # noqa: S101 - one of them is always there
    for name in shape.__struct_fields__:
        before = getattr(old, name) if old is not None else None
        after = getattr(new, name) if new is not None else None
        if before != after:
            yield from _of_values(name, before, after)


def _of_values(name: str, before: Any, after: Any) -> Iterator[Change]:
    known = after if after is not None else before
    if isinstance(known, dict):
        yield from _of_languages(name, before or {}, after or {})
    elif isinstance(known, list):
        yield from _of_lists(name, before or [], after or [])
    elif isinstance(known, Node):
        yield _of_things(name, before, after)
    else:
        yield _plain(name, before, after)


def _plain(name: str, before: Any, after: Any, language: str = "") -> Change:
    what: What = "added" if before is None else "removed" if after is None else "changed"
    return Change(name, what, before, after, language)


def _of_languages(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for tag in dict.fromkeys((*after, *before)):
        old, new = before.get(tag), after.get(tag)
        if isinstance(old, list) or isinstance(new, list):
            yield from _of_items(name, old or [], new or [], tag)
        elif old != new:
            yield _plain(name, old, new, tag)


def _of_lists(name: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    if any(isinstance(each, Node) for each in (*before, *after)):
        yield from _of_many_things(name, before, after)
    else:
        yield from _of_items(name, before, after)


def _of_items(
    name: str, before: Sequence[Any], after: Sequence[Any], language: str = ""
) -> Iterator[Change]:
    gone, come = Counter(before), Counter(after)
    gone.subtract(after)
    come.subtract(before)
    for each, number in gone.items():
        yield from [_plain(name, each, None, language)] * max(number, 0)
    for each, number in come.items():
        yield from [_plain(name, None, each, language)] * max(number, 0)
    if Counter(before) == Counter(after) and list(before) != list(after):
        yield Change(name, "order", language=language)


def _of_things(name: str, before: Node | None, after: Node | None) -> Change:
    what: What = "added" if before is None else "removed" if after is None else "changed"
    called = name_of(after if after is not None else before)
    return Change(name, what, item=called, parts=tuple(_of_nodes(before, after)))


def _of_many_things(name: str, before: list[Node], after: list[Node]) -> Iterator[Change]:
    pairs = _paired(before, after)
    for at, each in enumerate(after):
        partner = pairs.get(at)
        if partner is None:
            yield _of_things(name, None, each)
        elif before[partner] != each:
            yield _of_things(name, before[partner], each)
    kept = set(pairs.values())
    for at, each in enumerate(before):
        if at not in kept:
            yield _of_things(name, each, None)
    if list(pairs.values()) != sorted(pairs.values()):
        yield Change(name, "order")


def _paired(before: list[Node], after: list[Node]) -> dict[int, int]:
    """Places in `after` with the places in `before` of the same things, in order."""
    found: dict[int, int] = {}
    left = dict(enumerate(before))
    for key in (_whole, _iri, _called):
        by_key: dict[Any, list[int]] = {}
        for at, each in left.items():
            if (own := key(each)) is not None:
                by_key.setdefault(own, []).append(at)
        for at, each in enumerate(after):
            own = key(each) if at not in found else None
            if own is not None and by_key.get(own):
                found[at] = by_key[own].pop(0)
                del left[found[at]]
    _pair_alike(left, after, found)
    return dict(sorted(found.items()))


def _pair_alike(left: dict[int, Node], after: list[Node], found: dict[int, int]) -> None:
    rest = [at for at in range(len(after)) if at not in found][:MOST_COMPARED]
    scores = [
        (_alike(node, after[at]), at, place)
        for at in rest
        for place, node in list(left.items())[:MOST_COMPARED]
    ]
    for score, at, place in sorted(scores, key=lambda each: (-each[0], each[1], each[2])):
        if score >= ALIKE and at not in found and place in left:
            found[at] = place
            del left[place]


def _alike(one: Node, other: Node) -> float:
    """Share of the fields with a value in either that are equal in both."""
    said = equal = 0
    for name in one.__struct_fields__:
        left, right = getattr(one, name), getattr(other, name, None)
        if left or right:
            said += 1
            equal += left == right
    return equal / said if said else 1.0


def _whole(node: Node) -> Any:
    return repr(node)


def _iri(node: Node) -> Any:
    return node.iri if node.iri and not node.iri.startswith("_:") else None


def _called(node: Node) -> Any:
    for name in _NAMES:
        value = getattr(node, name, None)
        if value:
            return name, repr(value)
    return None


def name_of(node: Node | None) -> str:
    """What a thing is called for people: its title or name, else its address; may be empty."""
    for name in ("title", "fn", "name", "organization_name", "label"):
        text = getattr(node, name, None)
        if isinstance(text, dict) and text:
            return local(text, "de", "en")
    for name in ("notation", "start", "value", "role", "access_url", "homepage", "identifier"):
        value = getattr(node, name, None)
        if value:
            return str(value[0] if isinstance(value, list) else value)
    return (node.iri if node is not None else "") or ""
