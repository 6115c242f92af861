# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a thing of the catalogue is cited: text, BibTeX, RIS, CSL-JSON, DataCite JSON. Pure.

work = Work(ident="trees", address="https://…/datasets/trees", …)
as_text(work)     # Stadt Jena (2026). Bäume (Version 2) [Datensatz]. Abgerufen am …
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.catalogue import Agent, Catalog, DataService, Dataset, Resource, local
from allmende.model.coverage import Box, bounding_box
from allmende.model.namespaces import FOAF
from allmende.model.plain import line, plain
from allmende.model.vocabulary import vocabulary

MAX_TEXT = 5_000  # characters of a description
MAX_WORDS = 30
_DOI = re.compile(r"(?:^|doi:|doi\.org/)(10\.\d{4,9}/[^\s\"<>{}\\]+)", re.I)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_PLACE = {"DataService": "ELEC", "Catalog": "DBASE"}  # RIS types; any other is DATA
_KINDS = {
    "de": {
        "Dataset": "Datensatz",
        "DatasetSeries": "Datenreihe",
        "DataService": "Datendienst",
        "Catalog": "Datenkatalog",
    },
    "en": {
        "Dataset": "Data set",
        "DatasetSeries": "Data series",
        "DataService": "Data service",
        "Catalog": "Data catalogue",
    },
}


class Author(Struct, frozen=True):
    """Who made it; a person has a family name behind the others."""

    name: str
    person: bool = False

    @property
    def given(self) -> str:
        """All names but the last."""
        return self.name.rpartition(" ")[0]

    @property
    def family(self) -> str:
        """The last name."""
        return self.name.rpartition(" ")[2]


class Work(Struct, frozen=True, kw_only=True):
    """What a citation says; dates are ISO 8601 in the precision they were given in."""

    ident: str
    address: str
    language: str
    kind: str
    title: str
    authors: tuple[Author, ...]
    publisher: str
    issued: str
    modified: str
    version: str
    licence: str
    licence_iri: str
    text: str
    words: tuple[str, ...]
    doi: str
    box: Box | None
    accessed: date

    @property
    def date(self) -> str:
        """The date the work is known by: of its issue, else of its last change."""
        return self.issued or self.modified

    @property
    def year(self) -> str:
        """Four digits, or nothing when no date is known."""
        return self.date[:4]


def work_of(
    resource: Resource, ident: str, address: str, *, language: str, site: str, accessed: date
) -> Work:
    """What is to be cited of a resource; `site` publishes what names no publisher."""
    publisher = resource.publisher
    named = line(local(publisher.name, language)) if publisher else ""
    authors = tuple(author for agent in resource.creator if (author := _author(agent, language)))
    if not authors:
        first = _author(publisher, language) if publisher else None
        authors = (first or Author(named or site),)
    licence = _licence(resource)
    return Work(
        ident=ident,
        address=address,
        language=language,
        kind=type(resource).__name__,
        title=line(local(resource.title, language)) or ident,
        authors=authors,
        publisher=named or site,
        issued=_day(resource.issued),
        modified=_day(resource.modified),
        version=_version(resource),
        licence=vocabulary("licence").label(licence, language) if licence else "",
        licence_iri=licence,
        text=line(plain(local(resource.description, language)))[:MAX_TEXT],
        words=_words(resource, language),
        doi=_doi(resource),
        box=bounding_box(resource.spatial),
        accessed=accessed,
    )


def _author(agent: Agent, language: str) -> Author | None:
    name = line(local(agent.name, language))
    return Author(name, agent.kind == FOAF + "Person" and " " in name) if name else None


def _licence(resource: Resource) -> str:
    files = resource.distribution if isinstance(resource, Dataset) else []
    found = (resource.license, *(file.license for file in files))
    return next((iri for iri in found if iri), "")


def _version(resource: Resource) -> str:
    if not isinstance(resource, Dataset):
        return ""
    return line(resource.version or resource.version_info or "")


def _day(given: str | None) -> str:
    """The date without the time of day; nothing when it is none."""
    found = _DATE.match(given or "")
    return found[0] if found else ""


def _words(resource: Resource, language: str) -> tuple[str, ...]:
    words = resource.keyword.get(language) or next(iter(resource.keyword.values()), [])
    return tuple(word for each in words[:MAX_WORDS] if (word := line(each)))


def _doi(resource: Resource) -> str:
    notations = [each.notation or each.iri or "" for each in resource.other_identifier]
    for text in (*resource.identifier, *notations, resource.iri or ""):
        found = _DOI.search(text)
        if found:
            return found[1].rstrip(".,;")
    return ""


# --- text ----------------------------------------------------------------------------


def as_text(work: Work) -> str:
    """A sentence in the manner of APA 7 in the language of the work, ending with the licence."""
    german = work.language == "de"
    authors = ", ".join(each.name for each in work.authors)
    year = work.year or ("o. J." if german else "n.d.")
    version = f" ({_version_said(work)})" if _version_said(work) else ""
    parts = [f"{authors} ({year}). {work.title}{version} [{_KINDS[work.language][work.kind]}]."]
    if work.publisher != authors:
        parts.append(f"{work.publisher}.")
    day = _long(work.accessed, work.language)
    where = f"https://doi.org/{work.doi}" if work.doi else work.address
    parts.append(f"Abgerufen am {day}, von {where}" if german else f"Retrieved {day}, from {where}")
    if work.licence:
        parts.append(f"({'Lizenz' if german else 'Licence'}: {work.licence})")
    return " ".join(parts)


def _version_said(work: Work) -> str:
    """The version, else of which day the data are."""
    if work.version:
        return f"Version {work.version}"
    if not work.modified or work.modified == work.issued:
        return ""
    shown = work.modified
    if len(shown) == 10:
        try:
            shown = _long(date.fromisoformat(shown), work.language)
        except ValueError:
            return ""
    return f"Stand {shown}" if work.language == "de" else f"as of {shown}"


