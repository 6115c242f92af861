# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words of the quality score: what each metric asks, and what to do about it.

Texts are German and English; they are shown in pages, forms and answers to programs.
"""

from __future__ import annotations

Text = dict[str, str]


def _both(de: str, en: str) -> Text:
    return {"de": de, "en": en}


METRIC_WORDS: dict[str, Text] = {
    "keywordAvailability": _both("Hat Schlagwörter", "Has keywords"),
    "categoryAvailability": _both("Hat ein Thema", "Has a theme"),
    "spatialAvailability": _both("Sagt, um welchen Ort es geht", "Says which place it is about"),
    "temporalAvailability": _both(
        "Sagt, um welchen Zeitraum es geht", "Says which period it is about"
    ),
    "accessUrlStatusCode": _both("Die Zugangsadresse antwortet", "The access address answers"),
    "downloadUrlAvailability": _both(
        "Es gibt eine Adresse zum Herunterladen", "There is an address to download from"
    ),
    "downloadUrlStatusCode": _both(
        "Die Adresse zum Herunterladen antwortet", "The download address answers"
    ),
    "formatAvailability": _both("Das Format ist genannt", "The format is named"),
    "mediaTypeAvailability": _both("Der Medientyp ist genannt", "The media type is named"),
    "formatMediaTypeVocabularyAlignment": _both(
        "Format und Medientyp stehen in den amtlichen Listen",
        "Format and media type are from the official lists",
    ),
    "formatMediaTypeNonProprietary": _both(
        "Das Format gehört keinem Hersteller", "The format belongs to no manufacturer"
    ),
    "formatMediaTypeMachineInterpretable": _both(
        "Programme können das Format auswerten", "Programs can work with the format"
    ),
    "dcatApCompliance": _both("Entspricht DCAT-AP", "Conforms to DCAT-AP"),
    "licenceAvailability": _both("Hat eine Lizenz", "Has a licence"),
    "knownLicence": _both("Die Lizenz ist allgemein bekannt", "The licence is a known one"),
    "accessRightsAvailability": _both("Sagt, wer Zugang hat", "Says who has access"),
    "accessRightsVocabularyAlignment": _both(
        "Der Zugang ist mit der amtlichen Liste gesagt", "The access is said with the official list"
    ),
    "contactPointAvailability": _both("Nennt einen Kontakt", "Names a contact"),
    "publisherAvailability": _both("Nennt, wer veröffentlicht", "Names the publisher"),
    "rightsAvailability": _both("Hat eine Angabe zu Rechten", "Has a statement about rights"),
    "byteSizeAvailability": _both("Nennt die Dateigröße", "Names the size of the file"),
    "dateIssuedAvailability": _both(
        "Nennt das Datum der Veröffentlichung", "Names the date of issue"
    ),
    "dateModifiedAvailability": _both(
        "Nennt das Datum der letzten Änderung", "Names the date of the last change"
    ),
}

DIMENSION_WORDS: dict[str, Text] = {
    "findability": _both("Auffindbarkeit", "Findability"),
    "accessibility": _both("Zugänglichkeit", "Accessibility"),
    "interoperability": _both("Interoperabilität", "Interoperability"),
    "reusability": _both("Wiederverwendbarkeit", "Reusability"),
    "contextuality": _both("Kontext", "Contextuality"),
}

BAND_WORDS: dict[str, Text] = {
    "excellent": _both("ausgezeichnet", "excellent"),
    "good": _both("gut", "good"),
    "sufficient": _both("ausreichend", "sufficient"),
    "bad": _both("mangelhaft", "bad"),
}

# key → (in a few words, how)
DEEDS: dict[str, tuple[Text, Text]] = {
    "keyword": (
        _both("Schlagwörter ergänzen", "Add keywords"),
        _both(
            "Tragen Sie Wörter ein, mit denen Menschen nach diesen Daten suchen.",
            "Enter words with which people look for these data.",
        ),
    ),
    "theme": (
        _both("Thema wählen", "Choose a theme"),
        _both(
            "Wählen Sie mindestens eines der 13 europäischen Datenthemen.",
            "Choose at least one of the 13 European data themes.",
        ),
    ),
    "spatial": (
        _both("Ort angeben", "Say the place"),
        _both(
            "Nennen Sie das Gebiet, um das es geht, oder zeichnen Sie es ein.",
            "Name the area the data are about, or draw it.",
        ),
    ),
    "temporal": (
        _both("Zeitraum angeben", "Say the period"),
        _both(
            "Nennen Sie Anfang und Ende der Zeit, um die es geht; das Ende darf offen bleiben.",
            "Name the beginning and the end of the time the data are about; the end may be open.",
        ),
    ),
    "compliance": (
        _both("Verstöße gegen DCAT-AP beheben", "Put right what breaks DCAT-AP"),
        _both(
            "Beheben Sie die Verstöße, die die Prüfung beim Eintrag nennt.",
            "Put right the violations that the check names at the record.",
        ),
    ),
    "access-rights": (
        _both("Zugang angeben", "Say who has access"),
        _both(
            "Wählen Sie „öffentlich“, „eingeschränkt“ oder „nicht öffentlich“ aus der "
            "amtlichen Liste.",
            "Choose public, restricted or non-public from the official list.",
        ),
    ),
    "contact": (
        _both("Kontakt angeben", "Name a contact"),
        _both(
            "Nennen Sie eine Stelle mit E-Mail-Adresse, die Fragen zu den Daten beantwortet.",
            "Name an office with an e-mail address that answers questions about the data.",
        ),
    ),
    "publisher": (
        _both("Veröffentlichende Stelle angeben", "Name the publisher"),
        _both(
            "Nennen Sie die Stelle, die die Daten veröffentlicht.",
            "Name the body that publishes the data.",
        ),
    ),
    "issued": (
        _both("Datum der Veröffentlichung angeben", "Say the date of issue"),
        _both(
            "Tragen Sie ein, wann die Daten zum ersten Mal erschienen sind.",
            "Enter when the data appeared for the first time.",
        ),
    ),
    "modified": (
        _both("Datum der letzten Änderung angeben", "Say the date of the last change"),
        _both(
            "Tragen Sie ein, wann die Daten zuletzt geändert wurden.",
            "Enter when the data were last changed.",
        ),
    ),
    "file": (
        _both("Datei oder Dienst hinzufügen", "Add a file or a service"),
        _both(
            "Laden Sie eine Datei hoch oder nennen Sie die Adresse, unter der die Daten zu haben "
            "sind, mit Format und Lizenz.",
            "Upload a file or name the address where the data can be had, with format and licence.",
        ),
    ),
    "access-url": (
        _both("Zugangsadresse angeben", "Name the access address"),
        _both(
            "Tragen Sie die Adresse ein, unter der man zu den Daten kommt.",
            "Enter the address that leads to the data.",
        ),
    ),
    "access-broken": (
        _both("Zugangsadresse berichtigen", "Mend the access address"),
        _both(
            "Die Adresse antwortet nicht oder meldet einen Fehler. Öffnen Sie sie und tragen Sie "
            "die richtige ein.",
            "The address does not answer or reports an error. Open it and enter the right one.",
        ),
    ),
    "download-url": (
        _both("Adresse zum Herunterladen angeben", "Name the download address"),
        _both(
            "Nennen Sie die Adresse, die unmittelbar zur Datei führt, oder laden Sie die Datei "
            "hoch.",
            "Name the address that leads straight to the file, or upload the file.",
        ),
    ),
    "download-broken": (
        _both("Adresse zum Herunterladen berichtigen", "Mend the download address"),
        _both(
            "Die Datei ist unter dieser Adresse nicht zu haben. Öffnen Sie sie und tragen Sie die "
            "richtige ein.",
            "The file cannot be had at this address. Open it and enter the right one.",
        ),
    ),
    "format": (
        _both("Format angeben", "Name the format"),
        _both(
            "Wählen Sie das Format der Datei aus der Liste, zum Beispiel CSV.",
            "Choose the format of the file from the list, for example CSV.",
        ),
    ),
    "media-type": (
        _both("Medientyp angeben", "Name the media type"),
        _both(
            "Wählen Sie den Medientyp der Datei, zum Beispiel text/csv.",
            "Choose the media type of the file, for example text/csv.",
        ),
    ),
    "format-list": (
        _both(
            "Format und Medientyp aus der Liste wählen",
            "Choose format and media type from the list",
        ),
        _both(
            "Ersetzen Sie den freien Text durch einen Eintrag der amtlichen Listen.",
            "Replace the free text by an entry of the official lists.",
        ),
    ),
    "open-format": (
        _both("Offenes, auswertbares Format anbieten", "Offer an open format for programs"),
        _both(
            "Stellen Sie die Daten als CSV, GeoJSON, JSON oder in einem anderen offenen Format "
            "bereit, das Programme lesen können.",
            "Provide the data as CSV, GeoJSON, JSON or another open format that programs can read.",
        ),
    ),
    "licence": (
        _both("Lizenz wählen", "Choose a licence"),
        _both(
            "Wählen Sie für jede Datei eine Lizenz aus der Liste, zum Beispiel Datenlizenz "
            "Deutschland – Namensnennung.",
            "Choose a licence from the list for every file, for example Data licence Germany – "
            "attribution.",
        ),
    ),
    "licence-list": (
        _both("Bekannte Lizenz wählen", "Choose a known licence"),
        _both(
            "Ersetzen Sie die Lizenz durch eine aus der Liste, damit jeder weiß, was erlaubt ist.",
            "Replace the licence by one from the list, so that everybody knows what is allowed.",
        ),
    ),
    "rights": (
        _both("Angabe zu Rechten ergänzen", "Add a statement about rights"),
        _both(
            "Ergänzen Sie bei der Datei, welche Rechte oder Hinweise gelten.",
            "Say with the file which rights or notices apply.",
        ),
    ),
    "size": (
        _both("Dateigröße angeben", "Say the size of the file"),
        _both(
            "Tragen Sie die Größe der Datei in Bytes ein.",
            "Enter the size of the file in bytes.",
        ),
    ),
}
