# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende backup FILE`: everything in one file, while the platform runs."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import on_platform


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", type=Path, help=text("file to write (.tar.gz)", "Zieldatei"))
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Write the backup."""
    from msgspec import to_builtins

    from allmende.core.backup import backup

    settings = shared.settings(options)

    def progress(step: str, count: int) -> None:
        console.progress(count, None, step)

    made = on_platform(
        settings, lambda platform: backup(platform, options.file, progress), existing=True
    )
    rows, files = sum(made.tables.values()), len(made.files)
    console.result(
        {"file": str(options.file), **to_builtins(made)},
        text(
            f"Backup {options.file}: {rows} rows, {files} files",
            f"Sicherung {options.file}: {rows} Zeilen, {files} Dateien",
        ),
    )
    return 0
