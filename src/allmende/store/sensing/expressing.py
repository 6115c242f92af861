# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bound expressions of SensorThings queries as SQL, the same meaning on both engines."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from allmende.errors import InvalidInput, Unsupported
from allmende.model.sensing.entities import TYPES, Kind
from allmende.model.sensing.odata.evaluate import fold
from allmende.model.sensing.odata.functions import ARITHMETIC, COMPARISONS, FUNCTIONS
from allmende.model.sensing.odata.times import show_time
from allmende.model.sensing.odata.tree import (
    LOGIC,
    NULL,
    Call,
    Constant,
    Members,
    Node,
    Reference,
    Some,
    references,
)
from allmende.store.connection import Dialect
from allmende.store.sensing.frames import Frame, Sight
from allmende.store.sensing.words import POSTGRES, SQLITE

_SIGNS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TIMES = frozenset({"time", "interval"})
_SHAPED = {
    Kind.LOCATION: "shape",
    Kind.FEATURE: "shape",
    Kind.DATASTREAM: "shape",
    Kind.MULTI_DATASTREAM: "shape",
}
_SPANS = {
    "phenomenonTime": ("first_time", "last_time"),
    "resultTime": ("first_result_time", "last_result_time"),
}
_NEAR = frozenset(
    {"geo.intersects", "st_within", "st_intersects", "st_contains", "st_equals", "st_overlaps"}
    | {"st_crosses", "st_touches"}
)


class Term(Struct, frozen=True):
    """A value: its kind and SQL; of an interval also that of its end; of JSON the way into it."""

    kind: str
    sql: str
    end: str = ""
    inside: tuple[str, ...] = ()
    constant: Constant | None = None
    box: str = ""  # alias whose west … north surround a geometry


