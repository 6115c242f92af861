# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A hub's facets in terms of our search: names, values, and their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allmende.core.search import FacetCount, SearchResult
from allmende.errors import InvalidInput
from allmende.model.filter import Compare, Filter, In, IsNull, Not, all_of, any_of
from allmende.model.vocabulary import vocabulary

# hub-search's name → (our facet, vocabulary of its values, titles)
FACETS: dict[str, tuple[str, str, dict[str, str]]] = {
    "catalog": ("catalogue", "", {"de": "Kataloge", "en": "Catalogues"}),
    "categories": ("theme", "data-theme", {"de": "Themen", "en": "Categories"}),
    "publisher": ("publisher", "", {"de": "Herausgeber", "en": "Publisher"}),
    "format": ("format", "", {"de": "Formate", "en": "Formats"}),
    "license": ("licence", "licence", {"de": "Lizenzen", "en": "Licences"}),
    "keywords": ("keyword", "", {"de": "Schlagwörter", "en": "Keywords"}),
    "hvdCategory": ("hvd", "hvd-category", {"de": "HVD-Kategorien", "en": "HVD categories"}),
    "type": ("type", "dataset-type", {"de": "Arten", "en": "Types"}),
    "openness": ("openness", "", {"de": "Offenheit", "en": "Openness"}),
    "year": ("year", "", {"de": "Jahre", "en": "Years"}),
    "organization": ("organisation", "", {"de": "Organisationen", "en": "Organisations"}),
}
_ALIASES = {
    "catalogue": "catalog",
    "superCatalog": "catalog",
    "hvd_category": "hvdCategory",
    "hvdCategories": "hvdCategory",
    "licence": "license",
    "keyword": "keywords",
    "theme": "categories",
    "formats": "format",
}
_LOWER = frozenset({"data-theme"})  # a hub writes these codes small
_FLAGS = ("is_hvd", "dataServices")
_ELSEWHERE = frozenset({"dataServices", "scoring"})
_NO_VALUES = _ELSEWHERE | {"is_hvd"}
MAX_VALUES = 100


def known(name: str) -> str:
    """The hub's own name of a facet. Raises InvalidInput with the list."""
    found = _ALIASES.get(name, name)
    if found not in FACETS:
        listed = ", ".join((*FACETS, *_FLAGS))
        raise InvalidInput(
            f"There is no facet “{name}”; there are: {listed}.",
            f"Es gibt keine Facette „{name}“; es gibt: {listed}.",
        )
    return found


def chosen(
    given: Mapping[str, Sequence[str]], children: Mapping[str, list[str]]
) -> dict[str, tuple[str, ...]]:
    """Our facets with our values; flags such as `is_hvd` are left out.

    Raises InvalidInput for more than 100 values.
    """
    if sum(len(values) for values in given.values()) > MAX_VALUES:
        raise InvalidInput(
            f"At most {MAX_VALUES} values can be chosen.",
            f"Höchstens {MAX_VALUES} Werte können gewählt werden.",
        )
    found: dict[str, tuple[str, ...]] = {}
    for name, values in given.items():
        if values and name not in _NO_VALUES:
            facet, mine = _values(name, values, children)
            found[facet] = (*found.get(facet, ()), *mine)
    return found


def flags(given: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """The choice of what is true or false."""
    return {name: values for name, values in given.items() if name == "is_hvd"}


def condition(
    given: Mapping[str, Sequence[str]], operator: str, group: str, children: Mapping[str, list[str]]
) -> Filter | None:
    """The choice of values as a filter: values by `operator`, facets by `group`."""
    parts = [
        _one(name, values, operator, children)
        for name, values in given.items()
        if values and name not in _ELSEWHERE
    ]
    if not parts:
        return None
    return any_of(*parts) if group == "OR" else all_of(*parts)


def _one(
    name: str, values: Sequence[str], operator: str, children: Mapping[str, list[str]]
) -> Filter:
    if name == "is_hvd":
        wanted = {str(value).lower() for value in values}
        missing = IsNull("hvd")
        parts: list[Filter] = [Not(missing)] if "true" in wanted else []
        return any_of(*parts, *([missing] if "false" in wanted else []))
    facet, found = _values(name, values, children)
    if operator == "AND":
        return all_of(*(Compare(facet, "=", value) for value in found))
    return In(facet, tuple(found))


def _values(
    name: str, values: Sequence[str], children: Mapping[str, list[str]]
) -> tuple[str, list[str]]:
    """Our facet and our values."""
    facet, words, _ = FACETS[known(name)]
    found = [value_of(words, value) for value in values]
    if facet == "format":
        found = [value.upper() for value in found]
    if facet == "organisation":
        found = [below for value in found for below in (value, *children.get(value, ()))]
    return facet, found


def value_of(words: str, given: str) -> str:
    """Our value of a facet for a code or an IRI in any case."""
    if not words:
        return given
    listed = vocabulary(words)
    concept = listed.get(given) or listed.match(given)
    return concept.iri if concept is not None else given


def code_of(words: str, value: str) -> str:
    """A hub's id of a value: the code of its concept."""
    concept = vocabulary(words).get(value) if words else None
    if concept is None:
        return value
    return concept.code.lower() if words in _LOWER else concept.code


def label_of(words: str, value: str) -> Any:
    """The names of a value by language, or the value itself."""
    concept = vocabulary(words).get(value) if words else None
    return dict(concept.labels) if concept is not None and concept.labels else value


def fitting(
    distributions: Sequence[dict[str, Any]], given: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """The distributions that have a chosen format and a chosen licence."""
    wanted = {
        key: {value_of(words, each) if words else each.upper() for each in values}
        for name, values in given.items()
        for key, words in (("format", ""), ("license", "licence"))
        if _ALIASES.get(name, name) == key and values
    }
    part = {"format": "id", "license": "resource"}
    return [
        each
        for each in distributions
        if all(each.get(key, {}).get(part[key]) in values for key, values in wanted.items())
    ]


def counted(
    result: SearchResult, names: Sequence[str], titles: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The facets of an answer, each with its values, the most frequent first."""
    found = []
    for name in names:
        facet, words, title = FACETS[name]
        items = [
            _item(words, each, titles if facet == "catalogue" else result.publishers)
            for each in result.facets.get(facet, ())
        ]
        found.append({"id": name, "title": title, "items": items})
    return found


def _item(words: str, each: FacetCount, titles: Mapping[str, Any]) -> dict[str, Any]:
    title = titles.get(each.value) or label_of(words, each.value)
    return {"id": code_of(words, each.value), "title": title, "count": each.count}
