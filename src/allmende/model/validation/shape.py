# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A compiled shape: it looks at many nodes at once and lists what is wrong with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from allmende.errors import DeadlineExceeded, LimitExceeded
from allmende.model.rdf.terms import Object
from allmende.model.validation.data import Data
from allmende.model.validation.paths import Follow, Path
from allmende.model.validation.values import Bind, Test

MAX_DEPTH = 50
"""Shapes that ask for other shapes inside each other."""
MIN_COUNT, MAX_COUNT = "MinCountConstraintComponent", "MaxCountConstraintComponent"


class Result(NamedTuple):
    """One thing that is wrong (SHACL §3.6.2).

    `path` is the IRI of a property, a path as SPARQL writes it, or empty; `component` is the
    local name of the constraint component; `severity` is Violation, Warning, Info or an IRI.
    """

    focus: Object
    path: str
    value: Object | None
    component: str
    severity: str
    message: dict[str, str]
    source: str


class Enough(Exception):
    """There are more results than were asked for."""


class Run:
    """One validation: its data, its results so far and its limits."""

    __slots__ = ("data", "deadline", "limit", "out", "seconds")

    def __init__(self, data: Data, seconds: float | None = None, limit: int | None = None) -> None:
        self.data = data
        self.out: list[Result] = []
        self.limit = limit
        self.seconds = seconds
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def step(self) -> None:
        """DeadlineExceeded when the time is over; `Enough` when there are results enough."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineExceeded(
                f"The validation took longer than {self.seconds:g} seconds. "
                "Send the data in smaller parts.",
                f"Die Prüfung hat länger als {self.seconds:g} Sekunden gedauert. "
                "Bitte die Daten in kleineren Teilen senden.",
            )
        if self.limit is not None and len(self.out) > self.limit:
            raise Enough


# what is wrong with all values together; None stands for a missing value
Check = Callable[[Data, Object, Sequence[Object]], Iterable[Object | None]]
Nodes = Callable[[Data], Iterable[Object]]


class Shape:
    """A node or property shape; the compiler fills it in, after that it does not change."""

    __slots__ = (
        "absence",
        "checks",
        "children",
        "closed",
        "deactivated",
        "follow",
        "id",
        "maximum",
        "message",
        "minimum",
        "path",
        "path_text",
        "severity",
        "targets",
        "tests",
    )

    def __init__(self, ident: str) -> None:
        self.id = ident
        self.path: Path | None = None
        self.path_text = ""
        self.follow: Follow | None = None
        self.severity = "Violation"
        self.message: dict[str, str] = {}
        self.deactivated = False
        self.minimum = 0
        self.maximum: int | None = None
        self.tests: list[tuple[str, Bind]] = []
        self.checks: list[tuple[str, Check]] = []
        self.absence = False  # whether a missing value can be wrong
        self.closed: frozenset[str] | None = None
        self.children: list[Shape] = []
        self.targets: list[Nodes] = []

    def foci(self, data: Data) -> Iterable[Object]:
        """The nodes the targets of the shape name, each once."""
        if len(self.targets) == 1:
            return self.targets[0](data)
        return dict.fromkeys(node for target in self.targets for node in target(data))

    def run(self, run: Run, foci: Iterable[Object]) -> None:
        """Adds to the results what is wrong with these nodes."""
        if self.deactivated:
            return
        run.step()
        if self.path is None:
            self._values(run, ((focus, (focus,)) for focus in foci))
            if self.closed is not None:
                self._closed(run, foci)
            for child in self.children:
                child.run(run, foci)
        elif self.children:
            pairs = list(self._pairs(run.data, foci))
            self._values(run, pairs)
            values = dict.fromkeys(value for _, found in pairs for value in found)
            for child in self.children:
                child.run(run, values)
        else:
            self._values(run, self._pairs(run.data, foci))

    def _pairs(
        self, data: Data, foci: Iterable[Object]
    ) -> Iterator[tuple[Object, Sequence[Object]]]:
        """The nodes with their values; nodes without any only when that can be wrong."""
        absence, follow = self.absence, self.follow
        if follow is not None:
            for focus in foci:
                values = follow(data, focus)
                if values or absence:
                    yield focus, values
            return
        table = data.table(self.path_text)
        if absence:
            for focus in foci:
                yield focus, table.get(focus, ())  # type: ignore[arg-type]
        elif table:
            for focus in foci:
                if focus in table:
                    yield focus, table[focus]  # type: ignore[index]

    def _values(self, run: Run, pairs: Iterable[tuple[Object, Sequence[Object]]]) -> None:
        tests: list[tuple[str, Test]] | None = None
        low, high = self.minimum, self.maximum
        for focus, values in pairs:
            if tests is None:
                tests = [(component, bind(run.data)) for component, bind in self.tests]
            for component, test in tests:
                for value in values:
                    if not test(value):
                        self._report(run, focus, value, component)
            if len(values) < low:
                self._report(run, focus, None, MIN_COUNT)
            if high is not None and len(values) > high:
                self._report(run, focus, None, MAX_COUNT)
            for component, check in self.checks:
                for wrong in check(run.data, focus, values):
                    self._report(run, focus, wrong, component)

    def _closed(self, run: Run, foci: Iterable[Object]) -> None:
        """sh:closed: properties the shape does not name."""
        allowed = self.closed or frozenset()
        others = [item for item in run.data.properties.items() if item[0] not in allowed]
        for focus in foci:
            for predicate, table in others:
                for value in table.get(focus, ()):  # type: ignore[arg-type]
                    self._report(run, focus, value, "ClosedConstraintComponent", predicate)

    def _report(
        self, run: Run, focus: Object, value: Object | None, component: str, path: str = ""
    ) -> None:
        text = path or self.path_text
        run.out.append(Result(focus, text, value, component, self.severity, self.message, self.id))

    @property
    def plain(self) -> bool:
        """Whether the shape only tests single values, and so can be a test itself."""
        return not (self.path or self.children or self.checks or self.closed is not None)

    def conforms(self, data: Data) -> Test:
        """The shape as a test of one node; LimitExceeded when shapes go round in circles."""
        if self.deactivated:
            return lambda value: True
        with _Deeper(data):
            if self.plain:
                tests = [bind(data) for _, bind in self.tests]
                if len(tests) == 1:
                    return tests[0]
                return lambda value: all(test(value) for test in tests)

        def test(value: Object) -> bool:
            run = Run(data)
            with _Deeper(data):
                self.run(run, (value,))
            return not run.out

        return test


class _Deeper:
    """Counts how deep shapes stand inside each other."""

    __slots__ = ("data",)

    def __init__(self, data: Data) -> None:
        self.data = data

    def __enter__(self) -> None:
        self.data.depth += 1
        if self.data.depth > MAX_DEPTH:
            raise LimitExceeded(
                f"The shapes ask for each other more than {MAX_DEPTH} times over.",
                f"Die Shapes verweisen mehr als {MAX_DEPTH}-mal ineinander.",
                code="shapes-depth",
            )

    def __exit__(self, *_: object) -> None:
        self.data.depth -= 1