class Expressions:
    """Turns trees into SQL for frames and collects the parameters."""

    def __init__(self, dialect: Dialect, prefix: str = "x") -> None:
        self.dialect = dialect
        self.on_postgres = dialect.name == "postgres"
        self.words = POSTGRES if self.on_postgres else SQLITE
        self.params: dict[str, Any] = {}
        self._prefix = prefix

    def bind(self, value: Any) -> str:
        """A parameter with this value."""
        if isinstance(value, str) and "\0" in value:
            raise InvalidInput(
                "A text of the query has a character no database can hold.",
                "Ein Text der Abfrage enthält ein Zeichen, das keine Datenbank speichert.",
            )
        name = f"{self._prefix}_{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    # --- conditions ----------------------------------------------------------------------

    def condition(self, node: Node, frame: Frame) -> str:
        """A condition; a relation to many in it is met if any entity meets it."""
        match node:
            case Call("and" | "or" as name, (left, right)):
                return f"({self.condition(left, frame)} {name} {self.condition(right, frame)})"
            case Call("not", (part,)):
                return f"not ({self.condition(part, frame)})"
            case Call("untrue", (part,)):
                return f"(({self.condition(part, frame)}) is not true)"
            case Some(Reference() as source, variable, body):
                return self._some(source, variable, body, frame)
            case Constant(_, value):
                return {True: "1 = 1", False: "1 = 0"}.get(value, "(null = 1)")
            case _:
                return self._atom(node, frame)

    def _some(self, source: Reference, variable: str, body: Node, frame: Frame) -> str:
        """Whether there is one of those a relation leads to, which may be seen, that meets it."""
        owner, rest = frame.owner(source.links, source.variable)
        if rest[-1].target == Kind.OBSERVATION:
            raise _no_observations()
        inner = owner.through(rest, variable or f"{owner.variable}/")
        met = self.condition(body, inner)
        return f"exists (select 1 from {inner.source} where {inner.where} and {met})"

    def _atom(self, node: Node, frame: Frame) -> str:
        for each in references(node):
            owner, rest = frame.owner(each.links, each.variable)
            many = next((at for at, link in enumerate(rest) if link.many), None)
            if many is not None:
                if rest[many].target == Kind.OBSERVATION:
                    raise _no_observations()
                inner = owner.through(rest[: many + 1])
                met = self._atom(node, inner)
                return f"exists (select 1 from {inner.source} where {inner.where} and {met})"
        return self._truth(self.term(node, frame))

    def _truth(self, term: Term) -> str:
        if term.kind == "json":
            return self._json(term, "boolean")
        return term.sql

    # --- values --------------------------------------------------------------------------

    def term(self, node: Node, frame: Frame) -> Term:
        """A value."""
        node = fold(node)
        match node:
            case Constant():
                return self._constant(node)
            case Reference():
                return self._reference(node, frame)
            case Members(reference, ids):
                given = self._reference(reference, frame)
                name = self.bind(self.dialect.list_value(sorted(ids)))[1:]
                return Term("boolean", self.dialect.any_of(given.sql, name))
            case Call(name, args):
                return self._call(name, args, frame)
            case _:
                raise AssertionError(node)

    def _call(self, name: str, args: tuple[Node, ...], frame: Frame) -> Term:
        if name in LOGIC:
            return Term("boolean", self.condition(Call(name, args), frame))
        terms = [self.term(each, frame) for each in args]
        if name in COMPARISONS:
            return Term("boolean", self.compared(name, *terms))
        if name == "in":
            tests = [self.compared("eq", terms[0], each) for each in terms[1:]]
            return Term("boolean", f"({' or '.join(tests)})")
        if name in ARITHMETIC:
            return self._calculated(name, *terms)
        return self._function(name, terms)

    def _constant(self, node: Constant) -> Term:
        kind, value = node.kind, node.value
        if kind == "null":
            return Term(kind, "null", constant=node)
        if kind == "boolean":
            return Term(kind, "(1 = 1)" if value else "(1 = 0)", constant=node)
        if kind == "interval":
            return Term(kind, self.bind(value[0]), self.bind(value[1]), constant=node)
        if kind == "geometry":
            return Term(kind, self._shape(self.bind(value)), constant=node)
        sql = self.bind(value)
        if self.on_postgres and kind in ("text", "date", "clock"):
            sql = f"cast({sql} as text)"
        return Term(kind, sql, constant=node)

    def _shape(self, sql: str) -> str:
        return f"ST_GeomFromWKB({sql}, 4326)" if self.on_postgres else sql

    def _reference(self, node: Reference, frame: Frame) -> Term:
        owner, rest = frame.owner(node.links, node.variable)
        if node.kind == Kind.OBSERVATION:
            raise _no_observations()
        if node.name == "id" and rest and not rest[-1].many:
            alias = owner.follow(rest)  # through the table, so that hidden ones are null
        else:
            alias = owner.follow(rest) if rest else owner.alias
        if node.name == "id":
            return Term("number", f"{alias}.id")
        if node.name in _SPANS and node.type == "interval":
            first, last = _SPANS[node.name]
            state = owner.state(alias)
            return Term("interval", f"{state}.{first}", f"{state}.{last}")
        if node.name == "observedArea":
            return self._area(node, alias, owner.sight.data(alias))
        return self._column(node, alias, owner.sight)

    def _area(self, node: Reference, alias: str, told: str) -> Term:
        """The area follows from what was observed; who may not see that has none."""
        if node.inside:
            return Term("json", f"(case when {told} then {alias}.area end)", inside=node.inside)
        shape = f"(case when {told} then {alias}.{_SHAPED[node.kind]} end)"
        return Term("geometry", self._shape(shape))

    def _column(self, node: Reference, alias: str, sight: Sight) -> Term:
        entity = TYPES[node.kind]
        attribute = entity.attribute(node.name)
        assert attribute is not None  # noqa: S101 - bound
        column = f"{alias}.{attribute.column}"
        if attribute.personal:
            return Term("text", sight.personal(alias, attribute.column))
        if node.inside or attribute.type in ("json", "any"):
            return Term("json", column, inside=node.inside)
        if attribute.type == "geometry":
            return Term("geometry", self._shape(f"{alias}.{_SHAPED[node.kind]}"), box=alias)
        return Term("time" if attribute.type == "time" else attribute.type, column)

    # --- comparisons ---------------------------------------------------------------------

    def compared(self, name: str, left: Term, right: Term) -> str:
        """A comparison of two terms."""
        if NULL in (left.constant, right.constant):
            given = right if left.constant == NULL else left
            return f"({self._bare(given)} is {'' if name == 'eq' else 'not '}null)"
        if {left.kind, right.kind} & _TIMES and "json" not in (left.kind, right.kind):
            return self._times(name, left, right)
        if left.kind == "geometry":
            found = self.words["st_equals"].format(left.sql, right.sql)
            return found if name == "eq" else f"not ({found})"
        one, other = self._alike(left, right), self._alike(right, left)
        return f"({one} {_SIGNS[name]} {other})"

    def _bare(self, term: Term) -> str:
        """Something that is null when the value is."""
        return self._json(term, "any") if term.kind == "json" else term.sql

    def _alike(self, term: Term, other: Term) -> str:
        """The value in the form in which the other one is."""
        if term.kind != "json":
            if other.kind == "json" and term.kind in _TIMES:
                return self._written(term)
            return term.sql
        if other.kind == "json":
            return self._json(term, "any")
        kind = "text" if other.kind in ("time", "date", "clock", "text") else other.kind
        return self._json(term, kind)

    def _written(self, term: Term) -> str:
        """A time as text, as it stands in JSON."""
        if term.constant is None or term.kind != "time":
            raise Unsupported(
                "Times inside of JSON can be compared with a written time only.",
                "Zeiten in JSON lassen sich nur mit einer angegebenen Zeit vergleichen.",
            )
        return self.bind(show_time(term.constant.value))

    def _times(self, name: str, left: Term, right: Term) -> str:
        left, right = self._as_time(left), self._as_time(right)
        one, one_end = left.sql, left.end or left.sql
        other, other_end = right.sql, right.end or right.sql
        if name in ("eq", "ne"):
            same = f"({one} = {other} and {one_end} = {other_end})"
            return same if name == "eq" else f"not {same}"
        pairs = {
            "gt": (one, ">", other_end),
            "lt": (one_end, "<", other),
            "ge": (one, ">=", other),
            "le": (one_end, "<=", other_end),
        }
        return "({} {} {})".format(*pairs[name])

    def _as_time(self, term: Term) -> Term:
        if term.kind != "date":
            return term
        from allmende.model.sensing.odata.times import read_time

        if term.constant is None:
            raise Unsupported(
                "A calculated date is compared with another date: date(…) eq date(…).",
                "Ein berechnetes Datum wird mit einem Datum verglichen: date(…) eq date(…).",
            )
        return Term("time", self.bind(read_time(term.constant.value)))

    # --- calculations --------------------------------------------------------------------

    def _calculated(self, name: str, left: Term, right: Term) -> Term:
        kinds = {left.kind, right.kind}
        if kinds & (_TIMES | {"duration"}):
            sign = {"add": "+", "sub": "-", "mul": "*", "div": "/"}[name]
            kind = "duration"
            if kinds & _TIMES and not kinds <= _TIMES:
                kind = "time"
            return Term(kind, f"({left.sql} {sign} {right.sql})")
        one, other = (f"cast({self._alike(t, _NUMBER)} as double precision)" for t in (left, right))
        if name == "div":
            return Term("number", f"({one} / nullif({other}, 0))")
        if name == "mod":
            rest = f"({one} - {other} * trunc({one} / nullif({other}, 0)))"
            return Term("number", rest)
        sign = {"add": "+", "sub": "-", "mul": "*"}[name]
        return Term("number", f"({one} {sign} {other})")

    def _function(self, name: str, terms: list[Term]) -> Term:
        function = FUNCTIONS[name]
        if name in _NEAR:
            return Term("boolean", self._near(name, *terms))
        if name == "st_relate":
            _check_pattern(terms[2])
        given = [
            self._alike(term, Term(kind, ""))
            for term, kind in zip(terms, function.takes, strict=False)
        ]
        full = "substring3" if name == "substring" and len(given) == 3 else name
        return Term(function.gives, self.words[full].format(*given))

    def _near(self, name: str, left: Term, right: Term) -> str:
        """A relation of geometries that meet, with a look at their boxes first."""
        test = self.words[name].format(left.sql, right.sql)
        for column, literal in ((left, right), (right, left)):
            if column.box and literal.constant is not None:
                import shapely

                west, south, east, north = shapely.bounds(
                    shapely.from_wkb(literal.constant.value)
                ).tolist()
                if west == west:  # not an empty geometry
                    a = column.box
                    return (
                        f"({a}.west <= {self.bind(east)} and {a}.east >= {self.bind(west)} and "
                        f"{a}.south <= {self.bind(north)} and {a}.north >= {self.bind(south)} "
                        f"and {test})"
                    )
        return test

    # --- JSON ----------------------------------------------------------------------------

    def _json(self, term: Term, kind: str) -> str:
        """The value inside of JSON if it is of a kind, else null."""
        if self.on_postgres:
            return self._jsonb(term, kind)
        way = self.bind("$" + "".join(_json_step(each) for each in term.inside))
        type_, value = f"json_type({term.sql}, {way})", f"json_extract({term.sql}, {way})"
        if kind == "number":
            return f"case when {type_} in ('integer', 'real') then {value} end"
        if kind == "text":
            return f"case when {type_} = 'text' then {value} end"
        if kind == "boolean":
            return f"case {type_} when 'true' then 1 = 1 when 'false' then 1 = 0 end"
        return value

    def _jsonb(self, term: Term, kind: str) -> str:
        way = self.bind(list(term.inside))
        inner = f"(cast({term.sql} as jsonb) #> cast({way} as text[]))"
        text = f"(cast({term.sql} as jsonb) #>> cast({way} as text[]))"
        if kind == "number":
            plain = f"cast({text} as double precision)"
            return f"case when jsonb_typeof({inner}) = 'number' then {plain} end"
        if kind == "text":
            return f"case when jsonb_typeof({inner}) = 'string' then ({text} collate \"C\") end"
        if kind == "boolean":
            return f"case when jsonb_typeof({inner}) = 'boolean' then {text} = 'true' end"
        return f"nullif({inner}, cast('null' as jsonb))"

    def keys(self, term: Term) -> list[tuple[str, bool]]:
        """What to sort by, and whether it is text: of JSON the number and then the text."""
        if term.kind == "json":
            return [(self._json(term, "number"), False), (self._json(term, "text"), True)]
        if term.kind == "interval":
            return [(term.sql, False), (term.end, False)]
        if term.kind == "geometry":
            raise InvalidInput(
                "Geometries have no order; leave them out of $orderby.",
                "Geometrien haben keine Reihenfolge; bitte in $orderby weglassen.",
            )
        if term.kind == "boolean":
            return [(f"case when {term.sql} then 1 else 0 end", False)]
        return [(term.sql, term.kind in ("text", "date", "clock"))]


_NUMBER = Term("number", "")


def _json_step(name: str) -> str:
    return f"[{name}]" if name.isdigit() else f'."{name}"'


def _check_pattern(term: Term) -> None:
    from allmende.store.sensing.places import is_pattern

    if term.constant is None or not is_pattern(term.constant.value):
        raise InvalidInput(
            "st_relate takes nine signs of T, F, *, 0, 1, 2, such as 'T********'.",
            "st_relate braucht neun Zeichen aus T, F, *, 0, 1, 2, zum Beispiel 'T********'.",
        )


def _no_observations() -> Unsupported:
    return Unsupported(
        "A filter over things cannot look into their observations; ask /Observations with "
        "$filter, or use phenomenonTime and resultTime of Datastreams.",
        "Ein Filter über Objekte kann nicht in ihre Beobachtungen sehen; fragen Sie "
        "/Observations mit $filter oder nutzen Sie phenomenonTime der Datastreams.",
    )
