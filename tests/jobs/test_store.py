# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Taking, keeping, ending and losing jobs, on both engines."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.core.platform import Platform
from allmende.store import Connection, jobs, now
from allmende.store.jobs import Job
from allmende.store.migrate import migrate
from allmende.store.store import session_opener

LEASE = 60_000_000
KINDS = ["a"]


def put(db: Connection, *names: str, **options: Any) -> list[int | None]:
    return [jobs.enqueue(db, "a", {"name": name}, **options) for name in names]


def claim(db: Connection, worker: str = "w", limit: int = 10) -> list[Job]:
    return jobs.claim(db, worker, KINDS, LEASE, limit)


def names(found: list[Job]) -> list[str]:
    return [job.arguments["name"] for job in found]


def test_jobs_are_taken_once_in_the_order_of_their_time(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(lambda db: put(db, "late", run_at=now() + LEASE))
        await write(lambda db: put(db, "second", "third"))
        await write(lambda db: put(db, "first", run_at=1))
        await write(jobs.enqueue, "b")
        assert names(await write(claim, "w", 2)) == ["first", "second"]
        assert names(await write(claim)) == ["third"]
        assert not await write(claim)
        assert not await platform.store.read(jobs.is_due, KINDS)
        clock.turn(seconds=61)
        assert await platform.store.read(jobs.is_due, KINDS)

    run(scenario)


def test_a_key_is_used_by_one_job_at_a_time(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        (first,) = await write(lambda db: put(db, "x", key="k"))
        assert first is not None
        assert await write(lambda db: put(db, "y", key="k")) == [None]
        (job,) = await write(claim)
        assert await write(lambda db: put(db, "y", key="k")) == [None]
        assert await write(jobs.finish, job)
        (second,) = await write(lambda db: put(db, "z", key="k"))
        assert second is not None
        assert await platform.store.read(jobs.counts) == {"done": 1, "waiting": 1}

    run(scenario)


def test_a_vanished_worker_loses_its_job(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(lambda db: put(db, "x"))
        (old,) = await write(claim, "old")
        clock.turn(seconds=59)
        assert await write(jobs.extend, old, LEASE)
        clock.turn(seconds=59)
        assert not await write(claim, "new")
        clock.turn(seconds=2)
        (new,) = await write(claim, "new")
        assert (new.id, new.tries) == (old.id, 2)
        assert not await write(jobs.extend, old, LEASE)
        assert not await write(jobs.finish, old)
        assert not await write(jobs.release, old)
        assert await write(jobs.fail, old, "too late", 0) is None
        assert await write(jobs.finish, new)

    run(scenario)


def test_even_the_same_worker_cannot_end_an_older_try(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(lambda db: put(db, "x"))
        (first,) = await write(claim)
        clock.turn(minutes=2)
        (second,) = await write(claim)
        assert not await write(jobs.finish, first)
        assert await write(jobs.finish, second)

    run(scenario)


def test_a_failing_job_rests_and_is_dead_in_the_end(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        ((ident),) = await write(lambda db: put(db, "x", most_tries=2))
        (job,) = await write(claim)
        assert await write(jobs.fail, job, "broken", 30_000_000) == "waiting"
        assert not await write(claim)
        clock.turn(seconds=31)
        (job,) = await write(claim)
        assert await write(jobs.fail, job, "broken again", 30_000_000) == "dead"
        clock.turn(days=1)
        assert not await write(claim)
        dead = await platform.store.read(jobs.job, ident)
        assert (dead.state, dead.last_error, dead.tries) == ("dead", "broken again", 2)
        assert await write(jobs.revive, ident)
        assert not await write(jobs.revive, ident)
        (job,) = await write(claim)
        assert job.tries == 1

    run(scenario)


def test_a_job_that_kills_its_workers_is_given_up(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        ((ident),) = await write(lambda db: put(db, "x", most_tries=3))
        for number in range(3):
            assert len(await write(claim, f"w{number}")) == 1
            clock.turn(minutes=2)
        assert not await write(claim)
        dead = await platform.store.read(jobs.job, ident)
        assert (dead.state, dead.last_error) == ("dead", jobs.VANISHED)

    run(scenario)


def test_a_job_exists_when_its_change_does(run) -> None:
    def half(db: Connection) -> None:
        put(db, "x")
        raise ValueError("no")

    async def scenario(platform: Platform) -> None:
        try:
            await platform.store.write(half)
        except ValueError:
            assert not await platform.store.write(claim)

    run(scenario)


def test_old_jobs_are_forgotten(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(lambda db: put(db, "x", "y"))
        first, second = await write(claim)
        await write(jobs.finish, first)
        clock.turn(days=10)
        await write(jobs.forget_finished, clock.now - 5 * 86_400_000_000)
        left = await platform.store.read(jobs.jobs, None, None, 10)
        assert [job.id for job in left] == [second.id]
        assert not await platform.store.read(jobs.jobs, "done", None, 10)
        assert not await platform.store.read(jobs.jobs, None, second.id, 10)

    run(scenario)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "extend", "finish", "fail", "release", "turn"]),
        st.integers(0, 3),
    ),
    max_size=60,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_job_has_two_workers(tmp_path_factory, clock, steps: list[tuple[str, int]]) -> None:
    """Whatever four workers do and however time passes, a job has one holder at a time."""
    session = session_opener(tmp_path_factory.mktemp("jobs"))(False)
    migrate(session)
    session.begin_write()
    put(session, *"xyz")
    held: dict[int, dict[int, Job]] = {number: {} for number in range(4)}
    for step, number in steps:
        if step == "turn":
            clock.turn(seconds=10 + 20 * number)
        elif step == "claim":
            for job in claim(session, f"w{number}", 1):
                owners = [mine[job.id] for mine in held.values() if job.id in mine]
                assert all(owner.lease_until <= clock.now for owner in owners)
                held[number][job.id] = job
        elif held[number]:
            step_on(session, step, held, number, clock.now)
    session.rollback()
    session.close()


def step_on(
    db: Connection, step: str, held: dict[int, dict[int, Job]], number: int, at: int
) -> None:
    job = next(iter(held[number].values()))
    newest = max(mine[job.id].tries for mine in held.values() if job.id in mine)
    current = db.row("select state, worker, tries from job where id = :id", id=job.id)
    owns = current == ("running", job.worker, job.tries)
    if step == "extend":
        done = jobs.extend(db, job, LEASE)
        if done:
            extended = {field: getattr(job, field) for field in job.__struct_fields__}
            held[number][job.id] = Job(**{**extended, "lease_until": at + LEASE})
    else:
        action = {"finish": jobs.finish, "release": jobs.release}.get(step)
        done = action(db, job) if action else jobs.fail(db, job, "x", 0) is not None
        del held[number][job.id]
    assert done == owns
    assert job.tries == newest or not done
