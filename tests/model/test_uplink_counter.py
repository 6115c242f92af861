# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counters of messages: repetitions, holes, late ones, and devices that count anew."""

from hypothesis import given
from hypothesis import strategies as st

from allmende.model.sensing.uplink import eui_of, instant
from allmende.model.sensing.uplink_counter import MINUTE, MOST_RANGES, Heard, add, judge

HOUR = 60 * MINUTE


def test_a_message_is_heard_once() -> None:
    heard = Heard()
    add(heard, 5, HOUR)
    add(heard, 6, 2 * HOUR)
    assert judge(heard, 6, 2 * HOUR) == "repeated"
    assert judge(heard, 6, 2 * HOUR + MINUTE) == "repeated"  # sent again by the device
    assert judge(heard, 5, HOUR) == "repeated"
    assert judge(heard, 7, 3 * HOUR) == "new"


def test_holes_are_known_and_filled_by_late_messages() -> None:
    heard = Heard()
    for counter in (10, 11, 15, 20):
        add(heard, counter, counter * HOUR)
    assert heard.gaps == [(12, 14), (16, 19)]
    assert heard.lost == 7
    assert judge(heard, 13, 13 * HOUR) == "new"
    add(heard, 13, 13 * HOUR)
    assert heard.gaps == [(12, 12), (14, 14), (16, 19)]
    assert judge(heard, 13, 13 * HOUR) == "repeated"


def test_a_device_may_count_anew() -> None:
    heard = Heard()
    add(heard, 900, HOUR)
    assert judge(heard, 0, 2 * HOUR) == "restarted"
    assert judge(heard, 900, 2 * HOUR) == "restarted"


@given(st.lists(st.integers(0, 60), unique=True, min_size=1))
def test_ranges_hold_what_was_heard(counters: list[int]) -> None:
    heard = Heard()
    for counter in counters:
        add(heard, counter, counter)
    inside = {each for first, last in heard.ranges for each in range(first, last + 1)}
    assert inside == set(counters)
    assert heard.highest == max(counters)
    assert heard.lost == max(counters) - min(counters) + 1 - len(counters)
    assert all(judge(heard, each, 0) == "repeated" for each in counters)


def test_the_list_of_holes_has_a_limit() -> None:
    heard = Heard()
    for counter in range(0, 4 * MOST_RANGES, 2):
        add(heard, counter, counter)
    assert len(heard.ranges) == MOST_RANGES
    assert heard.highest == 4 * MOST_RANGES - 2


def test_times_with_any_number_of_decimals() -> None:
    assert instant("2023-03-19T17:10:38.852462248Z") == 1_679_245_838_852_462
    assert instant("2024-06-20T08:48:38.863512+00:00") == 1_718_873_318_863_512
    assert instant("2025-07-03T16:07:30+02:00") == 1_751_551_650_000_000


def test_euis_in_their_writings() -> None:
    assert eui_of("A8-40-41-87-D1-87-10-6E") == eui_of("a8404187d187106e") == "a8404187d187106e"
