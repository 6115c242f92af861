# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The rules themselves: who sees what, with which reason, and who may do what."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.filter import Nothing, Value, matches
from allmende.policy import (
    ANONYMOUS,
    EVERY_ORGANISATION,
    REASONS,
    SYSTEM,
    Action,
    Grant,
    Level,
    Role,
    Scope,
    Status,
    Subject,
    may,
    read_condition,
    read_rules,
    why,
)

ORGANISATIONS = ("jena", "weimar")
RECORDS: list[dict[str, Value | None]] = [
    {"organisation": o, "status": s, "metadata_access": m, "data_access": d, "dataset": f"{o}-1"}
    for o, s, m, d in product(ORGANISATIONS, Status, Level, Level)
]

roles = st.frozensets(st.sampled_from(Role))
subjects = st.builds(
    Subject,
    kind=st.sampled_from(["user", "token"]),
    id=st.just("somebody"),
    roles=st.dictionaries(st.sampled_from([*ORGANISATIONS, EVERY_ORGANISATION]), roles),
    scopes=st.frozensets(st.sampled_from(Scope)),
    grants=st.lists(st.builds(Grant, st.sampled_from(["jena-1", "x"]), st.just(1)), max_size=3).map(
        tuple
    ),
)


def user(*held: Role, organisation: str = "jena") -> Subject:
    return Subject(kind="user", id="somebody", roles={organisation: frozenset(held)})


@given(subjects, st.sampled_from(RECORDS), st.sampled_from(["metadata", "data"]))
def test_the_reason_and_the_condition_always_agree(subject, record, part) -> None:
    reason = why(subject, record, part)
    assert (reason is not None) == matches(read_condition(subject, part), record)
    assert reason is None or set(REASONS[reason]) == {"de", "en"}


@given(subjects, st.sampled_from(RECORDS))
def test_nobody_sees_less_than_the_public_unless_the_token_is_narrow(subject, record) -> None:
    if matches(read_condition(ANONYMOUS), record) and subject.scopes & {
        Scope.CATALOGUE_READ,
        Scope.ADMIN,
    }:
        assert matches(read_condition(subject), record)


@given(subjects, st.sampled_from(RECORDS))
def test_without_a_role_there_is_nothing_beyond_the_public(subject, record) -> None:
    held = subject.roles.get(str(record["organisation"]), frozenset())
    everywhere = subject.roles.get(EVERY_ORGANISATION, frozenset())
    if not held | everywhere and matches(read_condition(subject), record):
        assert matches(read_condition(ANONYMOUS), record)


def test_the_public_sees_exactly_what_is_published_and_open() -> None:
    seen = [r for r in RECORDS if matches(read_condition(ANONYMOUS), r)]
    assert {(r["status"], r["metadata_access"]) for r in seen} == {(Status.PUBLISHED, Level.OPEN)}
    assert len(seen) == len(ORGANISATIONS) * len(Level)


def test_metadata_and_data_have_separate_rights() -> None:
    record: dict[str, Value | None] = {
        "organisation": "jena",
        "status": Status.PUBLISHED,
        "metadata_access": Level.OPEN,
        "data_access": Level.INTERNAL,
    }
    assert why(ANONYMOUS, record, "metadata") == "open"
    assert why(ANONYMOUS, record, "data") is None
    assert why(user(Role.READER), record, "data") == "insider"


def test_a_token_without_reading_scope_reads_nothing() -> None:
    blind = Subject(kind="token", id="t", roles=SYSTEM.roles, scopes=frozenset())
    assert read_rules(blind) == ()
    assert read_condition(blind) == Nothing()


def test_a_token_that_may_write_may_read() -> None:
    roles = {"jena": frozenset({Role.STEWARD})}
    writer = Subject(kind="token", id="t", roles=roles, scopes=frozenset({Scope.CATALOGUE_WRITE}))
    reader = Subject(kind="token", id="t", roles=roles, scopes=frozenset({Scope.CATALOGUE_READ}))
    assert read_condition(writer) == read_condition(reader)


ALLOWED = {
    Role.READER: set(),
    Role.CONTRIBUTOR: {Action.WRITE_DRAFT, Action.WRITE_ROWS, Action.OBSERVE},
    Role.STEWARD: set(Action) - {Action.ADMINISTER, Action.OBSERVE_OWN},
    Role.GATEKEEPER: {Action.RELEASE},
    Role.ADMINISTRATOR: set(Action) - {Action.OBSERVE_OWN},
    Role.CITIZEN: {Action.OBSERVE_OWN},
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_what_each_role_may_do(role: Role, action: Action) -> None:
    assert may(user(role), action, "jena") == (action in ALLOWED[role])
    assert not may(user(role), action, "weimar")
    everywhere = user(role, organisation=EVERY_ORGANISATION)
    assert may(everywhere, action, "weimar") == (action in ALLOWED[role])


@given(subjects, st.sampled_from(Action))
def test_scopes_narrow_every_action(subject, action) -> None:
    bare = Subject(kind="token", id="t", roles=subject.roles, scopes=frozenset())
    assert not may(bare, action, "jena")
    assert not may(ANONYMOUS, action, "jena")


@given(subjects, st.sampled_from(RECORDS))
def test_a_grant_opens_the_published_data_of_its_dataset_and_nothing_else(subject, record) -> None:
    from msgspec.structs import replace

    bare = replace(subject, grants=())
    assert read_rules(subject) == read_rules(bare)
    before = matches(read_condition(bare, "data"), record)
    after = matches(read_condition(subject, "data"), record)
    granted = record["dataset"] in {each.dataset for each in subject.grants}
    reads = bool(read_rules(subject))
    assert after == (before or (granted and reads and record["status"] == Status.PUBLISHED))


def test_what_is_no_dataset_is_never_granted() -> None:
    guest = Subject(kind="user", id="g", grants=(Grant("jena-1", 1),))
    record = {**RECORDS[0], "status": Status.PUBLISHED, "data_access": Level.RESTRICTED}
    for other in (None, "jena-2"):
        assert why(guest, {**record, "dataset": other}, "data") is None
    assert why(guest, record, "data") == "granted"
    assert why(guest, {k: v for k, v in record.items() if k != "dataset"}, "data") is None
