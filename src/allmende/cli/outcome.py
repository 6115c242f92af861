# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How a command ends: with its own exit code, or with 2 and a sentence that says why."""

import sys
from types import TracebackType

from allmende.cli.console import Console, text
from allmende.errors import AllmendeError

CANNOT_RUN = 2
DRIVERS = ("apsw", "psycopg", "psycopg_pool")


class Outcome:
    """Round a command: every error ends in exit code 2, so that 1 always means a list.

    Errors of this program, of the system and of the database are told in a sentence; any
    other is a fault of the program and is shown whole.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.code = CANNOT_RUN

    def __enter__(self) -> None:
        """The command begins."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """The command has ended; its error, if any, is told."""
        if error is None or isinstance(error, SystemExit):
            return False
        self.code = CANNOT_RUN
        if isinstance(error, BrokenPipeError):
            return True
        if isinstance(error, KeyboardInterrupt):
            self.console.note(text("Stopped.", "Abgebrochen."))
        elif known := _told(error):
            self.console.fail(known)
        else:
            sys.excepthook(kind or type(error), error, trace)
        return True


def _told(error: BaseException) -> AllmendeError | None:
    """The error as a sentence, when it is of a kind that is explained so."""
    if isinstance(error, AllmendeError):
        return error
    if isinstance(error, OSError):
        named = f"{error.filename}: " if error.filename else ""
        return AllmendeError(f"{named}{error.strerror or error}.", code="system")
    if type(error).__module__.partition(".")[0] in DRIVERS:
        first = str(error).strip().partition("\n")[0]
        return AllmendeError(
            f"The database cannot be used: {first}",
            f"Die Datenbank ist nicht benutzbar: {first}",
            code="database",
        )
    return None
