# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What letters about datasets say, in German and English: pairs of subject and text."""

from __future__ import annotations

LETTERS: dict[str, dict[str, tuple[str, str]]] = {
    "confirm": {
        "de": (
            "Bitte bestätigen: Benachrichtigungen von {site}",
            "Guten Tag,\n\njemand möchte, dass wir an diese Adresse schreiben, wenn sich bei "
            "{site} etwas ändert.\nWaren Sie das? Dann öffnen Sie bitte diesen Link; er gilt "
            "einen Tag:\n\n{link}\n\nWenn nicht, müssen Sie nichts tun. Sie bekommen dann keine "
            "weitere E-Mail, und die Adresse wird gelöscht.\n",
        ),
        "en": (
            "Please confirm: notifications from {site}",
            "Hello,\n\nsomebody wants us to write to this address when something changes at "
            "{site}.\nWas that you? Then please open this link; it is good for one day:\n\n"
            "{link}\n\nIf not, you need not do anything. You will get no other letter, and the "
            "address is deleted.\n",
        ),
    },
    "dataset": {
        "de": (
            "Geändert: {title}",
            "Guten Tag,\n\nder Datensatz „{title}“, dem Sie folgen, hat sich geändert:\n\n"
            "{changes}\n\n{address}\n",
        ),
        "en": (
            "Changed: {title}",
            "Hello,\n\nthe dataset “{title}” that you follow has changed:\n\n{changes}\n\n"
            "{address}\n",
        ),
    },
    "search": {
        "de": (
            "Neues zu Ihrer Suche{name}",
            "Guten Tag,\n\nzu Ihrer Suche{name} gibt es Neues:\n\n{changes}\n\nDie Suche jetzt:\n"
            "{address}\n",
        ),
        "en": (
            "News on your search{name}",
            "Hello,\n\nthere is news on your search{name}:\n\n{changes}\n\nThe search now:\n"
            "{address}\n",
        ),
    },
    "end": {
        "de": (
            "",
            "\n-- \nSie bekommen diese E-Mail von {site}, weil Sie darum gebeten haben.\n"
            "Ändern oder beenden: {link}\n",
        ),
        "en": (
            "",
            "\n-- \nYou get this letter from {site} because you asked for it.\n"
            "Change or end it: {link}\n",
        ),
    },
    "feedback": {
        "de": (
            "Rückmeldung zu „{title}“",
            "Guten Tag,\n\nzum Datensatz „{title}“ ist eine Rückmeldung eingegangen ({kind}):\n\n"
            "{text}\n\nAnsehen und antworten:\n{link}\n",
        ),
        "en": (
            "Feedback on “{title}”",
            "Hello,\n\nthere is feedback on the dataset “{title}” ({kind}):\n\n{text}\n\n"
            "See and answer it:\n{link}\n",
        ),
    },
    "answer": {
        "de": (
            "Antwort auf Ihre Rückmeldung zu „{title}“",
            "Guten Tag,\n\nauf Ihre Rückmeldung zum Datensatz „{title}“ wurde geantwortet:\n\n"
            "{text}\n\n{outcome}\n{link}\n",
        ),
        "en": (
            "Answer to your feedback on “{title}”",
            "Hello,\n\nyour feedback on the dataset “{title}” was answered:\n\n{text}\n\n"
            "{outcome}\n{link}\n",
        ),
    },
    "showcase": {
        "de": (
            "Neue Anwendung zu prüfen: {title}",
            "Guten Tag,\n\n„{title}“ wurde als Anwendung offener Daten eingereicht. Bitte prüfen "
            "und veröffentlichen oder ablehnen:\n{link}\n",
        ),
        "en": (
            "New showcase to look at: {title}",
            "Hello,\n\n“{title}” was sent in as a showcase of open data. Please look at it and "
            "publish or refuse it:\n{link}\n",
        ),
    },
}
WORDS: dict[str, dict[str, str]] = {
    "new": {"de": "Neu: {title}", "en": "New: {title}"},
    "changed": {"de": "Geändert: {title}", "en": "Changed: {title}"},
    "more": {
        "de": "Und weitere; alle zeigt die Suche unten.",
        "en": "And more; the search below shows all.",
    },
    "quoted": {"de": " „{text}“", "en": " “{text}”"},
    "hidden": {"de": "ein Datensatz", "en": "a dataset"},
}


def said(key: str, language: str, **values: str) -> tuple[str, str]:
    """Subject and text of a letter with its values."""
    subject, text = LETTERS[key][language]
    return subject.format(**values), text.format(**values)


def word(key: str, language: str, **values: str) -> str:
    """A phrase of a letter."""
    return WORDS[key][language].format(**values)
