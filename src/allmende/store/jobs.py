# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Jobs and schedules.

Invariants
- A running job has one worker, and only that worker (with the same try) can end it.
- A job whose lease has run out can be taken by anybody.
- Of jobs with the same unique key at most one is waiting or running.
- A moment of a schedule makes at most one job, however many workers look at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from allmende.store.connection import Connection, Row, now

State = Literal["waiting", "running", "done", "dead"]

MOST_TRIES = 5
ERROR_LONGEST = 2_000
VANISHED = "the worker vanished"

_COLUMNS = (
    "id, kind, arguments, unique_key, state, run_at, worker, lease_until, tries, most_tries, "
    "last_error, created, finished"
)


class Job(Struct, frozen=True):
    """One piece of work; times in µs UTC."""

    id: int
    kind: str
    arguments: dict[str, Any]
    unique_key: str | None
    state: State
    run_at: int
    worker: str | None
    lease_until: int | None
    tries: int
    most_tries: int
    last_error: str | None
    created: int
    finished: int | None

    @property
    def trouble_name(self) -> str:
        """What a person calls this work: its unique key, or else its kind."""
        return self.unique_key or self.kind


class Schedule(Struct, frozen=True):
    """Work that comes again; `next_at` in µs UTC."""

    name: str
    kind: str
    arguments: dict[str, Any]
    rule: str
    next_at: int


# --- putting in ----------------------------------------------------------------------


def enqueue(
    db: Connection,
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: int | None = None,
    most_tries: int = MOST_TRIES,
) -> int | None:
    """Adds a job in the running transaction; its id, or None when its key waits or runs."""
    at = now()
    added: int | None = db.value(
        "insert into job (kind, arguments, unique_key, state, run_at, tries, most_tries, created) "
        "values (:kind, :arguments, :key, 'waiting', :run_at, 0, :most_tries, :at) "
        "on conflict (unique_key) where unique_key is not null "
        "and state in ('waiting', 'running') do nothing returning id",
        kind=kind,
        arguments=_encoded(arguments),
        key=key,
        run_at=at if run_at is None else run_at,
        most_tries=most_tries,
        at=at,
    )
    return added


# --- taking and ending ---------------------------------------------------------------


def is_due(db: Connection, kinds: Sequence[str]) -> bool:
    """Whether a job of these kinds may be taken now, or one has lost its worker."""
    at, listed = now(), db.dialect.list_value(list(kinds))
    some = db.dialect.any_of("kind", "kinds")
    for state, column in (("waiting", "run_at"), ("running", "lease_until")):
        sql = f"select 1 from job where state = '{state}' and {column} <= :at and {some} limit 1"
        if db.row(sql, at=at, kinds=listed):
            return True
    return False


def claim(db: Connection, worker: str, kinds: Sequence[str], lease: int, limit: int) -> list[Job]:
    """Takes up to `limit` jobs, longest waiting first, for `lease` µs.

    A job whose worker has vanished at its last try is dead instead.
    """
    at, listed = now(), db.dialect.list_value(list(kinds))
    some = db.dialect.any_of("kind", "kinds")
    db.run(
        "update job set state = 'dead', finished = :at, last_error = :error, worker = null, "
        "lease_until = null where state = 'running' and lease_until <= :at "
        f"and tries >= most_tries and {some}",
        at=at,
        error=VANISHED,
        kinds=listed,
    )
    rows = db.rows(
        "update job set state = 'running', worker = :worker, lease_until = :until, "
        "tries = tries + 1 where id in (select id from job where "
        "((state = 'waiting' and run_at <= :at) or (state = 'running' and lease_until <= :at)) "
        f"and {some} order by run_at, id limit :limit {db.dialect.skip_locked()}) "
        f"returning {_COLUMNS}",
        worker=worker,
        until=at + lease,
        at=at,
        kinds=listed,
        limit=limit,
    )
    return sorted((_job(row) for row in rows), key=lambda job: (job.run_at, job.id))


def extend(db: Connection, job: Job, lease: int) -> bool:
    """The heartbeat: `lease` µs more from now; False when somebody else has the job."""
    return _change(db, job, "lease_until = :until", until=now() + lease)


def finish(db: Connection, job: Job) -> bool:
    """Marks the job as done; False when somebody else has it."""
    ended = "state = 'done', finished = :at, worker = null, lease_until = null, last_error = null"
    return _change(db, job, ended, at=now())


def fail(db: Connection, job: Job, error: str, delay: int) -> State | None:
    """Puts the job back for `delay` µs, or marks it as dead after its last try.

    None when somebody else has the job.
    """
    at, dead = now(), job.tries >= job.most_tries
    state: State = "dead" if dead else "waiting"
    changed = _change(
        db,
        job,
        "state = :state, run_at = :run_at, finished = :finished, last_error = :error, "
        "worker = null, lease_until = null",
        state=state,
        run_at=job.run_at if dead else at + delay,
        finished=at if dead else None,
        error=error[:ERROR_LONGEST],
    )
    return state if changed else None


