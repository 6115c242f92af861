# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is put right when a record comes in: one stable code per rule, explained twice.

Lenient in, strict out: no record is refused because of a fault listed here. Every change
is recorded as a `Repair` (code, path, before, after), shown on the record's page and listed
in `docs/reference/repairs.md`. Paths count from 0: `distribution[2].license`.
"""

from __future__ import annotations

from allmende.model.catalogue import Repair

REPAIRS: dict[str, dict[str, str]] = {
    "blank-node-record": {
        "de": "Der Datensatz hatte keine eigene Adresse; er hat eine bekommen.",
        "en": "The record had no address of its own; it was given one.",
    },
    "type-missing": {
        "de": "Die Art der Ressource fehlte; sie wurde aus dem Verweis des Katalogs erschlossen.",
        "en": "The type of the resource was missing; it follows from the link of the catalogue.",
    },
    "title-missing": {
        "de": "Der Eintrag hatte keinen Titel; seine Kennung steht an dessen Stelle.",
        "en": "The record had no title; its id stands in its place.",
    },
    "language-tag-case": {
        "de": "Sprachkennzeichen werden klein geschrieben.",
        "en": "Language tags are written in lower case.",
    },
    "language-tag-invalid": {
        "de": "Das Sprachkennzeichen ist keines nach BCP 47; der Text bleibt ohne Kennzeichen.",
        "en": "The language tag is none of BCP 47; the text is kept without it.",
    },
    "text-datatype": {
        "de": "Ein Text trug einen fremden Datentyp; der Text wurde ohne ihn übernommen.",
        "en": "A text carried a foreign datatype; the text was taken over without it.",
    },
    "literal-datatype": {
        "de": "Der Wert trug einen Datentyp oder eine Sprache, die hier nicht vorgesehen sind.",
        "en": "The value carried another datatype or a language that is not meant here.",
    },
    "iri-for-literal": {
        "de": "Statt eines Textes stand ein Verweis; seine Adresse wurde als Text übernommen.",
        "en": "A link stood where a text belongs; its address was taken over as the text.",
    },
    "literal-for-iri": {
        "de": "Eine Adresse stand als Text da; sie wurde zum Verweis.",
        "en": "An address was given as text; it became a link.",
    },
    "literal-for-node": {
        "de": "Statt einer Beschreibung stand nur ein Text; er wurde zur Bezeichnung.",
        "en": "A text stood where a description belongs; it became its label.",
    },
    "text-for-concept": {
        "de": "Ein Text wurde durch den eindeutig passenden Begriff der Werteliste ersetzt.",
        "en": "A text was replaced by the one concept of the vocabulary that it names.",
    },
    "vocabulary-iri": {
        "de": "Eine andere Schreibweise des Begriffs wurde durch seine gültige Adresse ersetzt.",
        "en": "Another spelling of the concept was replaced by its valid address.",
    },
    "email-without-mailto": {
        "de": "Die E-Mail-Adresse wurde mit „mailto:“ zum Verweis.",
        "en": "The e-mail address became a link with “mailto:”.",
    },
    "phone-without-tel": {
        "de": "Die Telefonnummer wurde mit „tel:“ zum Verweis.",
        "en": "The telephone number became a link with “tel:”.",
    },
    "iri-characters": {
        "de": "Leerzeichen oder verbotene Zeichen in einer Adresse wurden kodiert.",
        "en": "Blanks or forbidden characters in an address were percent-encoded.",
    },
    "iri-invalid": {
        "de": "Ein Verweis ist keine gültige Adresse; die Angabe wurde weggelassen.",
        "en": "A link is not a valid address; the statement was left out.",
    },
    "namespace-variant": {
        "de": "Die Eigenschaft stand in einem veralteten oder falschen Namensraum.",
        "en": "The property was given in an outdated or wrong namespace.",
    },
    "property-replaced": {
        "de": "Die Eigenschaft ist abgelöst; die heute gültige wurde verwendet.",
        "en": "The property has been replaced; the one that is valid today was used.",
    },
    "date-format": {
        "de": "Das Datum wurde in die ISO-Schreibweise gebracht.",
        "en": "The date was rewritten in ISO form.",
    },
    "date-datatype": {
        "de": "Das Datum trug keinen oder einen unpassenden Datentyp.",
        "en": "The date carried no datatype or one that does not fit.",
    },
    "duration-datatype": {
        "de": "Die Dauer trug keinen oder einen unpassenden Datentyp.",
        "en": "The duration carried no datatype or one that does not fit.",
    },
    "number-format": {
        "de": "Die Zahl wurde in die vorgesehene Schreibweise gebracht.",
        "en": "The number was rewritten in the form that is meant.",
    },
    "hex-form": {
        "de": "Die Prüfsumme wird als kleingeschriebene Hexadezimalzahl geführt.",
        "en": "The checksum is kept as a lower-case hexadecimal number.",
    },
    "geometry-datatype": {
        "de": "Der Datentyp der Geometrie fehlte oder war falsch; er folgt aus dem Inhalt.",
        "en": "The datatype of the geometry was missing or wrong; it follows from the content.",
    },
    "empty-value": {
        "de": "Ein leerer Wert wurde weggelassen.",
        "en": "An empty value was left out.",
    },
    "open-end": {
        "de": "Das Jahr 9999 stand für ein offenes Ende; das Ende bleibt offen.",
        "en": "The year 9999 stood for an open end; the end is left open.",
    },
    "second-value": {
        "de": "Nur ein Wert ist vorgesehen; der erste gilt, weitere sind beiseitegelegt.",
        "en": "Only one value is meant; the first one counts, others are set aside.",
    },
    "set-aside": {
        "de": "Der Wert passt nicht zur Eigenschaft; er wird aufbewahrt, aber nicht ausgegeben.",
        "en": "The value does not fit the property; it is kept but not given out.",
    },
}


def explain(repair: Repair, language: str) -> str:
    """The sentence for a repair in `de` or `en`."""
    texts = REPAIRS[repair.code]
    return texts.get(language) or texts["en"]
