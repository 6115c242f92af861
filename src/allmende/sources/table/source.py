# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads a CSV list of datasets: one row, one dataset with its files.

For a department that keeps its list in a spreadsheet. Headings are German or English, the
separator is `;`, `,` or a tab, the text UTF-8 (with or without mark), UTF-16 or Windows-1252.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping

from allmende.core.address_names import shown
from allmende.core.fetch import Body, Fetcher
from allmende.core.harvest.fields import Fields, media_type
from allmende.core.harvest.types import (
    Content,
    Fault,
    HarvestRequest,
    Page,
    SourceRecord,
    fault,
    record_hash,
)
from allmende.core.harvest.words import key
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.model.catalogue import (
    Agent,
    Dataset,
    Distribution,
    Kind,
    Location,
    Period,
    ResourceKind,
)

VERSION = 1
CELL_LIMIT = 1_000_000
HEADINGS: dict[str, str] = {
    "id": "id kennung identifier identifikator nummer",
    "title": "title titel name bezeichnung",
    "description": "description beschreibung notes erlaeuterung",
    "publisher": "publisher herausgeber veroeffentlicht-von datenbereitsteller organisation stelle",
    "contact": "contact kontakt ansprechpartner ansprechperson contact-name",
    "email": "email e-mail mail kontakt-e-mail contact-email",
    "keywords": "keywords keyword tags schlagwoerter schlagworte stichwoerter",
    "theme": "theme themes thema themen category kategorie kategorien",
    "licence": "licence license lizenz nutzungsbedingungen",
    "attribution": "attribution namensnennung quellenvermerk",
    "url": "url link adresse download datei file access-url zugangs-url",
    "format": "format dateiformat",
    "media": "media-type medientyp mimetype",
    "file_title": "file-title dateititel distribution ressource resource",
    "page": "page seite landing-page webseite homepage",
    "issued": "issued veroeffentlicht published erstellt created",
    "modified": "modified geaendert updated aktualisiert stand last-modified",
    "start": "start beginn von from zeitraum-von temporal-start",
    "end": "end ende bis to zeitraum-bis temporal-end",
    "frequency": "frequency turnus aktualisierung haeufigkeit aktualisierungsturnus",
    "place": "place ort raum gebiet raumbezug spatial",
    "language": "language sprache",
    "version": "version fassung",
    "size": "size groesse byte-size bytes",
}
NAMES = {word: name for name, words in HEADINGS.items() for word in words.split()}


async def read(request: HarvestRequest, fetch: Fetcher) -> AsyncIterator[Page]:
    """One page with every row; options: language, delimiter, encoding."""
    body = await request.body(fetch, request.address, accept="text/csv, */*;q=0.1")
    yield request.unchanged(request.address, body) or Page(
        token=request.address,
        content_hash=body.hash,
        records=_records(request, body),
        etag=body.etag,
        last_modified=body.last_modified,
    )