def release(db: Connection, job: Job) -> bool:
    """Gives a job back that was interrupted by us; the try does not count."""
    return _change(
        db, job, "state = 'waiting', tries = tries - 1, worker = null, lease_until = null"
    )


def revive(db: Connection, ident: int) -> bool:
    """Lets a dead job run again with all its tries; False when it is not dead."""
    changed = db.run(
        "update job set state = 'waiting', tries = 0, run_at = :at, finished = null "
        "where id = :id and state = 'dead' and not exists (select 1 from job other "
        "where other.unique_key = job.unique_key and other.state in ('waiting', 'running'))",
        id=ident,
        at=now(),
    )
    return changed == 1


def _change(db: Connection, job: Job, changes: str, **values: Any) -> bool:
    changed = db.run(
        f"update job set {changes} "
        "where id = :id and state = 'running' and worker = :held_by and tries = :try",
        **values,
        **{"id": job.id, "held_by": job.worker, "try": job.tries},
    )
    return changed == 1


# --- looking -------------------------------------------------------------------------


def job(db: Connection, ident: int) -> Job | None:
    """One job."""
    row = db.row(f"select {_COLUMNS} from job where id = :id", id=ident)
    return _job(row) if row else None


def jobs(db: Connection, state: State | None, before: int | None, limit: int) -> list[Job]:
    """The newest jobs (of a state) with ids below `before`."""
    rows = db.rows(
        f"select {_COLUMNS} from job where id < :before and state in (:one, :two, :three, :four) "
        "order by id desc limit :limit",
        before=2**62 if before is None else before,
        limit=limit,
        **dict(zip(("one", "two", "three", "four"), _states(state), strict=True)),
    )
    return [_job(row) for row in rows]


def _states(state: State | None) -> tuple[State, State, State, State]:
    return ("waiting", "running", "done", "dead") if state is None else (state,) * 4


def counts(db: Connection) -> dict[str, int]:
    """How many jobs there are in each state."""
    return dict(db.rows("select state, count(*) from job group by state"))


def forget_finished(db: Connection, older_than: int) -> int:
    """Deletes jobs that were done or dead before `older_than` (µs UTC); how many."""
    return db.run("delete from job where finished < :oldest", oldest=older_than)


# --- telling once --------------------------------------------------------------------


def trouble(db: Connection, name: str, error: str) -> bool:
    """Notes that something fails; True when it is new."""
    added = db.run(
        "insert into job_trouble (name, since, error) values (:name, :at, :error) "
        "on conflict (name) do nothing",
        name=name,
        at=now(),
        error=error[:ERROR_LONGEST],
    )
    return added == 1


def recovered(db: Connection, name: str) -> int | None:
    """Notes that it works again; since when it had failed (µs UTC), or None."""
    since: int | None = db.value(
        "delete from job_trouble where name = :name returning since", name=name
    )
    return since


# --- schedules -----------------------------------------------------------------------


def save_schedule(db: Connection, schedule: Schedule) -> None:
    """Adds a schedule; of a known one the moment stays as long as its rule does."""
    db.run(
        "insert into schedule (name, kind, arguments, rule, next_at) "
        "values (:name, :kind, :arguments, :rule, :next_at) on conflict (name) do update set "
        "kind = excluded.kind, arguments = excluded.arguments, rule = excluded.rule, next_at = "
        "case when schedule.rule = excluded.rule then schedule.next_at else excluded.next_at end",
        name=schedule.name,
        kind=schedule.kind,
        arguments=_encoded(schedule.arguments),
        rule=schedule.rule,
        next_at=schedule.next_at,
    )


def delete_schedule(db: Connection, name: str) -> bool:
    """Removes a schedule; jobs it has made stay."""
    return db.run("delete from schedule where name = :name", name=name) == 1


def schedules(db: Connection) -> list[Schedule]:
    """All schedules, the next one first."""
    rows = db.rows(
        "select name, kind, arguments, rule, next_at from schedule order by next_at, name"
    )
    return [_schedule(row) for row in rows]


def run_schedules(db: Connection, next_moment: Callable[[Schedule, int], int | None]) -> list[str]:
    """Makes the jobs of every schedule whose moment has come; the names of those schedules.

    `next_moment(schedule, now)` gives the moment after this one, or None to leave it alone.
    A job that still waits or runs is not made a second time.
    """
    at, ran = now(), []
    for schedule in schedules(db):
        following = next_moment(schedule, at)
        if following is None:
            continue
        if schedule.next_at <= at:
            enqueue(db, schedule.kind, schedule.arguments, key=schedule.name)
            ran.append(schedule.name)
        db.run(
            "update schedule set next_at = :next_at where name = :name",
            next_at=following,
            name=schedule.name,
        )
    return ran


def _encoded(arguments: Mapping[str, Any] | None) -> str:
    return msgspec.json.encode(dict(arguments or {}), order="deterministic").decode()


def _job(row: Row) -> Job:
    ident, kind, arguments, *rest = row
    return Job(ident, kind, msgspec.json.decode(arguments), *rest)


def _schedule(row: Row) -> Schedule:
    name, kind, arguments, rule, next_at = row
    return Schedule(name, kind, msgspec.json.decode(arguments), rule, next_at)
