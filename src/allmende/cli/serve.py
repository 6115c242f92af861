# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende serve`: answer requests until told to stop."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import require_place

if TYPE_CHECKING:
    from allmende.core.settings import Settings


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    shared.place(parser)
    shared.server(parser)
    parser.add_argument(
        "--workers", type=int, metavar="N", help=text("processes (1)", "Prozesse (1)")
    )


def run(options: Namespace, console: Console) -> int:
    """Serve; 0 after a graceful stop, 2 when the server cannot start."""
    return start(shared.settings(options), console)


def start(settings: "Settings", console: Console) -> int:
    """Say where the platform is and serve it."""
    from allmende.web.server import serve

    def ready(settings: "Settings") -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        stop = text("stop with Ctrl+C", "beenden mit Strg+C")
        console.note(f"{settings.site_name}: http://{host}:{settings.port}  ({stop})")

    require_place(settings)
    return serve(settings, ready)
