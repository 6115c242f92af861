# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende restore FILE`: fill an empty folder or database from a backup."""

import asyncio
from argparse import ArgumentParser, Namespace
from pathlib import Path

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.rebuild import rebuild_all


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=Path, help=text("a backup", "eine Sicherung"))
    parser.add_argument(
        "--erasures",
        type=Path,
        metavar="FILE",
        help=text(
            "erasures.jsonl as it was last: what was erased since the backup is erased again",
            "erasures.jsonl im letzten Stand: seither Gelöschtes wird wieder gelöscht",
        ),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Restore, then build the projections."""
    from msgspec import to_builtins

    from allmende.core.backup import restore

    settings = shared.settings(options)

    def progress(step: str, count: int) -> None:
        console.progress(count, None, step)

    made = asyncio.run(restore(settings, options.file, progress, options.erasures))
    rebuild_all(settings, console)
    rows, files = sum(made.tables.values()), len(made.files)
    console.result(
        {"file": str(options.file), **to_builtins(made)},
        text(
            f"Restored {rows} rows and {files} files",
            f"{rows} Zeilen und {files} Dateien eingespielt",
        ),
        *_erased(made.erased),
    )
    return 0


def _erased(count: int) -> list[str]:
    if not count:
        return []
    return [text(f"Erased again: {count}", f"Wieder gelöscht: {count}")]
