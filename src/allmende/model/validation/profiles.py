# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The profile tables as SHACL: one table, one file of shapes, one set of compiled checks.

Ids of shapes are `urn:allmende:shape:{profile}:{class}.{field}.{check}`, so that a result
names its row of the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from allmende.model import catalogue
from allmende.model.catalogue import Node, Range, Statement
from allmende.model.namespaces import PREFIXES, PROV, XSD
from allmende.model.profile import Extra, Obligation, Profile, Row, profile
from allmende.model.rdf import serialise
from allmende.model.rdf.terms import LANG_STRING, TYPE, Literal, Object
from allmende.model.rdf.terms import Statement as Triple
from allmende.model.validation import paths, rules
from allmende.model.validation.compile import Shapes, compile_shapes
from allmende.model.validation.data import Data
from allmende.model.validation.paths import SH
from allmende.model.validation.words import message
from allmende.model.vocabulary import Vocabulary, vocabulary

URN = "urn:allmende:shape:"
_LITERALS = frozenset(Range) - {Range.IRI, Range.CONCEPT, Range.NODE}
_DATATYPES = {
    Range.DURATION: "duration",
    Range.DECIMAL: "decimal",
    Range.INTEGER: "nonNegativeInteger",
    Range.HEX: "hexBinary",
}
_DATES = ("date", "dateTime", "gYear", "gYearMonth")
# other lists may stand beside these when one value comes from the list of the profile
_ONE_IS_ENOUGH = frozenset({"data-theme", "dataset-type"})


def class_iri(name: str) -> str:
    """The rdf:type the rows of a class are about."""
    if name == "Attribution":
        return PROV + "Attribution"
    struct: type[Node] = getattr(catalogue, name)
    return struct.rdf_types[0]


@cache
def compiled(name: str) -> Shapes:
    """The checks of a profile, compiled once; NotFound for an unknown name."""
    return compile_shapes(Data.of(statements(name)))


def shacl_file(name: str, syntax: str = "text/turtle") -> bytes:
    """The shapes of a profile as a file in an RDF syntax; NotFound for an unknown name."""
    known = dict(PREFIXES, sh=SH, time=rules.TIME)
    return serialise(statements(name), syntax, known)


def statements(name: str) -> list[Triple]:
    """The shapes of a profile as RDF."""
    return _Writer(profile(name)).write()


