# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences as people read them: questions with answers, and where a licence has its page."""

from __future__ import annotations

from dataclasses import dataclass

from allmende.core.catalogue import Record, address
from allmende.model import licensing
from allmende.model.catalogue import Dataset
from allmende.model.licensing import Terms
from allmende.model.vocabulary import Concept, vocabulary
from allmende.portal import names
from allmende.portal.page import Page
from allmende.portal.present import agent_name, title_of

EU = "eu/"
ANSWERS = ("yes", "no", "must", "need-not", "ask", "unknown")
QUESTIONS = ("sell", "name", "change", "share", "database", "open")


@dataclass(frozen=True, slots=True)
class Answer:
    """A question about a licence, how it is answered, and the sentence."""

    question: str
    kind: str  # may, must or no: how it is marked
    short: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A licence in a list."""

    code: str
    address: str
    name: str
    short: str
    answers: dict[str, str]
    newer: bool


def concept_of(code: str) -> Concept | None:
    """The licence of a page's address: a code of dcat-ap.de, or `eu/` and one of the EU."""
    name, rest = ("eu-licence", code[len(EU) :]) if code.startswith(EU) else ("licence", code)
    found = vocabulary(name)
    return found.concepts.get(found.base + rest)


def short(terms: Terms, page: Page) -> str:
    """The short name of a licence."""
    return names.licence_name(terms.iri, page.language)


def said(terms: Terms) -> dict[str, str]:
    """Short answers by question: of `ANSWERS`."""
    maybe = {True: "yes", False: "no", None: "ask"}
    needed = {True: "must", False: "need-not", None: "ask"}
    return {
        "sell": maybe[terms.commercial],
        "name": needed[terms.attribution],
        "change": maybe[terms.derivative],
        "share": needed[terms.share_alike],
        "database": terms.database,
        "open": "yes" if terms.open else "no",
    }


_MARKS = {"yes": "may", "need-not": "may", "must": "must", "ask": "must", "unknown": "must"}


def answers(terms: Terms, page: Page) -> list[Answer]:
    """All questions with their answers as sentences."""
    return [
        Answer(
            str(page.words(f"lic.q.{name}")),
            _MARKS.get(given, "no"),
            str(page.words(f"lic.a.{given}")),
            str(page.words(f"lic.{name}.{given}")),
        )
        for name, given in said(terms).items()
    ]


def listed(name: str, page: Page) -> list[Listed]:
    """All licences of a list, those without a newer version first."""
    found = []
    for concept in vocabulary(name):
        terms = licensing.terms(concept.iri)
        assert terms is not None  # noqa: S101 - every licence of the lists has terms
        code = f"{EU if name == 'eu-licence' else ''}{concept.code}"
        found.append(
            Listed(
                code=code,
                address=page.at(f"/licences/{code}"),
                name=concept.label(page.language),
                short=names.licence_name(concept.iri, page.language),
                answers=said(terms),
                newer=terms.replaced_by is not None,
            )
        )
    return sorted(found, key=lambda each: (each.newer, each.name.casefold()))


def line_of(terms: Terms, page: Page, record: Record | None = None) -> str:
    """The line to copy that names the source; with words in brackets where no dataset is said.

    Where a dataset says itself how it is to be named, the line begins with that.
    """
    text = terms.page or terms.iri
    if record is None:
        given = [f"[{page.words(f'lic.line.{name}')}]" for name in ("title", "owner", "address")]
        return licensing.attribution_line(
            given[0], given[1], short(terms, page), text, given[2], page.language
        )
    files = record.resource.distribution if isinstance(record.resource, Dataset) else []
    own = next((each.license_attribution for each in files if each.license_attribution), None)
    where = address(page.platform, record)
    if own is not None:
        words = page.said(own).text.rstrip(" .,")
        told = text.partition("://")[2] in words
        return ", ".join([words, *([] if told else [text]), where])
    owner = agent_name(record.resource.publisher, page.language).text
    title = title_of(record, page).text
    return licensing.attribution_line(title, owner, short(terms, page), text, where, page.language)
