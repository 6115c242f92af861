# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Validation: of every record when it is written, and of any RDF that somebody brings.

report = await document(content, "text/turtle", ("govdata",), Limits())
checked = await findings(platform, subject, ResourceKind.DATASET, "trees")
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio.to_thread
from msgspec import Struct

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.core.revalidating import projection_of, rebuild
from allmende.errors import InvalidInput, LimitExceeded, NotAllowed, NotAuthenticated
from allmende.model import rdf
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Everything, all_of
from allmende.model.namespaces import PREFIXES
from allmende.model.profile import DELIVERIES, PROFILES, Profile, profile
from allmende.model.validation import Data, Result, profiles
from allmende.model.validation import report as shacl_report
from allmende.model.validation.paths import SH, Path
from allmende.model.validation.record import DEFAULT, Checked, Finding, asked_of, check
from allmende.policy import Action, Subject, may, read_condition
from allmende.projections.validation import CHECKS, ValidationProjection
from allmende.store import Connection
from allmende.store import catalogue as rows
from allmende.store import validation as stored
from allmende.store.records import Record
from allmende.store.validation import Sums

__all__ = [
    "DEFAULT",
    "NAMES",
    "Checked",
    "Finding",
    "Limits",
    "Report",
    "Result",
    "Sums",
    "choose",
    "chosen",
    "document",
    "findings",
    "known",
    "named",
    "of_record",
    "report_file",
    "shapes_file",
    "sums",
]

NAMES = PROFILES + DELIVERIES
"""The profiles that can be asked for."""


class Limits(Struct, frozen=True):
    """What one document may be and cost."""

    size: int = 10_000_000  # bytes
    statements: int = 500_000
    seconds: float = 20.0  # of checking
    results: int = 10_000  # listed


class Report(Struct, frozen=True):
    """What was found in a document; `cut` when there are more results than are listed."""

    profiles: tuple[str, ...]
    statements: int
    results: list[Result]
    cut: bool
    unread: int  # lines that could not be read

    @property
    def conforms(self) -> bool:
        """Whether nothing breaks a profile; warnings and hints do not."""
        return not any(each.severity == "Violation" for each in self.results)

    def count(self, severity: str) -> int:
        """How many listed results have this severity (Violation, Warning, Info)."""
        return sum(1 for each in self.results if each.severity == severity)


# --- any RDF ------------------------------------------------------------------------------


def named(text: str | None) -> tuple[str, ...]:
    """The profiles a parameter names, with commas between them; InvalidInput when unknown."""
    names = tuple(dict.fromkeys(each.strip() for each in (text or "").split(",") if each.strip()))
    for name in names:
        if name not in NAMES:
            listed = ", ".join(NAMES)
            raise InvalidInput(
                f"There is no profile “{name}”; choose from: {listed}.",
                f"Es gibt kein Profil „{name}“; möglich sind: {listed}.",
                code="unknown-profile",
            )
    return names or DEFAULT


async def document(
    content: bytes, syntax: str, names: Sequence[str], limits: Limits | None = None
) -> Report:
    """Checks a document in any RDF syntax, off the event loop.

    Raises InvalidInput for what cannot be read, LimitExceeded, DeadlineExceeded.
    """
    allowed = limits or Limits()
    return await anyio.to_thread.run_sync(check_document, content, syntax, names, allowed)


def check_document(content: bytes, syntax: str, names: Sequence[str], limits: Limits) -> Report:
    """`document` in this thread."""
    if len(content) > limits.size:
        raise LimitExceeded(
            f"The document has more than {limits.size} bytes. Send it in smaller parts.",
            f"Das Dokument hat mehr als {limits.size} Bytes. Bitte in kleineren Teilen senden.",
            code="document-size",
        )
    graph = rdf.parse(content, syntax)
    if graph.size > limits.statements:
        raise LimitExceeded(
            f"The document has more than {limits.statements} statements. Send it in smaller parts.",
            f"Das Dokument hat mehr als {limits.statements} Aussagen. "
            "Bitte in kleineren Teilen senden.",
            code="document-statements",
        )
    if not graph.size:
        raise InvalidInput(
            "The document says nothing: it holds no statement.",
            "Das Dokument sagt nichts aus: Es enthält keine Aussage.",
            code="document-empty",
        )
    return _checked(Data.of_graph(graph), tuple(names), limits, len(graph.problems))


