# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counting requests, and the Prometheus text format (version 0.0.4)."""

import resource
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Sample(NamedTuple):
    """One value with its labels."""

    value: float
    labels: Mapping[str, str] = {}


class Family(NamedTuple):
    """One metric: name, kind (`counter` or `gauge`), meaning and samples."""

    name: str
    kind: str
    about: str
    samples: Iterable[Sample]


class Requests:
    """What this process has answered: counts by route and status, and how long it took."""

    def __init__(self) -> None:
        self.running = 0
        self._counts: dict[tuple[str, str, int], int] = {}
        self._times: dict[str, list[int]] = {}  # route → one count per bucket, the last is +Inf
        self._sums: dict[str, float] = {}
        self._bytes = 0

    def add(self, method: str, route: str, status: int, seconds: float, size: int) -> None:
        """Count one finished request."""
        key = (method if method in _METHODS else "other", route, status)
        self._counts[key] = self._counts.get(key, 0) + 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = [0] * (len(BUCKETS) + 1)
        times[bisect_left(BUCKETS, seconds)] += 1
        self._sums[route] = self._sums.get(route, 0.0) + seconds
        self._bytes += size

    def families(self) -> Iterator[Family]:
        """The counters as metric families; the histogram is in `histogram`."""
        counts = [
            Sample(count, {"method": method, "route": route, "status": str(status)})
            for (method, route, status), count in sorted(self._counts.items())
        ]
        yield Family("allmende_requests_total", "counter", "Answered requests.", counts)
        yield Family(
            "allmende_requests_running",
            "gauge",
            "Requests being worked on.",
            [Sample(self.running)],
        )
        yield Family(
            "allmende_answer_bytes_total", "counter", "Bytes of answers.", [Sample(self._bytes)]
        )

    def histogram(self) -> str:
        """The duration histogram, cumulative as Prometheus wants it."""
        name = "allmende_request_seconds"
        lines = [f"# HELP {name} Time from request to end of answer.", f"# TYPE {name} histogram"]
        for route, times in sorted(self._times.items()):
            total = 0
            for bound, count in zip((*BUCKETS, float("inf")), times, strict=True):
                total += count
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                lines.append(f"{name}_bucket{_labels({'route': route, 'le': le})} {total}")
            lines.append(f"{name}_sum{_labels({'route': route})} {self._sums[route]:.6f}")
            lines.append(f"{name}_count{_labels({'route': route})} {total}")
        return "\n".join(lines) + "\n"


def text(families: Iterable[Family]) -> str:
    """Metric families in the Prometheus text format."""
    lines: list[str] = []
    for family in families:
        lines += [
            f"# HELP {family.name} {family.about}",
            f"# TYPE {family.name} {family.kind}",
            *(f"{family.name}{_labels(s.labels)} {s.value:g}" for s in family.samples),
        ]
    return "\n".join(lines) + "\n"


def process() -> Iterator[Family]:
    """Memory and processor time of this process, in bytes and seconds."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield Family(
        "process_resident_memory_bytes", "gauge", "Memory in use.", [Sample(_resident(usage))]
    )
    yield Family(
        "process_cpu_seconds_total",
        "counter",
        "Processor time used.",
        [Sample(usage.ru_utime + usage.ru_stime)],
    )


def _resident(usage: resource.struct_rusage) -> int:
    """Resident bytes now where the system tells them, else the largest so far."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