def _long(day: date, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, "long", locale="de_DE" if language == "de" else "en_GB")


# --- BibTeX --------------------------------------------------------------------------

_TEX = {
    "\\": "\\textbackslash{}",
    "{": "\\textbraceleft{}",
    "}": "\\textbraceright{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_IN_URL = {"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"}


def as_bibtex(work: Work) -> str:
    """One entry in UTF-8. Braces in texts become commands, so that they always match."""
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _bibtex(work) if value)
    return f"@misc{{{_key(work)},\n{fields}}}\n"


def _bibtex(work: Work) -> Iterator[tuple[str, str]]:
    yield (
        "author",
        " and ".join(
            _tex(each.name) if each.person else f"{{{_tex(each.name)}}}" for each in work.authors
        ),
    )
    yield "title", f"{{{_tex(work.title)}}}"
    yield "year", work.year
    yield "date", work.date
    yield "publisher", _tex(work.publisher)
    yield "version", _tex(work.version)
    yield "doi", _tex(work.doi)
    yield "url", "".join(_IN_URL.get(sign, sign) for sign in work.address)
    yield "urldate", work.accessed.isoformat()
    yield "keywords", _tex(", ".join(word.replace(",", " ") for word in work.words))
    yield "abstract", _tex(work.text)
    yield "language", "ngerman" if work.language == "de" else "english"
    note = _KINDS[work.language][work.kind]
    yield "note", _tex(f"{note}, {work.licence}" if work.licence else note)


def _tex(text: str) -> str:
    return "".join(_TEX.get(sign, sign) for sign in text)


def _key(work: Work) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", work.ident).strip("-") or "work"
    return f"{name}-{work.year}" if work.year else name


# --- RIS -----------------------------------------------------------------------------


def as_ris(work: Work) -> str:
    """One reference; lines end with CR LF and hold one value each."""
    return "".join(f"{tag}  - {value}\r\n" for tag, value in _ris(work) if value) + "ER  - \r\n"


def _ris(work: Work) -> Iterator[tuple[str, str]]:
    yield "TY", _PLACE.get(work.kind, "DATA")
    for each in work.authors:
        yield "AU", f"{each.family}, {each.given}" if each.person else each.name
    yield "TI", work.title
    yield "PY", work.year
    yield "DA", work.date.replace("-", "/")
    yield "PB", work.publisher
    yield "ET", work.version
    yield "DO", work.doi
    yield "UR", work.address
    yield "Y2", f"{work.accessed:%Y/%m/%d}"
    for word in work.words:
        yield "KW", word
    yield "AB", work.text
    yield "LA", work.language
    yield "N1", work.licence


# --- JSON ----------------------------------------------------------------------------


def as_csl(work: Work) -> bytes:
    """A list with one item of CSL-JSON 1.0."""
    people = [
        {"family": each.family, "given": each.given} if each.person else {"literal": each.name}
        for each in work.authors
    ]
    item = {
        "id": _key(work),
        "type": "dataset",
        "title": work.title,
        "author": people,
        "issued": {"date-parts": [_numbers(work.date)]} if work.date else None,
        "accessed": {"date-parts": [_numbers(work.accessed.isoformat())]},
        "publisher": work.publisher,
        "version": work.version,
        "genre": _KINDS[work.language][work.kind],
        "URL": work.address,
        "DOI": work.doi,
        "abstract": work.text,
        "keyword": ", ".join(work.words),
        "language": work.language,
        "license": work.licence_iri,
    }
    return msgspec.json.encode([{name: value for name, value in item.items() if value}])


def _numbers(day: str) -> list[int]:
    return [int(part) for part in day.split("-")]


def as_datacite(work: Work) -> bytes:
    """The metadata of DataCite 4.5 as JSON."""
    said = {
        "doi": work.doi,
        "url": work.address,
        "alternateIdentifiers": [
            {"alternateIdentifier": work.address, "alternateIdentifierType": "URL"}
        ],
        "creators": [
            {"name": f"{each.family}, {each.given}", "nameType": "Personal"}
            if each.person
            else {"name": each.name, "nameType": "Organizational"}
            for each in work.authors
        ],
        "titles": [{"title": work.title, "lang": work.language}],
        "publisher": {"name": work.publisher},
        "publicationYear": work.year or str(work.accessed.year),
        "types": {
            "resourceTypeGeneral": "Service"
            if work.kind == DataService.__name__
            else _general(work),
            "resourceType": _KINDS["en"][work.kind],
        },
        "subjects": [{"subject": word} for word in work.words],
        "dates": [
            {"date": day, "dateType": kind}
            for day, kind in ((work.issued, "Issued"), (work.modified, "Updated"))
            if day
        ],
        "language": work.language,
        "version": work.version,
        "rightsList": [{"rights": work.licence, "rightsUri": work.licence_iri}]
        if work.licence
        else [],
        "descriptions": [
            {"description": work.text, "descriptionType": "Abstract", "lang": work.language}
        ]
        if work.text
        else [],
        "geoLocations": [{"geoLocationBox": _box(work.box)}] if work.box else [],
        "schemaVersion": "http://datacite.org/schema/kernel-4",
    }
    return msgspec.json.encode({name: value for name, value in said.items() if value})


def _general(work: Work) -> str:
    return "Collection" if work.kind == Catalog.__name__ else "Dataset"


def _box(box: Box) -> dict[str, Any]:
    west, south, east, north = box
    return {
        "westBoundLongitude": west,
        "eastBoundLongitude": east,
        "southBoundLatitude": south,
        "northBoundLatitude": north,
    }
