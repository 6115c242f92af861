# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What rules mean, also when clocks change; schedules never double."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.core import jobs as core_jobs
from allmende.core.jobs import Registry
from allmende.core.platform import Platform
from allmende.core.schedules import DAY, WEEKDAYS, following, next_after, parse
from allmende.errors import InvalidInput, NotAllowed, NotAuthenticated
from allmende.policy import ANONYMOUS, SYSTEM, Role, Subject
from allmende.store import jobs

BERLIN = ZoneInfo("Europe/Berlin")
RULES = (
    "every 10s",
    "every 6h",
    "every 1w",
    "daily 03:15 Europe/Berlin",
    "daily 02:30 Europe/Berlin",
    "weekly sun 02:59 America/New_York",
    "monthly 28 23:59 Pacific/Auckland",
    "monthly 1 00:00",
)
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: seconds * 1_000_000)


def berlin(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * 1_000_000


def shown(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1_000_000, BERLIN).isoformat()


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("daily 03:15 Europe/Berlin", "2026-11-21T03:14", "2026-11-21T03:15:00+01:00"),
        ("daily 03:15 Europe/Berlin", "2026-11-21T03:15", "2026-11-22T03:15:00+01:00"),
        ("daily 03:15", "2026-11-21T03:15", "2026-11-21T04:15:00+01:00"),
        ("weekly mon 06:00 Europe/Berlin", "2026-11-21T00:00", "2026-11-23T06:00:00+01:00"),
        ("monthly 1 00:00 Europe/Berlin", "2026-12-01T00:00", "2027-01-01T00:00:00+01:00"),
        ("every 6h", "2026-11-21T01:00", "2026-11-21T07:00:00+01:00"),
        # 02:30 does not exist on 29 March 2026, and comes twice on 25 October 2026
        ("daily 02:30 Europe/Berlin", "2026-03-28T03:00", "2026-03-29T03:30:00+02:00"),
        ("daily 02:30 Europe/Berlin", "2026-03-29T03:30", "2026-03-30T02:30:00+02:00"),
        ("daily 02:30 Europe/Berlin", "2026-10-24T03:00", "2026-10-25T02:30:00+02:00"),
        ("daily 02:30 Europe/Berlin", "2026-10-25T02:30", "2026-10-26T02:30:00+01:00"),
    ],
)
def test_the_next_moment(rule: str, after: str, expected: str) -> None:
    assert shown(next_after(parse(rule), berlin(after))) == expected


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "hourly",
        "every 6",
        "every 5s",
        "every 0h",
        "every 400d",
        "daily 24:00",
        "daily 3:15",
        "daily 03:60 Europe/Berlin",
        "daily 03:15 Europe/Jena",
        "daily 03:15 ../../etc/passwd",
        "weekly xyz 03:15",
        "weekly 03:15",
        "monthly 31 03:15",
        "monthly 0 03:15",
        "daily 03:15 Europe/Berlin now",
    ],
)
def test_rules_that_are_not_understood(rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(rule)
    assert caught.value.code == "schedule"


@given(st.text(max_size=60))
def test_every_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = parse(text)
    except InvalidInput:
        rule = None
    assert rule is None or rule.longest_pause >= 10_000_000


@given(st.sampled_from(RULES), MOMENTS)
def test_the_next_moment_is_later_and_soon(text: str, after: int) -> None:
    rule = parse(text)
    moment = next_after(rule, after)
    assert after < moment <= after + rule.longest_pause + DAY
    assert next_after(rule, moment) > moment


@given(st.sampled_from(WEEKDAYS), st.times(), MOMENTS)
def test_clock_rules_hit_the_time_of_day(weekday: str, at, after: int) -> None:
    rule = parse(f"weekly {weekday} {at:%H:%M}")
    moment = datetime.fromtimestamp(next_after(rule, after) // 1_000_000, ZoneInfo("UTC"))
    assert (moment.strftime("%a").lower(), moment.strftime("%H:%M")) == (weekday, f"{at:%H:%M}")


@given(st.integers(10, 10_000), st.lists(st.integers(0, 50_000), max_size=40))
def test_an_interval_does_not_drift(seconds: int, pauses: list[int]) -> None:
    rule = parse(f"every {seconds}s")
    planned = first = now = 1_000_000_000_000_000
    for pause in pauses:
        now += pause * 1_000_000
        planned = following(rule, planned, now) or planned
        assert planned > now
        assert (planned - first) % rule.every == 0


@given(st.sampled_from(RULES), MOMENTS, st.lists(st.integers(-86_000, 200_000), max_size=60))
def test_a_clock_set_back_does_not_double(text: str, start: int, steps: list[int]) -> None:
    """Unless it is set back by more than a day, a planned moment comes once."""
    rule = parse(text)
    now, planned, ran = start, next_after(rule, start), []
    latest = start
    for step in steps:
        latest = max(latest, now)
        now = max(latest - DAY, now + step * 1_000_000, 0)
        then = following(rule, planned, now)
        if then is not None:
            assert planned <= now
            ran.append(planned)
            planned = then
    assert ran == sorted(set(ran))


def test_a_moment_planned_with_a_wrong_clock_is_planned_anew() -> None:
    rule = parse("every 6h")
    now = berlin("2026-11-21T00:00")
    assert following(rule, berlin("2099-01-01T00:00"), now) == now + 6 * 3_600_000_000


# --- with a database -----------------------------------------------------------------


async def nothing(_platform: Platform, _arguments: object) -> None:
    """A handler that is never called here."""


def planned_registry(rule: str = "every 6h") -> Registry:
    registry = Registry()
    registry.handle("tick", nothing)
    registry.plan("ticking", rule, "tick", {"n": 1})
    return registry


def test_a_moment_makes_one_job_however_often_one_looks(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(planned_registry().prepare)
        assert await write(jobs.run_schedules, core_jobs.next_moment) == []
        for _ in range(3):
            clock.turn(hours=6)
            looks = [await write(jobs.run_schedules, core_jobs.next_moment) for _ in range(4)]
            assert looks == [["ticking"], [], [], []]
            (job,) = await write(jobs.claim, "w", ["tick"], 1_000_000, 10)
            assert job.arguments == {"n": 1}
            await write(jobs.finish, job)

    run(scenario)


def test_what_was_missed_is_done_once(run, clock) -> None:
    async def scenario(platform: Platform) -> None:
        write = platform.store.write
        await write(planned_registry().prepare)
        clock.turn(days=3, hours=1)
        await write(jobs.run_schedules, core_jobs.next_moment)
        clock.turn(hours=6)
        await write(jobs.run_schedules, core_jobs.next_moment)
        assert len(await write(jobs.claim, "w", ["tick"], 1, 10)) == 1

    run(scenario)


def test_starting_again_keeps_the_moment_until_the_rule_changes(run, clock) -> None:
    async def next_at(platform: Platform) -> int:
        ((schedule),) = await core_jobs.schedules(platform, SYSTEM)
        return schedule.next_at - clock.now

    async def scenario(platform: Platform) -> None:
        hour = 3_600_000_000
        await platform.store.write(planned_registry().prepare)
        clock.turn(hours=5)
        await platform.store.write(planned_registry().prepare)
        assert await next_at(platform) == hour
        await platform.store.write(planned_registry("every 2h").prepare)
        assert await next_at(platform) == 2 * hour

    run(scenario)


def test_schedules_and_jobs_are_for_administrators(run, clock) -> None:
    steward = Subject("user", "u", "", {"*": frozenset({Role.STEWARD})})

    async def scenario(platform: Platform) -> None:
        for subject, error in ((ANONYMOUS, NotAuthenticated), (steward, NotAllowed)):
            for deed in (core_jobs.schedules, core_jobs.jobs_of):
                with pytest.raises(error):
                    await deed(platform, subject)
            with pytest.raises(error):
                await core_jobs.revive(platform, subject, 1)
        saved = await core_jobs.save_schedule(platform, SYSTEM, "n", "every 1h", "tick")
        assert await core_jobs.schedules(platform, SYSTEM) == [saved]
        assert await core_jobs.delete_schedule(platform, SYSTEM, "n")
        assert not await core_jobs.delete_schedule(platform, SYSTEM, "n")

    run(scenario)
