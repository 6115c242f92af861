# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the search keeps of a resource: stems by field, facets, sort keys, extents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

import msgspec
from msgspec import Struct, field

from allmende.model.catalogue import (
    Dataset,
    Distribution,
    Resource,
    Text,
    Words,
    local,
)
from allmende.projections.search import places, values
from allmende.projections.search.analysis import Word, fold, language_of, strip_accents, words
from allmende.store.records import Entry
from allmende.store.search import Document

MAX_TEXT = 20_000  # characters of a description that are searched
MAX_KEYWORDS = 200
MAX_SORT_KEY = 80

_TAG = re.compile(r"<[^<>]{1,500}>")
_NUMBER = re.compile(r"\d+")


class Facts(Struct, omit_defaults=True, kw_only=True, gc=False):
    """What the index holds in memory of one resource; stored as JSON."""

    fields: dict[str, str]  # what the policy looks at, kind and catalogue
    facets: dict[str, list[str]] = field(default_factory=dict)
    title: str = ""  # in the default language, to be offered while somebody types
    order: str = ""  # by which titles are sorted
    titles: list[str] = field(default_factory=list)  # all languages, folded
    publisher: dict[str, str] = field(default_factory=dict)  # its name, where there are several
    modified: str = ""  # ISO date, the date of issue when there is no other
    issued: str = ""
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)
    periods: list[tuple[str, str]] = field(default_factory=list)  # ISO dates; "" is open
    points: int = -1  # of quality; not stored here, it changes by itself


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Facts)


def decode(facts: str) -> Facts:
    """The facts of a stored document."""
    return _DECODER.decode(facts)


def document(entry: Entry, language: str = "de") -> Document:
    """Analyses an entry; `language` is the platform's default language for display texts."""
    resource = entry.resource
    analysed = [list(texts) for texts in _fields(resource)]
    stems = [[word.stem for word in found] for found in analysed]
    return Document(
        texts=(stems[0], stems[1], stems[2], stems[3], stems[4]),
        words=_vocabulary(analysed),
        facts=_ENCODER.encode(facts(entry, language)).decode(),
    )


def facts(entry: Entry, language: str) -> Facts:
    """Facets, sort keys and extents of an entry."""
    resource = entry.resource
    fields = {
        "kind": str(entry.kind),
        "status": str(entry.status),
        "metadata_access": str(entry.metadata_access),
        "data_access": str(entry.data_access),
        "organisation": entry.organisation,
        "catalogue": entry.catalogue or "",
    }
    issued = places.day(resource.issued)
    periods = values.periods(resource)
    return Facts(
        fields={name: value for name, value in fields.items() if value},
        facets=_facets(entry, language, periods),
        title=local(resource.title, language),
        order=sort_key(local(resource.title, language)),
        titles=sorted({" ".join(fold(title).split()) for title in resource.title.values()}),
        publisher=_names(resource),
        modified=places.day(resource.modified) or issued,
        issued=issued,
        boxes=values.boxes(resource),
        periods=periods,
    )


def sort_key(title: str) -> str:
    """Order of titles as in a German dictionary (DIN 5007-1), numbers by their value."""
    plain = strip_accents(fold(title)).strip(" \"'„“”‚‘’«»([")
    return _NUMBER.sub(lambda digits: digits.group().zfill(8), plain[:MAX_SORT_KEY])


def _facets(entry: Entry, language: str, periods: list[tuple[str, str]]) -> dict[str, list[str]]:
    resource = entry.resource
    publisher = resource.publisher
    name = (local(publisher.name, language) or publisher.iri or "") if publisher else ""
    found: dict[str, Iterable[str]] = {
        "type": resource.type if isinstance(resource, Dataset) else (),
        "theme": resource.theme,
        "publisher": [name],
        "licence": values.licences(resource),
        "format": values.formats(resource),
        "keyword": _keywords(resource.keyword, language),
        "openness": [values.openness(resource)],
        "hvd": resource.hvd_category,
        "year": values.years(resource, periods),
    }
    clean = {facet: sorted({value.strip() for value in given}) for facet, given in found.items()}
    return {
        facet: [value for value in given if value] for facet, given in clean.items() if any(given)
    }


def _names(resource: Resource) -> dict[str, str]:
    """The publisher's name by language when it has more than one."""
    names = resource.publisher.name if resource.publisher else {}
    return dict(names) if len(set(names.values())) > 1 else {}


def _keywords(keyword: Words, language: str) -> list[str]:
    """Keywords of the default language and those without a language; all when there are none."""
    wanted = [*keyword.get(language, ()), *keyword.get("und", ())]
    return (wanted or [word for given in keyword.values() for word in given])[:MAX_KEYWORDS]


def _fields(resource: Resource) -> tuple[Iterator[Word], ...]:
    """The words of title, keywords, publisher, description and distributions."""
    keywords = {tag: " . ".join(given[:MAX_KEYWORDS]) for tag, given in resource.keyword.items()}
    agents = [agent for agent in (resource.publisher, *resource.creator) if agent]
    return (
        _words(resource.title),
        _words(keywords),
        _words(*(agent.name for agent in agents)),
        _words(resource.description, resource.geocoding_description, *_place_names(resource)),
        _words(*_distribution_texts(resource)),
    )


def _place_names(resource: Resource) -> list[Text]:
    return [place.label for place in resource.spatial]


def _distribution_texts(resource: Resource) -> list[Text]:
    """Titles and descriptions of the distributions once each; formats, identifiers, years."""
    texts: dict[str, str] = {}
    for distribution in _distributions(resource):
        for text in (distribution.title, distribution.description):
            texts.update({value: tag for tag, value in text.items()})
    years = values.years_of(values.periods(resource))
    codes = " . ".join([*values.formats(resource), *resource.identifier, *years])
    return [*({tag: text} for text, tag in texts.items()), {"und": codes}]


def _distributions(resource: Resource) -> list[Distribution]:
    return resource.distribution if isinstance(resource, Dataset) else []


def _words(*texts: Text) -> Iterator[Word]:
    for text in texts:
        for tag, value in text.items():
            yield from words(_plain(value), language_of(tag))


def _plain(text: str) -> str:
    """Text without HTML."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
    return unescape(_TAG.sub(" ", text)) if "<" in text or "&" in text else text


def _vocabulary(analysed: list[list[Word]]) -> list[tuple[str, str, str]]:
    """Every word once; words made of digits are not worth remembering."""
    seen = {word.surface: word for field_ in analysed for word in field_}
    return [
        (word.stem, word.surface, word.spelling)
        for word in seen.values()
        if not word.surface.isdigit()
    ]
