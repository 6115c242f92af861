# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende rebuild`: make search and other projections anew from the truth."""

from argparse import ArgumentParser, Namespace
from time import monotonic
from typing import TYPE_CHECKING

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Rebuild every projection."""
    begun = monotonic()
    rebuild_all(shared.settings(options), console)
    seconds = monotonic() - begun
    console.result(
        {"seconds": round(seconds, 3)},
        text(f"Rebuilt in {seconds:.1f} s", f"In {seconds:.1f} s neu aufgebaut"),
    )
    return 0


def rebuild_all(settings: "Settings", console: Console) -> None:
    """Rebuild every projection, with progress."""
    from allmende.core.maintenance import rebuild

    def progress(name: str, done: int, total: int) -> None:
        console.progress(done, total, name)

    on_platform(settings, lambda platform: rebuild(platform, progress), existing=True)
