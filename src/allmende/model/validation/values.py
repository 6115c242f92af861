# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Constraints that look at one value at a time (SHACL §4.1, 4.2, 4.3, 4.4.3, 4.8.3).

A maker reads the parameters of a shape once and gives a `Bind`: a function that, given the
data, gives the test itself. Binding to data happens only when there is something to test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from allmende.errors import InvalidInput
from allmende.model.namespaces import XSD
from allmende.model.rdf.terms import Literal, Object
from allmende.model.validation import datatypes
from allmende.model.validation.data import Data
from allmende.model.validation.paths import SH

Test = Callable[[Object], bool]
Bind = Callable[[Data], Test]

_BLANK, _IRI, _LITERAL = 1, 2, 4
_KINDS = {
    SH + "BlankNode": _BLANK,
    SH + "IRI": _IRI,
    SH + "Literal": _LITERAL,
    SH + "BlankNodeOrIRI": _BLANK | _IRI,
    SH + "BlankNodeOrLiteral": _BLANK | _LITERAL,
    SH + "IRIOrLiteral": _IRI | _LITERAL,
}
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}


def always(test: Test) -> Bind:
    """A test that needs no data."""
    return lambda data: test


def node_kind(kind: Object) -> Test:
    """sh:nodeKind."""
    wanted = _KINDS.get(kind) if isinstance(kind, str) else None
    if wanted is None:
        raise _unreadable("sh:nodeKind", kind)
    if wanted == _LITERAL:
        return lambda value: type(value) is Literal
    if wanted == _BLANK | _IRI:
        return lambda value: type(value) is not Literal

    def test(value: Object) -> bool:
        if type(value) is Literal:
            return bool(wanted & _LITERAL)
        return bool(wanted & (_BLANK if value.startswith("_:") else _IRI))  # type: ignore[union-attr]

    return test


def cls(wanted: Object) -> Bind:
    """sh:class: the value has the class or one below it."""
    if not isinstance(wanted, str):
        raise _unreadable("sh:class", wanted)
    name = wanted
    return lambda data: data.instances(name).__contains__


def datatype(wanted: Object) -> Test:
    """sh:datatype: the datatype itself, and a text that is one of its values."""
    well_formed = datatypes.well_formed

    def test(value: Object) -> bool:
        return type(value) is Literal and value[2] == wanted and well_formed(value[0], value[2])

    return test


def one_of(values: Sequence[Object]) -> Test:
    """sh:in."""
    return frozenset(values).__contains__


def pattern(wanted: Object, flags: Object | None) -> Test:
    """sh:pattern with sh:flags, anywhere in the text of an IRI or literal."""
    if not isinstance(wanted, Literal):
        raise _unreadable("sh:pattern", wanted)
    given = flags.value if isinstance(flags, Literal) else ""
    text = re.escape(wanted.value) if "q" in given else wanted.value
    chosen = re.RegexFlag(0)
    for flag in given:
        chosen |= _FLAGS.get(flag, re.RegexFlag(0))
    try:
        search = re.compile(text, chosen).search
    except (re.error, RecursionError, OverflowError) as error:
        raise _unreadable("sh:pattern", wanted) from error
    return _textual(lambda said: search(said) is not None)


def min_length(wanted: Object) -> Test:
    """sh:minLength in characters."""
    least = integer("sh:minLength", wanted)
    return _textual(lambda said: len(said) >= least)


def max_length(wanted: Object) -> Test:
    """sh:maxLength in characters."""
    most = integer("sh:maxLength", wanted)
    return _textual(lambda said: len(said) <= most)


def _textual(test: Callable[[str], bool]) -> Test:
    def on_term(value: Object) -> bool:
        if type(value) is Literal:
            return test(value[0])
        return not value.startswith("_:") and test(value)  # type: ignore[union-attr,arg-type]

    return on_term


def languages(tags: Sequence[Object]) -> Test:
    """sh:languageIn: the language of a literal is one of these or a kind of one of these."""
    wanted = tuple(tag.value.lower() for tag in tags if isinstance(tag, Literal))

    def test(value: Object) -> bool:
        if type(value) is not Literal or not value[1]:
            return False
        tag = value[1].lower()
        return any(tag == each or tag.startswith(each + "-") for each in wanted)

    return test


def limit(bound: Object, *, lower: bool, equal: bool) -> Test:
    """sh:minInclusive, sh:minExclusive, sh:maxInclusive, sh:maxExclusive."""

    def test(value: Object) -> bool:
        pair = (bound, value) if lower else (value, bound)
        return datatypes.less(*pair, equal=equal) is True

    return test


def integer(name: str, value: Object) -> int:
    """The integer parameter of a shape; InvalidInput when it is none."""
    if isinstance(value, Literal) and value.value.strip().lstrip("+").isdecimal():
        return int(value.value)
    raise _unreadable(name, value)


def is_true(value: Object | None) -> bool:
    """Whether a parameter is the boolean true."""
    return (
        isinstance(value, Literal)
        and value.datatype == XSD + "boolean"
        and value.value in ("true", "1")
    )


def _unreadable(name: str, value: Object) -> InvalidInput:
    said = value.value if isinstance(value, Literal) else value
    return InvalidInput(
        f"The shapes say {name} “{said}”, which cannot be used.",
        f"In den Shapes steht {name} „{said}“; das ist nicht verwendbar.",
        code="shapes-value",
    )