class _Writer:
    def __init__(self, found: Profile) -> None:
        self.profile = found
        self.out: list[Triple] = []
        self.used: set[str] = set()

    def write(self) -> list[Triple]:
        for cls, rows in self.profile.rows.items():
            for row in rows.values():
                self._row(cls, row)
        for extra in self.profile.extra:
            self._extra(extra)
        for number, rule in enumerate(rules.of(self.profile)):
            self._rule(rule, number)
        return self.out

    def say(self, subject: str, predicate: str, value: Object) -> None:
        """Adds one statement; predicates without a namespace are those of SHACL."""
        self.out.append((subject, predicate if ":" in predicate else SH + predicate, value))

    def _shape(self, cls: str) -> str:
        """The node shape of a class, written when it is first asked for."""
        ident = f"{URN}{self.profile.name}:{cls}"
        if cls not in self.used:
            self.used.add(cls)
            self.say(ident, TYPE, SH + "NodeShape")
            self.say(ident, "targetClass", class_iri(cls))
        return ident

    def property(
        self,
        cls: str,
        field: str,
        check: str,
        path: str,
        severity: str,
        code: str,
        what: str = "",
        label: str = "",
    ) -> str:
        """A property shape with path, severity and message below the shape of its class."""
        ident = f"{URN}{self.profile.name}:{cls}.{field}.{check}"
        self.say(self._shape(cls), "property", ident)
        self.say(ident, "path", path)
        self.say(ident, "severity", SH + severity)
        self._message(ident, message(code, field, what, label))
        return ident

    def _message(self, ident: str, texts: dict[str, str]) -> None:
        for language, text in texts.items():
            self.say(ident, "message", Literal(text, language, LANG_STRING))

    def _row(self, cls: str, row: Row) -> None:
        field = row.field.name
        advised = f"{cls}.{field}" in self.profile.advised
        if row.obligation is Obligation.DEPRECATED:
            found = self.property(cls, field, "out", row.field.iri, "Warning", "deprecated")
            self.say(found, "maxCount", _number(0))
            return
        if row.min:
            found = self.property(cls, field, "min", row.field.iri, "Violation", "missing")
            self.say(found, "minCount", _number(row.min))
        elif advised or row.obligation is Obligation.RECOMMENDED:
            grave = "Warning" if advised else "Info"
            found = self.property(cls, field, "wanted", row.field.iri, grave, "recommended")
            self.say(found, "minCount", _number(1))
        if row.max:
            found = self.property(cls, field, "max", row.field.iri, "Violation", "too-many")
            self.say(found, "maxCount", _number(row.max))
        self._kind(cls, row)
        self._class(cls, row)
        self._list(cls, row)

    def _kind(self, cls: str, row: Row) -> None:
        field, iri, range_ = row.field.name, row.field.iri, row.field.range
        if f"{cls}.{field}" in self.profile.any_kind:
            return
        literal = range_ in _LITERALS
        code = "kind-literal" if literal else "kind-link"
        found = self.property(cls, field, "kind", iri, "Violation", code)
        bare = f"{cls}.{field}" in self.profile.iris
        kind = "Literal" if literal else "IRI" if bare else "BlankNodeOrIRI"
        self.say(found, "nodeKind", SH + kind)
        name = _DATATYPES.get(range_)
        if name is not None:
            what = f"xsd:{name}"
            found = self.property(cls, field, "type", iri, "Violation", "datatype", what)
            self.say(found, "datatype", XSD + name)
        if range_ is Range.DATE:
            found = self.property(cls, field, "date", iri, "Warning", "date")
            self._either(found, [("datatype", XSD + each) for each in _DATES])

    def _either(self, ident: str, options: list[tuple[str, Object]]) -> None:
        heads = []
        for number, (predicate, value) in enumerate(options):
            head = _blank(ident, number)
            self.say(head, predicate, value)
            heads.append(head)
        self.say(ident, "or", paths.listed(list(heads), _blank(ident, "l"), self.out))

    def _class(self, cls: str, row: Row) -> None:
        wanted = wanted_class(self.profile, cls, row)
        if not wanted:
            return
        field, iri = row.field.name, row.field.iri
        mild = f"{cls}.{field}" in self.profile.mild or wanted in self.profile.mild
        grave = "Warning" if mild else "Violation"
        found = self.property(cls, field, "class", iri, grave, "class", short(wanted))
        self.say(found, "class", wanted)

    def _list(self, cls: str, row: Row) -> None:
        words, rules_ = row.field.vocabulary, self.profile
        grave = "Violation" if words in rules_.must else "Warning" if words in rules_.should else ""
        if not grave:
            return
        field, iri, known = row.field.name, row.field.iri, vocabulary(words)
        if words in _ONE_IS_ENOUGH:
            self._one_of(cls, row, known, grave)
            return
        found = self.property(cls, field, "list", iri, grave, "list", known.base)
        self._listed(found, known)

    def _listed(self, ident: str, known: Vocabulary) -> None:
        if known.open:
            self.say(ident, "pattern", Literal(f"^{re.escape(known.base)}."))
        else:
            values: list[Object] = [concept.iri for concept in known]
            self.say(ident, "in", paths.listed(values, _blank(ident, "l"), self.out))

    def _one_of(self, cls: str, row: Row, known: Vocabulary, grave: str) -> None:
        """No value at all, or one from the list: an alternative hung on the node itself."""
        field = row.field.name
        ident = f"{URN}{self.profile.name}:{cls}.{field}.list"
        self.say(ident, TYPE, SH + "NodeShape")
        self.say(ident, "targetClass", class_iri(cls))
        self.say(ident, "severity", SH + grave)
        self._message(ident, message("one-of-list", field, known.base))
        none, one, value = (_blank(ident, each) for each in ("n", "o", "v"))
        for head in (none, one):
            self.say(head, "path", row.field.iri)
        self.say(none, "maxCount", _number(0))
        self.say(one, "qualifiedMinCount", _number(1))
        self.say(one, "qualifiedValueShape", value)
        self._listed(value, known)
        self.say(ident, "or", paths.listed([none, one], _blank(ident, "l"), self.out))

    def _rule(self, rule: rules.Rule, number: int) -> None:
        """A check that is more than a row of the table."""
        ident = f"{URN}{self.profile.name}:{rule.name}"
        node = ident if rule.path is None else f"{ident}.target"
        self.say(node, TYPE, SH + "NodeShape")
        self.say(node, rule.target, rule.about)
        if rule.path is not None:
            self.say(node, "property", ident)
            head, more = paths.statements(rule.path, f"_:rule{number}path")
            self.out.extend(more)
            self.say(ident, "path", head)
        self.say(ident, "severity", SH + rule.severity)
        self._message(ident, rule.message)
        self.out.extend(rule.constraints(ident, f"_:rule{number}"))

    def _extra(self, each: Extra) -> None:
        """A property that is no field of the model."""
        label, iri = short(each.iri), each.iri
        name = label.replace(":", "_")
        code = "kind-literal" if each.kind == "Literal" else "kind-link"
        if each.kind:
            found = self.property(each.cls, name, "kind", iri, "Violation", code, label=label)
            self.say(found, "nodeKind", SH + each.kind)
        if each.max:
            found = self.property(each.cls, name, "max", iri, "Violation", "too-many", label=label)
            self.say(found, "maxCount", _number(each.max))
        if each.to:
            what = short(each.to)
            found = self.property(each.cls, name, "class", iri, "Violation", "class", what, label)
            self.say(found, "class", each.to)


def wanted_class(found: Profile, cls: str, row: Row) -> str:
    """The rdf:type the values of a row must have, empty when that is not asked.

    Texts and lists of foreign authorities (licences, standards, documents) are never asked
    for: nobody delivers their descriptions with a catalogue.
    """
    linked = found.links.get(f"{cls}.{row.field.name}")
    if linked is not None:
        return linked
    node = row.field.node
    if row.field.range is not Range.NODE or node is None or issubclass(node, Statement):
        return ""
    return "" if row.field.type == PROV + "Attribution" else row.field.type


def short(iri: str) -> str:
    """The IRI with its usual prefix."""
    for prefix, base in PREFIXES.items():
        if iri.startswith(base):
            return f"{prefix}:{iri[len(base) :]}"
    return iri


def _number(value: int) -> Literal:
    return Literal(str(value), None, XSD + "integer")


def _blank(ident: str, part: object) -> str:
    return "_:" + re.sub(r"\W", "_", f"{ident.removeprefix(URN)}_{part}")


def profile_rows(name: str) -> Iterator[tuple[str, Row]]:
    """All rows of a profile with the name of their class."""
    for cls, rows in profile(name).rows.items():
        for row in rows.values():
            yield cls, row
