# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Why a SPARQL query has no answer, in plain words. Pure functions."""

import re

from allmende.errors import AllmendeError, Busy, DeadlineExceeded, InvalidInput, LimitExceeded
from allmende.projections.rdf import Failure, Limits, Reply, Unready

MAX_EXPECTED = 8  # alternatives of the parser that are named
NEAR = 24  # characters shown of the place

_PLACE = re.compile(r"(?:Parser )?error at (?:line )?(\d+):(\d+): (.*)", re.DOTALL | re.IGNORECASE)
_CLASSES = re.compile(r"\[[^\[\]]*\]", re.DOTALL)  # of characters
_EXPECTED = re.compile(r'"[^"]+"|\b[A-Z]{2,}(?: [A-Z]{2,})*\b')

_SENTENCE = re.compile(r"\b(?:[A-Z][a-z]+)(?: [\w']+){3,}")


def unready(error: Unready) -> Busy:
    """The error for a query that did not get its turn."""
    if error.reason == "queue":
        return Busy(
            "Too many SPARQL queries are running. Try again in a few seconds.",
            "Zu viele SPARQL-Anfragen laufen gerade. Bitte in einigen Sekunden erneut versuchen.",
        )
    return Busy(
        "The data for SPARQL is being loaded. Try again in a few seconds.",
        "Die Daten für SPARQL werden gerade geladen. Bitte in einigen Sekunden erneut versuchen.",
    )


def failure_of(reply: Reply, text: str, limits: Limits) -> AllmendeError:
    """The error for a reply without an answer."""
    if reply.failure is Failure.SYNTAX:
        return syntax_error(reply.message, text)
    if reply.failure is Failure.EVALUATION:
        return InvalidInput(
            f"The query cannot be evaluated: {reply.message}",
            f"Die Anfrage lässt sich nicht auswerten: {reply.message}",
            code="sparql-evaluation",
        )
    if reply.failure in (Failure.BYTES, Failure.ROWS):
        return _too_large(reply.failure, limits)
    return _stopped(reply.failure, limits)


def _too_large(failure: Failure, limits: Limits) -> AllmendeError:
    if failure is Failure.BYTES:
        size = limits.bytes // 1_000_000
        return LimitExceeded(
            f"The answer is larger than {size} MB. Ask for less, for instance with LIMIT.",
            f"Die Antwort ist größer als {size} MB. Bitte weniger abfragen, etwa mit LIMIT.",
            code="sparql-answer-too-large",
        )
    return LimitExceeded(
        f"The answer has more than {limits.rows:,} rows. Ask for parts, with LIMIT and OFFSET.",
        f"Die Antwort hat mehr als {_german(limits.rows)} Zeilen. Bitte in Teilen mit LIMIT und "
        "OFFSET abfragen.",
        code="sparql-answer-too-large",
    )


def _stopped(failure: Failure | None, limits: Limits) -> AllmendeError:
    if failure is Failure.TIME:
        return DeadlineExceeded(
            f"The query took longer than {limits.seconds:g} seconds and was stopped. Make it "
            "narrower, or add LIMIT.",
            f"Die Anfrage dauerte länger als {limits.seconds:g} Sekunden und wurde beendet. "
            "Bitte enger fassen oder LIMIT angeben.",
        )
    if failure is Failure.MEMORY:
        size = limits.memory >> 20
        return DeadlineExceeded(
            f"The query needed more than {size} MiB of memory and was stopped. Make it narrower.",
            f"Die Anfrage brauchte mehr als {size} MiB Speicher und wurde beendet. "
            "Bitte enger fassen.",
            code="sparql-memory-exceeded",
        )
    return InvalidInput(
        "The query made the query engine fail and was stopped. Write it in a simpler way.",
        "Die Anfrage hat die Abfragemaschine zum Absturz gebracht. Bitte einfacher schreiben.",
        code="sparql-evaluation",
    )


def syntax_error(message: str, text: str) -> InvalidInput:
    """The parser's complaint with line, column, what stands there and what could stand there."""
    found = _PLACE.search(message)
    if found is None:
        return InvalidInput(
            f"The query cannot be read: {message}",
            f"Die Anfrage ist nicht lesbar: {message}",
            code="sparql-syntax",
        )
    line, column = int(found[1]), int(found[2])
    en, de = _expected(found[3])
    near = _near(text, line, column)
    return InvalidInput(
        f"The query cannot be read at line {line}, column {column}"
        f"{f' (“{near}”)' if near else ' (its end)'}: {en}.",
        f"Die Anfrage ist in Zeile {line}, Spalte {column} nicht lesbar"
        f"{f' („{near}“)' if near else ' (an ihrem Ende)'}: {de}.",
        code="sparql-syntax",
    )


def _expected(message: str) -> tuple[str, str]:
    """What the parser would have taken there; its lists of characters are left out."""
    if "Prefix not found" in message:
        return (
            "a prefix is used that is not declared",
            "ein Präfix wird benutzt, aber nicht erklärt",
        )
    plain = _CLASSES.sub("", message)
    sentence = _SENTENCE.search(plain)
    if sentence is not None:
        return sentence[0], sentence[0]
    found = [word.strip('"') for word in _EXPECTED.findall(plain)]
    words = list(dict.fromkeys(word for word in found if word.strip(" \\uU,")))
    if not message.startswith("expected"):
        return message.strip(), message.strip()
    if not words:
        return "something is missing or too much here", "hier fehlt etwas oder ist etwas zu viel"
    shown = ", ".join(words[:MAX_EXPECTED]) + (" …" if len(words) > MAX_EXPECTED else "")
    return f"expected {shown}", f"erwartet wird {shown}"


def _near(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line - 1][column - 1 :][:NEAR].strip() if line <= len(lines) else ""


def _german(number: int) -> str:
    return f"{number:,}".replace(",", ".")
