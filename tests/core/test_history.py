# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What each role sees of the past, undo, archive and erasure, on both engines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from allmende.core import catalogue, departures, files, history, search, working_copies
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.errors import (
    Conflict,
    Gone,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionFailed,
)
from allmende.model.catalogue import Catalog, Dataset, Kind, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Scope, Status, Subject

DATASET = ResourceKind.DATASET
Scenario = Callable[[Platform], Awaitable[None]]
KEEPERS = {Role.STEWARD, Role.GATEKEEPER, Role.ADMINISTRATOR}


def member(role: Role, organisation: str = "jena") -> Subject:
    return Subject(
        kind="user", id=f"{role}@{organisation}", roles={organisation: frozenset({role})}
    )


STEWARD = member(Role.STEWARD)


def entry(title: str, **changes: object) -> Entry:
    contact = Kind(fn={"de": f"Frau {title}"}, email=[f"mailto:{title}@stadt.example"])
    made = Entry(
        kind=DATASET,
        id="trees",
        resource=Dataset(title={"de": title}, contact_point=[contact]),
        organisation="jena",
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def sees(role: Role | None, status: Status, level: Level) -> bool:
    """docs/explanation/policy.md, as a table, for somebody of the organisation or nobody."""
    if role in KEEPERS:
        return True
    if status == Status.PUBLISHED:
        inside = role not in (None, Role.CITIZEN)
        return level == Level.OPEN or (level == Level.INTERNAL and inside)
    return status == Status.DRAFT and level != Level.RESTRICTED and role == Role.CONTRIBUTOR


def test_each_role_sees_what_it_would_have_seen_then(run) -> None:
    """Every status and level in turn; in the end the record is public."""

    async def scenario(platform: Platform) -> None:
        states = list(product(Status, Level))
        for number, (status, level) in enumerate(states, 1):
            closed = {"status": status, "metadata_access": level, "legal_basis": "Gesetz"}
            await catalogue.put(platform, SYSTEM, entry(f"stand{number}", **closed))
        await catalogue.put(platform, SYSTEM, entry("offen"))
        last = len(states) + 1
        people = {role: member(role) for role in Role}
        people_and_none = [*people.items(), (None, ANONYMOUS), (None, member(Role.STEWARD, "x"))]
        for role, who in people_and_none:
            wanted = [n for n, state in enumerate(states, 1) if sees(role, *state)]
            found = await history.steps(platform, who, DATASET, "trees")
            assert [each.number for each in found] == [*reversed([*wanted, last])], role
            names = {each.author is None for each in found}
            assert names == {role in (None, Role.CITIZEN)}, role
            for number in range(1, last):
                if number in wanted:
                    await history.compare(platform, who, DATASET, "trees", number, last)
                    continue
                for look in (
                    history.at_revision(platform, who, DATASET, "trees", number),
                    history.compare(platform, who, DATASET, "trees", number, last),
                    history.compare(platform, who, DATASET, "trees", last, number),
                ):
                    with pytest.raises(NotFound):
                        await look

    run(scenario)


def test_as_of_never_puts_another_state_in_the_place_of_a_hidden_one(run) -> None:
    async def scenario(platform: Platform) -> None:
        for title, status in (("eins", "published"), ("zwei", "draft"), ("drei", "published")):
            await catalogue.put(platform, SYSTEM, entry(title, status=Status(status)))
        moments = {
            each.number: each.at
            for each in await history.steps(platform, STEWARD, DATASET, "trees")
        }
        where = (DATASET, "trees")
        assert (await history.as_of(platform, STEWARD, *where, moments[2])).revision == 2
        assert (await history.as_of(platform, ANONYMOUS, *where, moments[1])).revision == 1
        assert (await history.as_of(platform, ANONYMOUS, *where, moments[3] + 10**9)).revision == 3
        for hidden in (moments[2], moments[3] - 1, moments[1] - 1, -(10**18)):
            with pytest.raises(NotFound) as refused:
                await history.as_of(platform, ANONYMOUS, *where, hidden)
            assert refused.value.code == "not-seen-then"

    run(scenario)


def test_who_owns_it_now_does_not_see_what_was_inside_before(run) -> None:
    async def scenario(platform: Platform) -> None:
        secret = {"metadata_access": Level.RESTRICTED, "legal_basis": "Gesetz"}
        await catalogue.put(platform, SYSTEM, entry("geheim", organisation="gera", **secret))
        await catalogue.put(platform, SYSTEM, entry("offen"))
        now_owner = await history.steps(platform, STEWARD, DATASET, "trees")
        assert [each.number for each in now_owner] == [2]
        before = await history.steps(platform, member(Role.STEWARD, "gera"), DATASET, "trees")
        assert [each.number for each in before] == [2, 1]
        assert [each.author is None for each in before] == [True, False]
        with pytest.raises(NotFound):
            await history.restore(platform, STEWARD, DATASET, "trees", 1, expected_revision=2)

    run(scenario)


def test_people_of_former_states_are_for_insiders(run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, STEWARD, entry("frueher"))
        await catalogue.put(platform, STEWARD, entry("heute"))
        for who, named in ((ANONYMOUS, False), (member(Role.READER), True)):
            then = await history.at_revision(platform, who, DATASET, "trees", 1)
            assert ("Frau frueher" in str(then.resource)) is named
            found = await history.compare(platform, who, DATASET, "trees", 1, 2)
            assert ("frueher@stadt.example" in str(found.changes)) is named
            now = await history.at_revision(platform, who, DATASET, "trees", 2)
            assert "Frau heute" in str(now.resource)

    run(scenario)


def test_undo_makes_a_new_revision_and_opens_nothing(run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, STEWARD, entry("eins"))
        closed = {"metadata_access": Level.INTERNAL, "legal_basis": "Gesetz"}
        await catalogue.put(platform, STEWARD, entry("zwei", **closed))
        where = (DATASET, "trees", 1)
        for who in (ANONYMOUS, member(Role.STEWARD, "x")):
            with pytest.raises((NotAuthenticated, NotFound, NotAllowed)):
                await history.restore(platform, who, *where, expected_revision=2)
        for role in (Role.READER, Role.GATEKEEPER):
            with pytest.raises(NotAllowed):
                await history.restore(platform, member(role), *where, expected_revision=2)
        with pytest.raises(PreconditionFailed):
            await history.restore(platform, STEWARD, *where, expected_revision=1)
        with pytest.raises(InvalidInput):
            await history.restore(
                platform, STEWARD, *where, expected_revision=2, reason="x" * 1_001
            )
        made = await history.restore(
            platform, STEWARD, *where, expected_revision=2, reason="Versehen"
        )
        assert isinstance(made, catalogue.Outcome)
        assert made.revision == 3
        record = await catalogue.get(platform, STEWARD, DATASET, "trees")
        assert record.resource.title == {"de": "eins"}
        assert (record.metadata_access, record.legal_basis) == (Level.INTERNAL, "Gesetz")
        with pytest.raises(NotFound):
            await catalogue.get(platform, ANONYMOUS, DATASET, "trees")
        copy = await history.restore(
            platform, member(Role.CONTRIBUTOR), DATASET, "trees", 2, expected_revision=3
        )
        assert isinstance(copy, working_copies.WorkingCopy)
        assert copy.resource.title == {"de": "zwei"}
        assert record.resource.title == {"de": "eins"}

    run(scenario)


def test_deeds_are_named(run) -> None:
    async def scenario(platform: Platform) -> None:
        steps: list[dict[str, object]] = [
            {"status": Status.DRAFT},
            {},
            {"data_access": Level.INTERNAL, "legal_basis": "Gesetz"},
            {"status": Status.DRAFT},
            {},
            {"status": Status.ARCHIVED},
            {},
        ]
        for each in steps:
            await catalogue.put(platform, STEWARD, entry("eins", **each))
        await catalogue.put(platform, STEWARD, entry("zwei"))
        found = await history.steps(platform, STEWARD, DATASET, "trees")
        assert [each.deed for each in reversed(found)] == [
            "created", "published", "access", "hidden", "published", "archived", "unarchived",
            "changed",
        ]  # fmt: skip
        assert found[0].author == history.Author("gone", "")

    run(scenario)


def test_what_left_is_told_to_those_who_could_see_it(run) -> None:
    async def scenario(platform: Platform) -> None:
        inside = {"metadata_access": Level.INTERNAL, "legal_basis": "Gesetz"}
        await catalogue.put(platform, SYSTEM, entry("offen", id="open"))
        await catalogue.put(platform, SYSTEM, entry("intern", id="inside", **inside))
        await catalogue.put(platform, SYSTEM, entry("entwurf", id="draft", status=Status.DRAFT))
        for ident in ("open", "inside", "draft"):
            where = (platform, STEWARD, DATASET, ident)
            await departures.archive(*where, "Ersetzt", replaced_by="https://neu.example/x")
        expected = ((ANONYMOUS, {"open"}), (member(Role.READER), {"open", "inside"}))
        for who, idents in expected:
            for ident in ("open", "inside", "draft", "never"):
                left = await departures.find(platform, who, DATASET, ident)
                assert (left is not None) == (ident in idents)
                error = await departures.gone(platform, who, DATASET, ident, NotFound("no"))
                assert isinstance(error, Gone) == (ident in idents)
        left = await departures.find(platform, ANONYMOUS, DATASET, "open")
        assert left is not None
        assert (left.title, left.reason) == ({"de": "offen"}, "Ersetzt")
        assert left.replaced_by == "https://neu.example/x"
        record = await catalogue.get(platform, STEWARD, DATASET, "open")
        closed = catalogue.entry_of(record)
        closed.metadata_access, closed.legal_basis = Level.RESTRICTED, "Gesetz"
        await catalogue.put(platform, STEWARD, closed)
        assert await departures.find(platform, ANONYMOUS, DATASET, "open") is None
        await departures.unarchive(platform, STEWARD, DATASET, "inside")
        assert await departures.find(platform, member(Role.READER), DATASET, "inside") is None
        back = await catalogue.get(platform, STEWARD, DATASET, "inside")
        assert back.status == Status.DRAFT
        with pytest.raises(Conflict):
            await departures.unarchive(platform, STEWARD, DATASET, "inside")

    run(scenario)


def test_archiving_needs_a_reason_a_right_and_the_known_revision(run) -> None:
    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, entry("eins"))
        where = (DATASET, "trees")
        for who in (ANONYMOUS, member(Role.READER), member(Role.CONTRIBUTOR)):
            with pytest.raises((NotAuthenticated, NotAllowed)):
                await departures.archive(platform, who, *where, "x")
        for bad in ("javascript:alert(1)", "ftp://x.example", "https://", "http://[", "x" * 3_000):
            with pytest.raises(InvalidInput):
                await departures.archive(platform, STEWARD, *where, "x", replaced_by=bad)
        for reason in ("", "  ", "x" * 1_001):
            with pytest.raises(InvalidInput):
                await departures.archive(platform, STEWARD, *where, reason)
        with pytest.raises(PreconditionFailed):
            await departures.archive(platform, STEWARD, *where, "x", expected_revision=7)
        await departures.archive(platform, member(Role.GATEKEEPER), *where, "x")
        with pytest.raises(Conflict):
            await working_copies.start(platform, STEWARD, *where)

    run(scenario)


