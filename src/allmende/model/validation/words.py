# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the shapes of the profiles say to people: what is wrong, and what to do about it."""

from __future__ import annotations

from allmende.model.check import FINDINGS
from allmende.model.profile import field_hint, field_label

LANGUAGES = ("de", "en")
_OWN: dict[str, dict[str, str]] = {
    "kind-literal": {
        "de": "„{label}“ muss ein Text sein und kein Verweis. Bitte den Text selbst angeben.",
        "en": "“{label}” has to be a text and no link. Please give the text itself.",
    },
    "kind-link": {
        "de": "„{label}“ muss ein Verweis (IRI) sein und kein Text. "
        "Bitte die vollständige Adresse angeben.",
        "en": "“{label}” has to be a link (IRI) and no text. Please give the full address.",
    },
    "class": {
        "de": "„{label}“ muss auf etwas vom Typ {what} verweisen. "
        "Bitte das Ziel mit diesem Typ in den Daten beschreiben.",
        "en": "“{label}” has to lead to something of the type {what}. "
        "Please describe the target with this type in the data.",
    },
    "datatype": {
        "de": "„{label}“ muss ein Wert vom Typ {what} sein. Bitte Wert und Datentyp prüfen.",
        "en": "“{label}” has to be a value of the type {what}. Please look at value and datatype.",
    },
    "list": {
        "de": "„{label}“ steht nicht in der Werteliste {what}. Bitte einen Wert daraus wählen.",
        "en": "“{label}” is not in the vocabulary {what}. Please choose a value of it.",
    },
    "one-of-list": {
        "de": "Bei „{label}“ fehlt ein Wert aus der Werteliste {what}. Bitte einen ergänzen.",
        "en": "“{label}” has no value of the vocabulary {what}. Please add one.",
    },
    "date": {
        "de": "„{label}“ ist kein Datum. Bitte als JJJJ-MM-TT schreiben, mit dem Datentyp "
        "xsd:date oder, mit Uhrzeit, xsd:dateTime.",
        "en": "“{label}” is no date. Please write it as YYYY-MM-DD with the datatype xsd:date or, "
        "with a time of day, xsd:dateTime.",
    },
    "old-list": {
        "de": "„{label}“: Die Werteliste {what} soll nicht mehr verwendet werden. "
        "Bitte einen Wert der neuen Liste wählen.",
        "en": "“{label}”: The vocabulary {what} should no longer be used. "
        "Please choose a value of the new one.",
    },
    "contact-mail": {
        "de": "GovData verlangt beim Kontakt E-Mail oder Webadresse. Bitte eines davon angeben.",
        "en": "GovData asks for an e-mail or web address of the contact. Please give one.",
    },
    "contributor-once": {
        "de": "GovData verlangt genau eine Kennung aus der Liste der Datenbereitsteller "
        "({what}). Bitte die eigene angeben und weitere entfernen.",
        "en": "GovData asks for exactly one identifier of the list of contributors ({what}). "
        "Please give your own and remove further ones.",
    },
}


def message(code: str, field: str, what: str = "", label: str = "") -> dict[str, str]:
    """The sentence of a check in German and English; `label` is for what is no field."""
    texts = _OWN.get(code) or FINDINGS[code]
    found = {}
    for language in LANGUAGES:
        name = label or field_label(field, language)
        sentence = texts[language].format(label=name, what=what, value=what)
        hint = field_hint(field, language) if code in ("missing", "recommended") else ""
        found[language] = f"{sentence} {hint}".rstrip()
    return found
