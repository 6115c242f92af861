# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Headers of columns: usable names, titles, units and what else people write there."""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct, field

from allmende.model.document import FieldType, Text
from allmende.model.units import ucum

MAX_NAME = 63
MAX_HEADER = 500
"""Characters of a header that are looked at."""

_DBASE = re.compile(r"(?P<name>[^,]+),(?P<kind>[CNFDLMI])(?:,(\d+))?(?:,(\d+))?\Z")
_BRACKETS = re.compile(r"\s*[\[(]\s*(?:in\s+)?([^\])]{1,20})\s*[\])]\s*\Z", re.I)
_IN = re.compile(r"\s+in\s+(\S{1,12}|Grad Celsius)\Z", re.I)
_LAST = re.compile(r"[\s_]+(\S{1,6})\Z")
LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"}
    | {"²": "2", "³": "3", "%": " prozent ", "€": " euro ", "°": " grad ", "&": " und "}
)
_DBASE_TYPES = {"N": FieldType.NUMBER, "F": FieldType.NUMBER, "I": FieldType.INTEGER}
_DBASE_TYPES |= {"D": FieldType.DATE, "L": FieldType.BOOLEAN, "C": FieldType.STRING}
_WORDS: dict[str, tuple[str, str]] = {
    "id": ("Kennung", "Identifier"),
    "gid": ("Kennung", "Identifier"),
    "fid": ("Kennung", "Identifier"),
    "objectid": ("Objektkennung", "Object identifier"),
    "name": ("Name", "Name"),
    "title": ("Titel", "Title"),
    "titel": ("Titel", "Title"),
    "strasse": ("Straße", "Street"),
    "street": ("Straße", "Street"),
    "hausnummer": ("Hausnummer", "House number"),
    "hausnr": ("Hausnummer", "House number"),
    "plz": ("Postleitzahl", "Postcode"),
    "postleitzahl": ("Postleitzahl", "Postcode"),
    "ort": ("Ort", "Town"),
    "stadt": ("Stadt", "City"),
    "city": ("Stadt", "City"),
    "ortsteil": ("Ortsteil", "District"),
    "stadtteil": ("Stadtteil", "District"),
    "bezirk": ("Bezirk", "District"),
    "adresse": ("Adresse", "Address"),
    "address": ("Adresse", "Address"),
    "datum": ("Datum", "Date"),
    "date": ("Datum", "Date"),
    "zeit": ("Zeit", "Time"),
    "time": ("Zeit", "Time"),
    "jahr": ("Jahr", "Year"),
    "year": ("Jahr", "Year"),
    "pflanzjahr": ("Pflanzjahr", "Year of planting"),
    "baujahr": ("Baujahr", "Year of construction"),
    "anzahl": ("Anzahl", "Number"),
    "count": ("Anzahl", "Number"),
    "art": ("Art", "Kind"),
    "typ": ("Typ", "Type"),
    "type": ("Typ", "Type"),
    "kategorie": ("Kategorie", "Category"),
    "category": ("Kategorie", "Category"),
    "status": ("Status", "Status"),
    "bemerkung": ("Bemerkung", "Remark"),
    "beschreibung": ("Beschreibung", "Description"),
    "description": ("Beschreibung", "Description"),
    "hoehe": ("Höhe", "Height"),
    "height": ("Höhe", "Height"),
    "baumhoehe": ("Baumhöhe", "Tree height"),
    "breite": ("Breite", "Width"),
    "laenge": ("Länge", "Length"),
    "temperatur": ("Temperatur", "Temperature"),
    "temperature": ("Temperatur", "Temperature"),
    "gattung": ("Gattung", "Genus"),
    "baumart": ("Baumart", "Tree species"),
    "baumnummer": ("Baumnummer", "Tree number"),
    "betreiber": ("Betreiber", "Operator"),
    "operator": ("Betreiber", "Operator"),
    "kapazitaet": ("Kapazität", "Capacity"),
    "capacity": ("Kapazität", "Capacity"),
    "telefon": ("Telefon", "Telephone"),
    "phone": ("Telefon", "Telephone"),
    "email": ("E-Mail", "E-mail"),
    "url": ("Adresse im Netz", "Web address"),
    "webseite": ("Webseite", "Website"),
    "einwohner": ("Einwohner", "Inhabitants"),
    "population": ("Einwohner", "Inhabitants"),
    "geometry": ("Lage", "Location"),
}

_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """
    age area building category city code comment company country created date day description
    direction district end file first from full height hour house key kind last length level line
    location modified monday tuesday wednesday thursday friday saturday sunday month number of owner
    parent phone place platform postcode price remark road route service size source speed start
    state stop street time to total town tree trip updated value weight wheelchair width year
    """,
    )
)


class Heading(Struct):
    """A header taken apart."""

    written: str  # as it stands in the table
    name: str  # usable and unique in the table
    title: Text = field(default_factory=dict)
    unit: str = ""
    declared: FieldType | None = None  # by a dBase suffix
    length: int = 0  # of texts, by a dBase suffix


def headings(header: list[str]) -> list[Heading]:
    """The headers with usable names: no umlauts, no blanks, none twice."""
    found: list[Heading] = []
    taken: set[str] = set()
    for at, written in enumerate(header):
        each = heading(written, at)
        each.name = _free(each.name, taken)
        taken.add(each.name.lower())
        found.append(each)
    return found


def heading(written: str, at: int) -> Heading:
    """One header taken apart; `at` names a column that has none."""
    text = " ".join(str(written)[:MAX_HEADER].replace("\ufeff", "").split())
    if not text:
        numbered = {"de": f"Spalte {at + 1}", "en": f"Column {at + 1}"}
        return Heading(written, f"column_{at + 1}", numbered)
    dbase = _DBASE.match(text)
    if dbase:
        text = dbase["name"].strip()
    rest, unit = _unit(text)
    name = usable(rest) or f"column_{at + 1}"
    found = Heading(written, name, _title(rest, name), unit)
    if dbase:
        found.declared = _DBASE_TYPES.get(dbase["kind"])
        found.length = int(dbase[3] or 0) if dbase["kind"] == "C" else 0
    return found


def _unit(text: str) -> tuple[str, str]:
    """The header without its unit, and the unit."""
    for pattern in (_BRACKETS, _IN):
        match = pattern.search(text)
        code = ucum(match[1]) if match else ""
        if match and code and match.start():
            return text[: match.start()], code
    match = _LAST.search(text)
    if (
        match
        and (len(match[1]) > 1 or match[1] == "€")
        and match.start()
        and match[1] not in ("to", "min", "std")
    ):
        code = ucum(match[1])
        return (text[: match.start()], code) if code else (text, "")
    return text, ""


def usable(text: str) -> str:
    """A name of letters, digits and _ made of any text; "" when nothing is left."""
    plain = unicodedata.normalize("NFKC", text).translate(LETTERS)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()
    if name and not name[0].isalpha():
        name = "f_" + name
    return name[:MAX_NAME].rstrip("_")


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free.lower() in taken:
        free = f"{name[: MAX_NAME - 5]}_{number}"
        number += 1
    return free


def _title(text: str, name: str) -> Text:
    known = _WORDS.get(name)
    if known:
        return {"de": known[0], "en": known[1]}
    shown = text.replace("_", " ").strip()
    shown = shown[:1].upper() + shown[1:] if shown.islower() else shown
    language = "en" if _ENGLISH & set(name.split("_")) else "de"
    return {language: shown[:200]} if shown else {}
