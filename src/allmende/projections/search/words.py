# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words that carry no meaning in a search, and plurals that the stemmers do not know."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


GERMAN_STOP_WORDS = _set("""
    aber als also am an auch auf aus bei beim bis bzw da damit dann das dass dein dem den der
    deren des dessen die dies diese diesem diesen dieser dieses doch dort durch ein eine einem
    einen einer eines er es etc für fuer gegen hat haben hier ich ihr ihre ihrem ihren ihrer im
    in ins ist je jede jeder jedes kann können man mehr mein mit nach nicht noch nur ob oder
    ohne pro sehr sein seine sich sie sind so sowie über ueber um und uns unser unter vom von
    vor war was weil welche welcher welches wenn wer werden wie wird wir wo wurde wurden zu zum
    zur zwischen
    """)

ENGLISH_STOP_WORDS = _set("""
    a about an and are as at be been but by can for from had has have how i if in into is it its
    me my no not of on or our she so such than that the their them then there these they this to
    was we were what when where which who why will with would you your
    """)

# German plurals that Snowball leaves apart from their singular. Latin and Greek nouns change
# their ending, abbreviations and loan words take an s after a vowel.
IRREGULAR = {
    "museen": "museum",
    "zentren": "zentrum",
    "gymnasien": "gymnasium",
    "ministerien": "ministerium",
    "studien": "studie",
    "kriterien": "kriterium",
    "stadien": "stadion",
    "gremien": "gremium",
    "alben": "album",
    "visa": "visum",
    "praktika": "praktikum",
    "busse": "bus",
    "bussen": "bus",
    "indizes": "index",
    "viren": "virus",
    "themen": "thema",
    "firmen": "firma",
    "villen": "villa",
    "schemata": "schema",
    "radien": "radius",
    "datenbanken": "datenbank",
}

# Words people add to a query although every record of a data portal has them. They are
# dropped when nothing contains all words.
FILLERS = _set("""
    daten datensatz datensätze data dataset datasets datei dateien open opendata offene
    liste listen verzeichnis übersicht download karte karten stadt gemeinde aktuell aktuelle
    """)