def _checked(data: Data, names: tuple[str, ...], limits: Limits, unread: int) -> Report:
    """What several profiles ask in the same way is listed once."""
    found: dict[tuple[object, ...], Result] = {}
    for name in names:
        shapes = profiles.compiled(name)
        for each in shapes.validate(data, seconds=limits.seconds, limit=limits.results + 1):
            check_name = each.source.partition(f":{name}:")[2]
            found.setdefault((each.focus, each.value, each.path, check_name), each)
    results = sorted(found.values(), key=lambda each: _ORDER.get(each.severity, 3))
    cut = len(results) > limits.results
    return Report(names, data.size, results[: limits.results], cut, unread)


_ORDER = {"Violation": 0, "Warning": 1, "Info": 2}


def known() -> list[Profile]:
    """All profiles that can be asked for."""
    return [profile(name) for name in NAMES]


def shapes_file(name: str, syntax: str) -> bytes:
    """The SHACL file of a profile in an RDF syntax; NotFound for an unknown name."""
    return profiles.shacl_file(name, syntax)


def report_file(report: Report, syntax: str) -> bytes:
    """A SHACL validation report in an RDF syntax."""
    paths: dict[str, Path] = {}
    for name in report.profiles:
        paths.update(profiles.compiled(name).paths)
    lines = shacl_report(report.results, paths)
    return rdf.serialise(lines, syntax, dict(PREFIXES, sh=SH))


# --- records ------------------------------------------------------------------------------


async def findings(platform: Platform, subject: Subject, kind: ResourceKind, ident: str) -> Checked:
    """The findings of a record, for whoever sees the record; NotFound as for the record."""
    return await of_record(platform, await catalogue.get(platform, subject, kind, ident))


async def of_record(platform: Platform, record: Record) -> Checked:
    """The findings of a record that was read for somebody."""
    return await platform.store.read(_stored, projection_of(platform), record)


def _stored(db: Connection, projection: ValidationProjection, record: Record) -> Checked:
    found = stored.find(db, record.key, CHECKS)
    if found is None:  # written by an older program
        wanted = asked_of(record.resource, projection.read_choice(db, record.catalogue))
        found = check(record.resource, wanted)
    return found


async def sums(platform: Platform, subject: Subject, catalogue_id: str | None = None) -> Sums:
    """The sums over all records of a catalogue that the subject may see."""
    own = Compare("catalogue", "=", catalogue_id) if catalogue_id else Everything()
    condition = all_of(read_condition(subject), own)
    return await platform.store.read_slow(stored.sums, condition)


# --- profiles of a catalogue --------------------------------------------------------------


async def chosen(platform: Platform, subject: Subject, catalogue_id: str) -> tuple[str, ...]:
    """The profiles the records of a catalogue have to meet; NotFound as for the catalogue."""
    await catalogue.get(platform, subject, ResourceKind.CATALOG, catalogue_id)
    return await platform.store.read(stored.chosen, catalogue_id) or DEFAULT


async def choose(
    platform: Platform, subject: Subject, catalogue_id: str, names: Sequence[str]
) -> int:
    """Sets the profiles of a catalogue and checks its records anew; how many they are.

    No names give the choice back to the program. Raises InvalidInput, NotFound,
    NotAuthenticated, NotAllowed.
    """
    wanted = named(",".join(names)) if names else ()
    record = await catalogue.get(platform, subject, ResourceKind.CATALOG, catalogue_id)
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Sign in or send a token to choose the profiles of a catalogue.",
            "Bitte melden Sie sich an oder senden Sie ein Token, um die Profile zu wählen.",
        )
    if not may(subject, Action.WRITE, record.organisation):
        raise NotAllowed(
            "Choosing the profiles of a catalogue is for its editors.",
            "Die Profile eines Katalogs wählen die, die ihn bearbeiten dürfen.",
        )
    await platform.store.write(stored.choose, catalogue_id, wanted)
    keys = await platform.store.read_slow(_members, catalogue_id)
    await rebuild(platform, keys)
    return len(keys)


def _members(db: Connection, catalogue_id: str) -> list[int]:
    return rows.keys(db, Compare("catalogue", "=", catalogue_id))