def test_erasing_leaves_nothing_but_the_sign(run) -> None:
    async def scenario(platform: Platform) -> None:
        chief = member(Role.ADMINISTRATOR)
        made = await catalogue.put(platform, SYSTEM, entry("Geheimnis"))
        await catalogue.put(platform, SYSTEM, entry("Anderes", id="other"))
        for ident, name, content in (
            ("trees", "a.csv", b"a,b\n"),
            ("trees", "b.csv", b"c,d\n"),
            ("other", "c.csv", b"c,d\n"),
        ):
            await files.store(platform, STEWARD, ident, name, content, "text/csv")
        _, kept = await files.locate(platform, STEWARD, "other", "c.csv")
        where = (DATASET, "trees")
        with pytest.raises(Conflict):
            await departures.erase(platform, chief, *where, "Gericht", expected_revision=1)
        await departures.archive(platform, STEWARD, *where, "Weg")
        weak = Subject("token", "t", "", chief.roles, frozenset({Scope.CATALOGUE_WRITE}))
        for who in (STEWARD, member(Role.GATEKEEPER), weak):
            with pytest.raises(NotAllowed):
                await departures.erase(platform, who, *where, "Gericht", expected_revision=2)
        with pytest.raises(PreconditionFailed):
            await departures.erase(platform, chief, *where, "Gericht", expected_revision=1)
        await departures.erase(platform, chief, *where, "Gericht", expected_revision=2)
        with pytest.raises(NotFound):
            await catalogue.get(platform, SYSTEM, *where)
        assert [each for each in platform.files.rglob("*") if each.is_file()] == [kept]
        left = await departures.find(platform, ANONYMOUS, *where)
        assert left is not None
        assert (left.erased, left.title, left.reason) == (True, {}, "Gericht")
        found = await search.search(platform, SYSTEM, search.SearchQuery(text="Geheimnis"))
        assert found.total == 0
        tables = {"revision": 1, "working_copy": 0, "stored_file": 1, "resource_validation": 1}
        for table, number in tables.items():
            rows = await platform.store.read(
                lambda db, t=table: db.value(f"select count(*) from {t}")
            )
            assert rows == number, table
        again = await catalogue.put(platform, SYSTEM, entry("Neues"))
        assert (again.id, again.revision, again.change) == (made.id, 1, "created")
        found = await search.search(platform, SYSTEM, search.SearchQuery(text="Neues"))
        assert found.total == 1

    run(scenario)


