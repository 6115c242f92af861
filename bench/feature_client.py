# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asks a server for features over HTTP and says how many it gives per CPU second.

CPU time is that of the server's processes and of all below them, and of the database's when
there is one; ended ones included. Wall-clock time does not enter: other work on the machine
disturbs the figures little.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.feature_data import CASES, Ask, Case, asks

CONNECTIONS = 4
SECONDS = 3.0  # of wall-clock time, the most that one case may take
WARM_UP = 4
EASTINGS = (600_000, 760_000)

Paths = Callable[[Ask], str]


class Refused(Exception):
    """The server does not answer a request as it was asked; the text says what came instead."""


def measure(
    port: int,
    pids: list[int],
    paths: Paths,
    without: Iterable[str] = (),
    connections: int = CONNECTIONS,
) -> dict[str, Any]:
    """Answers per CPU second for each case, and PSS in MiB of the first process and its own.

    A case that the server gets wrong is told with the reason instead of a number.
    """
    figures: dict[str, Any] = {}
    for name, case in CASES.items():
        if name in without:
            continue
        try:
            figures[name] = _rate(port, pids, case, list(map(paths, asks(name))), connections)
        except (Refused, OSError, http.client.HTTPException) as error:
            figures[name] = f"{type(error).__name__}: {error}"
            print(f"{name}: {figures[name]}", file=sys.stderr)
    figures["memory"] = memory(pids[:1])
    return figures


def _rate(port: int, pids: list[int], case: Case, requests: list[str], connections: int) -> float:
    for path in requests[-WARM_UP:]:
        _check(case, _get(_connection(port), path))
    todo = iter(requests[:-WARM_UP])  # shared: next() of a list's iterator is atomic
    until = time.monotonic() + SECONDS
    smallest = 100 * max(1, case.limit)

    def work(_: int) -> int:
        connection, done = _connection(port), 0
        while time.monotonic() < until and (path := next(todo, None)) is not None:
            if len(_get(connection, path)) < smallest:
                raise Refused(f"too short an answer to {path}")
            done += 1
        connection.close()
        return done

    start = cpu_seconds(pids)
    with ThreadPoolExecutor(connections) as pool:
        done = sum(pool.map(work, range(connections)))
    return done / (cpu_seconds(pids) - start)


def _connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise Refused(f"{answer.status} for {path}: {body[:300]!r}")
    return body


def _check(case: Case, body: bytes) -> None:
    """The answer has the features, whole and in the CRS that was asked for."""
    said = json.loads(body)
    found = said["features"] if case.limit else [said]
    if len(found) != (case.limit or 1):
        raise Refused(f"{len(found)} features instead of {case.limit}")
    for each in (found[0], found[-1]):
        first = each["geometry"]["coordinates"]
        while isinstance(first[0], list):
            first = first[0]
        low, high = EASTINGS if case.metres else (11, 12)
        if not low < first[0] < high:
            raise Refused(f"the coordinates {first} are not in the CRS that was asked for")
        if len(each["properties"]) < (5 if case.layer == "buildings" else 11):
            raise Refused(f"properties are missing: {sorted(each['properties'])}")


# --- what work costs --------------------------------------------------------------------------


def _family(pids: Iterable[int]) -> dict[int, list[str]]:
    """The processes and all below them, with the fields of /proc/PID/stat after the name."""
    stats: dict[int, list[str]] = {}
    below: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        stats[int(folder.name)] = stat
        below.setdefault(int(stat[1]), []).append(int(folder.name))
    found, left = {}, list(pids)
    while left:
        pid = left.pop()
        if pid in stats:
            found[pid] = stats[pid]
            left += below.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU seconds of processes and all below them, ended children included."""
    ticks = sum(sum(map(int, stat[11:15])) for stat in _family(pids).values())
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pids: Iterable[int]) -> float:
    """Proportional set size of processes and all below them in MiB."""
    total = 0
    for pid in _family(pids):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
