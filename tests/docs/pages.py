# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of the documentation as things that can be run.

A block of commands after the line `<!-- tested -->` is run as it stands, in order with the
others of its page, in one shell and an empty folder. A block marked `text` right after it is
what the reader is promised to see: its lines occur in the output in this order; `…` stands
for anything. A page with `<!-- served -->` has the demo city running beside it, as the reader
has who followed it.
"""

import re
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from tests.house.files import text, with_endings
from tests.web.process import PROGRAM, environment

TESTED, SERVED = "<!-- tested -->", "<!-- served -->"
MARK = "@@@ block"
PAGES = [page for page in with_endings(".md") if not str(page).startswith(("tests/", "src/"))]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
MARKED = re.compile(rf"^ *{TESTED}$", re.M)
SECONDS = 160.0  # below the limit of one test
PASSWORD = "correct horse battery staple"


class Block(NamedTuple):
    """Commands of a page and the lines their output is said to have."""

    line: int
    commands: str
    promised: tuple[str, ...]


def pages_to_run() -> list[Path]:
    """The pages that have something to run."""
    return [page for page in PAGES if MARKED.search(text(page))]


def blocks(page: Path) -> list[Block]:
    """The tested blocks of a page, each with what the `text` block right after it promises."""
    body, found = text(page), []
    fences = list(FENCE.finditer(body))
    for number, fence in enumerate(fences):
        if fence[1] != "sh" or not body[: fence.start()].rstrip().endswith(TESTED):
            continue
        after = fences[number + 1] if number + 1 < len(fences) else None
        promised: tuple[str, ...] = ()
        if after is not None and after[1] == "text" and _adjacent(body, fence, after):
            promised = tuple(line for line in dedent(after[2]).splitlines() if line.strip())
        line = body.count("\n", 0, fence.start()) + 1
        found.append(Block(line, dedent(fence[2]), promised))
    return found


def _adjacent(body: str, first: re.Match[str], second: re.Match[str]) -> bool:
    """Whether nothing but one paragraph without a heading stands between two blocks."""
    between = body[first.end() : second.start()]
    return "\n#" not in between and TESTED not in between


def run(page: Path, folder: Path, port: int, **more: str) -> list[tuple[Block, str]]:
    """Run a page's blocks in one shell; each with its output. AssertionError on a failure."""
    found = blocks(page)
    script = folder / ".page.sh"
    lines = ["set -eu", "exec 2>&1"]
    for number, block in enumerate(found):
        lines += [f"echo '{MARK} {number}'", adapted(block.commands, folder, port, more)]
    script.write_text("\n".join(lines) + "\n")
    settings = {"ALLMENDE_PORT": str(port), **more}
    done = subprocess.run(
        ["bash", script],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    outputs = re.split(rf"^{MARK} \d+\n", done.stdout, flags=re.M)[1:]
    assert done.returncode == 0, f"{page}: a command failed\n{done.stdout[-4000:]}{done.stderr}"
    return list(zip(found, outputs, strict=True))


def adapted(commands: str, folder: Path, port: int, more: dict[str, str]) -> str:
    """The commands for this machine: our program, a free port, a password nobody types."""
    commands = commands.replace(".venv/bin/", f"{shlex.quote(str(PROGRAM.parent))}/")
    commands = commands.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    commands = commands.replace("postgresql:///allmende", shlex.quote(more.get("POSTGRES", "")))
    secret = folder / ".password"
    secret.write_text(PASSWORD + "\n")
    asking = re.compile(r"^(.*allmende user (?:add|password)(?!.*--password-file).*)$", re.M)
    return asking.sub(rf"\1 --password-file {secret}", commands)


def missing_lines(promised: tuple[str, ...], output: str) -> list[str]:
    """The promised lines that do not occur, in this order, in the output."""
    rest = iter(output.splitlines())
    return [line for line in promised if not any(_fits(line, seen) for seen in rest)]


def _fits(promised: str, seen: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in promised.strip().split("…"))
    return re.fullmatch(pattern, seen.strip()) is not None


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demo_city(folder: Path) -> Iterator[int]:
    """`make demo` in this folder, on a free port; ended with the context."""
    port = free_port()
    with subprocess.Popen(
        [PROGRAM, "demo", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert f":{port}" in line, line + process.stderr.read()
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield port
        finally:
            process.kill()
            process.wait(SECONDS)


def section(page: Path, title: str) -> str:
    """The text of a page between a heading and the next one of the same level."""
    body = text(page)
    start = re.search(rf"^(#+) {re.escape(title)}$", body, re.M)
    assert start, f"{page} has no section “{title}”"
    level = len(start[1])
    end = re.compile(rf"^#{{1,{level}}} ", re.M).search(body, start.end())
    return body[start.end() : end.start() if end else len(body)]


def in_backticks(body: str) -> list[str]:
    """Everything in single backticks, outside of fenced blocks; each once, in order."""
    plain = FENCE.sub("", body)
    return [key for key, _ in groupby(re.findall(r"`([^`\n]+)`", plain))]
