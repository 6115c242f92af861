# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What kind of query a text is, told by its words without parsing it.

Grammar of the tokens: SPARQL 1.1 Query Language §19.8. The parser has the last word about
what is a query; this only chooses formats, gives better messages, and keeps texts away that
are nested deeper than a parser should go. A string without an end is a token all the same:
nothing is read twice, and the parser refuses it.
"""

import re
from enum import StrEnum

from allmende.errors import InvalidInput, LimitExceeded, NotAllowed

MAX_TEXT = 100_000  # characters of a query
MAX_DEPTH = 64  # of brackets

_TOKEN = re.compile(
    r"""
      \#[^\r\n]*
    | <[^<>"{}|^`\\\x00-\x20]*>
    | \"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\")? | '''(?:[^'\\]|\\.|'(?!''))*+(?:''')?
    | "(?:[^"\\\n\r]|\\.)*+"? | '(?:[^'\\\n\r]|\\.)*+'?
    | [?$]\w+ | @[A-Za-z]+(?:-[A-Za-z0-9]+)*
    | (?P<run>[\w.-]++)(?P<name>:[\w.:%-]*)? | :[\w.:%-]*
    | (?P<open>[({\[]) | (?P<close>[)}\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)


class Form(StrEnum):
    """The four forms of a query (SPARQL 1.1 Query §16)."""

    SELECT = "select"
    ASK = "ask"
    CONSTRUCT = "construct"
    DESCRIBE = "describe"

    @property
    def gives_graph(self) -> bool:
        """Whether the answer is RDF and not a table or yes/no."""
        return self in (Form.CONSTRUCT, Form.DESCRIBE)


_FORMS = {form.upper(): form for form in Form}


def form_of(text: str) -> Form:
    """The form of the query.

    Raises LimitExceeded for a text that is too long or nested too deep, NotAllowed for an
    update or federation, InvalidInput when it is no query at all.
    """
    if len(text) > MAX_TEXT:
        raise LimitExceeded(
            f"The query is longer than {MAX_TEXT:,} characters.",
            f"Die Anfrage ist länger als {MAX_TEXT:,} Zeichen.",
        )
    words = _words(text)
    if "SERVICE" in words:
        raise NotAllowed(
            "This endpoint asks no other endpoints: leave SERVICE out.",
            "Dieser Endpunkt fragt keine anderen Endpunkte: Bitte SERVICE weglassen.",
            code="federation-refused",
        )
    first = next((word for word in words if word in _FORMS or word in _UPDATES), "")
    if first in _UPDATES:
        raise update_refused()
    if not first:
        raise InvalidInput(
            "This is no SPARQL query: SELECT, ASK, CONSTRUCT or DESCRIBE is missing.",
            "Das ist keine SPARQL-Anfrage: SELECT, ASK, CONSTRUCT oder DESCRIBE fehlt.",
            code="sparql-syntax",
        )
    return _FORMS[first]


def update_refused() -> NotAllowed:
    """The error for an update, wherever it is noticed."""
    return NotAllowed(
        "This endpoint only answers queries; data cannot be changed through it.",
        "Dieser Endpunkt beantwortet nur Anfragen; Daten lassen sich hier nicht ändern.",
        code="update-refused",
    )


def _words(text: str) -> list[str]:
    """The bare words of the query in capitals, without those in texts, names and comments."""
    words = []
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "run":  # taken whole, so that the time grows with the text only
            words += [word.upper() for word in _WORD.findall(token[0])]
        elif token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth -= 1
        if depth > MAX_DEPTH:
            raise LimitExceeded(
                f"The query is nested deeper than {MAX_DEPTH} brackets.",
                f"Die Anfrage ist tiefer als {MAX_DEPTH} Klammern verschachtelt.",
            )
    return words
