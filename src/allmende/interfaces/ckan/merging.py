# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Only what a client changed is changed: the dataset, what was shown of it, what came back.

Three values meet for every property: the one kept, the one a package showed, the one it has
now. Where the last two are equal the first stays, whatever CKAN could not show of it.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec import Struct, structs

from allmende.model.catalogue import Dataset, Distribution

T = TypeVar("T")

UNTOUCHED = frozenset({"iri", "distribution", "extra"})


def merged_dataset(kept: Dataset, shown: Dataset, sent: Dataset) -> Dataset:
    """The kept dataset with what differs between the shown and the sent one.

    Distributions, IRI and further statements stay as they are.
    """
    found = _struct(kept, shown, sent)
    gone = _words(shown) - _words(sent)
    if gone:
        found.keyword = {
            tag: left
            for tag, words in found.keyword.items()
            if (left := [word for word in words if word not in gone])
        }
    return found


def merged_distribution(
    kept: Distribution, shown: Distribution, sent: Distribution
) -> Distribution:
    """The kept distribution with what differs between the shown and the sent one."""
    return _struct(kept, shown, sent)


def _words(dataset: Dataset) -> set[str]:
    return {word for words in dataset.keyword.values() for word in words}


def _struct(kept: T, shown: T, sent: T) -> T:
    changed = {
        field.name: _merged(
            getattr(kept, field.name), getattr(shown, field.name), getattr(sent, field.name)
        )
        for field in structs.fields(type(kept))  # type: ignore[arg-type]
        if field.name not in UNTOUCHED and getattr(shown, field.name) != getattr(sent, field.name)
    }
    return structs.replace(kept, **changed)  # type: ignore[type-var]


def _merged(kept: object, shown: object, sent: object) -> object:
    if shown == sent:
        return kept
    if isinstance(kept, dict) and isinstance(shown, dict) and isinstance(sent, dict):
        return _dict(kept, shown, sent)
    if isinstance(kept, list) and isinstance(shown, list) and isinstance(sent, list):
        nodes = any(isinstance(each, Struct) for each in (*kept, *shown, *sent))
        return _nodes(kept, shown, sent) if nodes else _values(kept, shown, sent)
    if isinstance(kept, Struct) and isinstance(shown, Struct) and isinstance(sent, Struct):
        return _struct(kept, shown, sent)
    return sent


def _dict(
    kept: dict[str, object], shown: dict[str, object], sent: dict[str, object]
) -> dict[str, object]:
    found = {name: value for name, value in kept.items() if name in sent or name not in shown}
    for name, value in sent.items():
        if name not in shown or name not in kept:
            found[name] = value
        else:
            found[name] = _merged(kept[name], shown[name], value)
    return found


def _values(kept: list[object], shown: list[object], sent: list[object]) -> list[object]:
    """Values that were taken out or put in; the order of what stays is kept."""
    if kept == shown:
        return list(sent)
    stay = [each for each in kept if each in sent or each not in shown]
    return [*stay, *(each for each in sent if each not in shown and each not in stay)]


def _nodes(kept: list[object], shown: list[object], sent: list[object]) -> list[object]:
    """Described things by their place; those that were never shown stay."""
    found: list[object] = []
    for place, node in enumerate(kept):
        if place >= len(shown):
            found.append(node)
        elif place < len(sent):
            found.append(_merged(node, shown[place], sent[place]))
    return [*found, *sent[len(shown) :]]