def decode(data: bytes, encoding: str | None = None) -> str:
    """The text of a table: in the encoding given, else by its mark, UTF-8 or Windows-1252.

    What the server says about the character set is not believed; it is wrong too often.
    """
    if encoding:
        try:
            return data.decode(encoding, errors="replace")
        except LookupError as error:
            raise InvalidInput(
                f"The encoding {encoding} is not known.",
                f"Die Zeichenkodierung {encoding} ist nicht bekannt.",
            ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def delimiter(text: str) -> str:
    """The separator that the heading line uses most: semicolon, tab or comma."""
    heading = text.partition("\n")[0]
    return max(";\t,", key=heading.count)


def _records(request: HarvestRequest, body: Body) -> Iterator[SourceRecord | Fault]:
    text = decode(body.data, request.option("encoding", str, None))
    separator = request.option("delimiter", str, None) or delimiter(text)
    language = request.option("language", str, "de")
    csv.field_size_limit(CELL_LIMIT)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    headings = [NAMES.get(key(heading), "") for heading in next(rows, [])]
    if "title" not in headings:
        raise _no_title(request.address)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            en, de = f"The line cannot be read: {error}.", f"Die Zeile ist unlesbar: {error}."
            yield fault("table-row", en, de, place=f"line {rows.line_num}")
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(headings, row, rows.line_num, language)


def _no_title(address: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{shown(address)} has no column with the heading title; see the template.",
        f"{shown(address)} hat keine Spalte mit der Überschrift Titel; siehe Vorlage.",
        code="table-no-title",
    )


def _row(headings: list[str], row: list[str], line: int, language: str) -> SourceRecord | Fault:
    values: dict[str, str] = {}
    for name, cell in zip(headings, row, strict=False):
        if name and cell.strip():
            values.setdefault(name, cell.strip())
    if "title" not in values:
        en, de = "The row has no title.", "Die Zeile hat keinen Titel."
        return fault("table-no-title", en, de, place=f"line {line}", raw=values)
    identity = values.get("id") or key(values["title"])
    fields = Fields(values)
    return SourceRecord(
        original_id=identity,
        kind=ResourceKind.DATASET,
        hash=record_hash(VERSION, language, values),
        content=Content(_dataset(fields, values, identity, language), fields.repairs),
    )


def _dataset(fields: Fields, values: Mapping[str, str], identity: str, language: str) -> Dataset:
    start, end = fields.date("temporal[0].start", "start"), fields.date("temporal[0].end", "end")
    words = _split(values.get("keywords", ""))
    publisher, place = fields.words(language, "publisher"), fields.words(language, "place")
    return Dataset(
        title={language: values["title"]},
        description=fields.words(language, "description"),
        identifier=[identity],
        publisher=Agent(name=publisher) if publisher else None,
        contact_point=_contact(fields, language),
        keyword={language: words} if words else {},
        theme=fields.concepts("theme", "theme", _split(values.get("theme", ""))),
        landing_page=fields.links("landing_page", values.get("page")),
        issued=fields.date("issued", "issued"),
        modified=fields.date("modified", "modified"),
        temporal=[Period(start=start, end=end)] if start or end else [],
        accrual_periodicity=fields.concept(
            "accrual_periodicity", "frequency", fields.text("frequency")
        ),
        spatial=[Location(label=place)] if place else [],
        language=fields.concepts("language", "language", _split(values.get("language", ""))),
        version=values.get("version"),
        distribution=_distributions(fields, language),
    )


def _split(cell: str) -> list[str]:
    """The parts of a cell that holds several values, separated by comma, semicolon or bar."""
    parts = cell.replace(";", ",").replace("|", ",").replace("\n", ",").split(",")
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _contact(fields: Fields, language: str) -> list[Kind]:
    name, mail = fields.words(language, "contact"), fields.email("email", fields.text("email"))
    return [Kind(fn=name, email=mail)] if name or mail else []


def _distributions(fields: Fields, language: str) -> list[Distribution]:
    """One distribution per address in the cell; formats belong to them in the same order."""
    addresses = fields.text("url").replace("|", " ").split()
    formats = _split(fields.text("format"))
    licence = fields.concept("license", "licence", fields.text("licence"))
    found: list[Distribution] = []
    for number, address in enumerate(addresses):
        link = fields.link(f"distribution[{number}].access_url", address)
        if link is None:
            continue
        name = formats[min(number, len(formats) - 1)] if formats else _ending(link)
        found.append(
            Distribution(
                title=fields.words(language, "file_title"),
                access_url=[link],
                format=fields.concept(f"distribution[{number}].format", "file-type", name),
                media_type=media_type(fields.text("media")),
                license=licence,
                license_attribution=fields.words(language, "attribution"),
                byte_size=fields.number("byte_size", "size") if len(addresses) == 1 else None,
            )
        )
    return found


def _ending(link: str) -> str:
    """The file ending of an address when it is one that says the format."""
    name = link.partition("?")[0].rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return ending if stem and dot and 2 <= len(ending) <= 7 else ""