def test_a_catalogue_with_records_is_not_erased(run) -> None:
    async def scenario(platform: Platform) -> None:
        parent = Entry(
            kind=ResourceKind.CATALOG, resource=Catalog(), organisation="jena", id="stadt"
        )
        await catalogue.put(platform, SYSTEM, parent)
        await catalogue.put(platform, SYSTEM, entry("eins", catalogue="stadt"))
        where = (ResourceKind.CATALOG, "stadt")
        await departures.archive(platform, SYSTEM, *where, "x")
        with pytest.raises(Conflict):
            await departures.erase(platform, SYSTEM, *where, "x", expected_revision=2)

    run(scenario)


def test_times_are_read_as_people_write_them() -> None:
    day = history.moment_of("2024-05-01", "Europe/Berlin")
    assert day == history.moment_of("2024-05-01T21:59:59.999999Z", "Europe/Berlin")
    assert history.moment_of("2024-05-01T12:00", "Europe/Berlin") == history.moment_of(
        "2024-05-01T10:00:00Z", "UTC"
    )
    assert history.moment_of("2024-05-01T12:00:00 02:00", "UTC") == history.moment_of(
        "2024-05-01T10:00:00Z", "UTC"
    )
    for wrong in ("", "gestern", "2024-02-30", "9999-12-31"):
        with pytest.raises(InvalidInput):
            history.moment_of(wrong, "Europe/Berlin")
