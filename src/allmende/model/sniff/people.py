# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Columns that may hold personal data. A suspicion, for a person to confirm or drop."""

from __future__ import annotations

import re

from allmende.model.document import FieldType
from allmende.model.sniff.taking import Column
from allmende.model.sniff.types import Note, note

_NAMED = re.compile(
    r"(^|_)(vorname|nachname|familienname|zuname|surname|last_?name|first_?name|geburt\w*|birth\w*|"
    r"e_?mail\w*|mail|telefon\w*|tel|phone|mobil\w*|handy|fax|iban|konto\w*|steuer_?id|"
    r"ansprechpartner\w*|ansprechperson|kontakt\w*|bearbeiter\w*|sachbearbeiter\w*|eigentuemer\w*|"
    r"besitzer\w*|halter\w*|paechter\w*|antragsteller\w*|kontrolleur\w*|pruefer\w*|melder\w*|"
    r"verfasser\w*|autor|author|user_?name|benutzer\w*|owner|nam[a-z]{0,3})(_|\Z)",
    re.I,
)
_HARMLESS = re.compile(r"name\Z|(strassen|orts?|firmen|datei|file|gemeinde|stop|typ)_?nam", re.I)
_MAIL = re.compile(r"\S+@\S+\.\w+\Z")
_PHONE = re.compile(r"(\+\d{2}|0)[\d ()/\-]{6,20}\Z", re.ASCII)
_INITIALS = re.compile(r"[A-ZÄÖÜ]{2,3}\Z")
_FULL = re.compile(
    r"(?:(?:Herrn?|Frau|Dr\.|Prof\.)\s+)*(?P<a>[A-ZÄÖÜ][\w'\-]+)(?P<mark>,?)\s+"
    r"(?:von\s+|van\s+|de\s+|[A-ZÄÖÜ][\w.]*\s+)?(?P<b>[A-ZÄÖÜ][\w'\-]+)\Z"
)
_GIVEN = frozenset(
    re.findall(
        r"\S+",
        """
    alexander andrea andreas angela anja anke anna anne annette anton barbara bernd bernhard
    birgit björn brigitte carl carsten charlotte christa christian christina christine
    christoph claudia clemens cornelia daniel daniela david dieter dirk doris eduard elena
    elisabeth elke emil emma erich erika ernst eva felix florian frank franz friedrich fritz
    gabriele georg gerd gerhard gisela günter günther hanna hannah hans harald heike heinrich
    heinz helga helmut herbert hermann holger horst ina ines ingrid jan jana jens joachim
    jochen johann johanna johannes jonas josef julia jutta jörg jürgen karin karl karsten
    katharina kathrin katja katrin kerstin klaus kristin kurt lars laura lea lena leon lisa
    lothar ludwig luise lukas maik manfred manuela marco maria marie mario marion markus
    marlene martin martina mathias matthias max maximilian melanie michael michaela mohammed
    monika nadine nicole nils nina norbert olaf oliver otto patrick paul paula peter petra
    philipp rainer ralf regina reinhard renate rene robert roland rolf rudolf ruth sabine
    sandra sara sarah sebastian silke silvia simon simone sofia sophie stefan stefanie steffen
    stephan susanne sven tanja theodor thomas thorsten tim tobias torsten udo ulf ulrich
    ulrike ursula ute uwe volker walter werner wilhelm wolfgang yvonne
    """,
    )
)


def suspicion(column: Column, headed: bool) -> Note | None:
    """Why the column may hold personal data; None when nothing speaks for it."""
    if column.type not in (FieldType.STRING, FieldType.DATE, FieldType.OBJECT):
        return None
    named = _NAMED.search(column.name)
    if named and not (_HARMLESS.search(column.name) and not _sure(named[2])):
        return _said(column, f"the name “{column.name}”", f"der Name „{column.name}“")
    texts = [each[:100].strip() for each in column.texts[:1_000]]
    if not texts or column.type is not FieldType.STRING:
        return None
    if _share(texts, _MAIL) > 0.3:
        return _said(column, "e-mail addresses", "E-Mail-Adressen")
    if _share(texts, _PHONE) > 0.5 and any(re.search(r"[ /\-+]", each) for each in texts):
        return _said(column, "telephone numbers", "Telefonnummern")
    if sum(_is_person(each) for each in texts) > 0.2 * len(texts):
        return _said(column, "names of persons", "Namen von Personen")
    if not headed and _share(texts, _INITIALS) > 0.8 and len(set(texts)) > 1:
        return _said(column, "what may be initials", "vielleicht Namenskürzel")
    return None


def _sure(word: str) -> bool:
    return word.lower() in ("vorname", "nachname", "familienname", "zuname", "surname")


def _share(texts: list[str], form: re.Pattern[str]) -> float:
    return sum(bool(form.match(each)) for each in texts) / len(texts)


def _is_person(text: str) -> bool:
    found = _FULL.match(text)
    if found is None:
        return False
    given = found["b"] if found["mark"] else found["a"]
    return given.lower().split("-")[0] in _GIVEN


def _said(column: Column, en: str, de: str) -> Note:
    return note(
        "personal",
        f"May be personal data ({en}): not public until somebody says otherwise.",
        f"Vielleicht personenbezogen ({de}): nicht öffentlich, bis jemand anders entscheidet.",
        on=column.name,
    )
