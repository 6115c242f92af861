# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a command says: results to standard output, notes and progress to standard error."""

import os
import sys
from time import monotonic
from typing import Any

from allmende.errors import AllmendeError

PROGRESS_PAUSE = 0.1  # seconds between two drawings of the progress line


def language() -> str:
    """`de` or `en` by LC_ALL, LC_MESSAGES, LANG; English for any other language."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "de" if value.lower().startswith("de") else "en"
    return "en"


def text(en: str, de: str) -> str:
    """The sentence in the language of the terminal."""
    return de if language() == "de" else en


class Console:
    """Says things to a person, or one JSON object to a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.live = sys.stderr.isatty() and not as_json
        self._drawn = 0.0
        self._shown = False

    def result(self, data: dict[str, Any], *lines: str) -> None:
        """The outcome: the data as JSON for programs, the lines for people."""
        self.clear()
        if self.as_json:
            import msgspec

            body = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
            print(body)
        else:
            for line in lines:
                print(line)

    def note(self, line: str) -> None:
        """A sentence beside the result; programs do not see it."""
        self.clear()
        if not self.as_json:
            print(line, file=sys.stderr)

    def progress(self, done: int, total: int | None, what: str) -> None:
        """Draw the progress line, only on a terminal and not more often than ten times a second."""
        now = monotonic()
        if not self.live or (now - self._drawn < PROGRESS_PAUSE and done != total):
            return
        self._drawn, self._shown = now, True
        amount = f"{done}/{total}" if total else f"{done}"
        share = f" {done * 100 // total:3d} %" if total else ""
        line = f"{amount}{share}  {what}"[: _columns() - 1]
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the progress line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False

    def fail(self, error: AllmendeError) -> None:
        """Say why the command cannot run."""
        self.clear()
        sentence = error.text[language()]
        if self.as_json:
            self.result({"error": {"code": error.code, "detail": sentence}})
        else:
            print(f"allmende: {sentence}", file=sys.stderr)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
