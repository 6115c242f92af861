# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The access log's lines, written together: a call to the system for many requests."""

from __future__ import annotations

import asyncio
import logging
from typing import TextIO

PAUSE_SECONDS = 0.1
MOST = 1_000


class GatheringHandler(logging.StreamHandler[TextIO]):
    """Keeps lines for a tenth of a second, at most a thousand; without an event loop for none.

    What is kept is written when the program stops; a killed one loses that tenth.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        self.lines.append(self.format(record))
        if len(self.lines) >= MOST:
            self.flush()
        elif len(self.lines) == 1:
            try:
                asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.flush)
            except RuntimeError:  # no event loop here
                self.flush()

    def flush(self) -> None:
        """Write what is kept."""
        self.acquire()
        try:
            lines, self.lines = self.lines, []
            if lines:
                self.stream.write(self.terminator.join([*lines, ""]))
            super().flush()
        finally:
            self.release()
