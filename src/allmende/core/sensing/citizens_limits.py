# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the key of a citizen's sensor may add, by whichever interface it comes.

A result with its time, and nothing else: a feature, parameters or a quality could tell a place
or a person. Not too many, not from long ago, not from the future. The range of its stream says
how far a result is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence

from allmende.errors import TooManyRequests
from allmende.model.sensing.citizen_kinds import judged
from allmende.model.sensing.observation import Observation
from allmende.policy import Own
from allmende.store import Connection
from allmende.store.sensing import citizen_things, citizens

Text = dict[str, str]
MINUTE = 60_000_000
_LONG = ((86_400, "days", "Tage"), (3_600, "hours", "Stunden"), (60, "minutes", "Minuten"))


def refused(db: Connection, own: Own, given: Sequence[Observation], moment: int) -> dict[int, Text]:
    """Why observations are not taken, by their place in `given`; the others get their flag.

    TooManyRequests when there are more than its sensor may send in a minute.
    """
    sent = citizens.count(db, own.device, moment // MINUTE, len(given))
    if sent > own.per_minute:
        raise _too_many(own.per_minute, 60 - moment // 1_000_000 % 60)
    ranges = citizen_things.ranges(db, {each.datastream for each in given})
    found: dict[int, Text] = {}
    for at, each in enumerate(given):
        wrong = _more_than_asked(each) or _time(own, each.time, moment)
        if wrong is None:
            each.flag, each.rule = judged(each.result, ranges.get(each.datastream, {}))
        else:
            found[at] = wrong
    return found


def _more_than_asked(given: Observation) -> Text | None:
    for name, value in (
        ("FeatureOfInterest", given.feature),
        ("parameters", given.parameters),
        ("resultQuality", given.quality),
        ("validTime", given.valid),
    ):
        if value is not None:
            return {
                "en": f"With the key of a sensor only results and their times are taken; leave "
                f"{name} out.",
                "de": f"Mit dem Schlüssel eines Sensors werden nur Ergebnisse und ihre Zeiten "
                f"angenommen; bitte {name} weglassen.",
            }
    return None


def _time(own: Own, time: int, moment: int) -> Text | None:
    if time > moment + own.early:
        en, de = _span(own.early)
        return {
            "en": f"The time lies more than {en} in the future; check the clock of the sensor, or "
            "send no time at all.",
            "de": f"Die Zeit liegt mehr als {de} in der Zukunft; bitte die Uhr des Sensors prüfen "
            "oder gar keine Zeit senden.",
        }
    if time < moment - own.late:
        en, de = _span(own.late)
        return {
            "en": f"The observation is older than {en}; check the clock of the sensor.",
            "de": f"Die Messung ist älter als {de}; bitte die Uhr des Sensors prüfen.",
        }
    return None


def _span(micros: int) -> tuple[str, str]:
    """A length of time in two languages."""
    seconds = micros // 1_000_000
    for size, en, de in _LONG:
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {en}", f"{seconds // size} {de}"
    return f"{seconds} seconds", f"{seconds} Sekunden"


def _too_many(most: int, seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"A sensor may send {most} observations a minute; try again in {seconds} seconds.",
        f"Ein Sensor darf {most} Messwerte in der Minute senden; bitte in {seconds} Sekunden noch "
        "einmal versuchen.",
        retry_after=seconds,
    )
