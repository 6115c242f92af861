# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures: measured, compared with their target and with a peer, printed as a table."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured value. `target` is what we promise: at most, or at least when `more`."""

    name: str
    value: float
    unit: str
    target: float | None = None
    more: bool = False  # whether a larger value is better
    peer: str = ""
    peer_value: float | None = None
    peer_measured: bool = False  # in this run, on this machine; else published elsewhere

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more else self.value <= self.target

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if self.peer_value is None or not self.value:
            return None
        return self.value / self.peer_value if self.more else self.peer_value / self.value


def milliseconds(call: Callable[[], object], *, runs: int = 20, warm_up: int = 2) -> float:
    """Median duration of a call in milliseconds."""
    times = []
    for number in range(warm_up + runs):
        start = time.perf_counter()
        call()
        if number >= warm_up:
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


async def milliseconds_async(
    call: Callable[[], Awaitable[object]], *, runs: int = 20, warm_up: int = 2
) -> float:
    """Median duration of an asynchronous call in milliseconds."""
    times = []
    for number in range(warm_up + runs):
        start = time.perf_counter()
        await call()
        if number >= warm_up:
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def show(title: str, figures: list[Figure]) -> None:
    """Prints the figures as a table and keeps them in bench/results/."""
    print(f"\n## {title}\n")
    print("| figure | value | target | peer | ratio |\n|---|---:|---:|---|---:|")
    for each in figures:
        print(_row(each))
    RESULTS.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "at": time.time()}
    content = {"machine": machine, "figures": [asdict(each) for each in figures]}
    name = "".join(c if c.isalnum() else "-" for c in title.lower())
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1), "utf-8")


def _row(each: Figure) -> str:
    target = ""
    if each.target is not None:
        sign = "≥" if each.more else "≤"
        target = f"{sign} {each.target:g} {'✓' if each.met else '✗'}"
    peer = ""
    if each.peer_value is not None:
        how = "measured" if each.peer_measured else "published"
        peer = f"{each.peer}: {each.peer_value:g} ({how})"
    ratio = f"{each.ratio:.1f}×" if each.ratio else ""
    return f"| {each.name} | {each.value:.4g} {each.unit} | {target} | {peer} | {ratio} |"
