# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende worker`: work through the jobs without serving, until told to stop."""

import asyncio
import logging
import signal
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Work until SIGTERM or SIGINT; running jobs may finish for a moment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")

    async def work(platform: "Platform") -> None:
        from allmende.core.sensing import codecs, deriving, devices_intake
        from allmende.core.worker import run_worker
        from allmende.web.rooms import listening, registry

        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, stop.set)
        console.note(text("Working; stop with Ctrl+C.", "Arbeitet; beenden mit Strg+C."))
        async with (
            devices_intake.working(platform),
            deriving.working(platform),
            listening(platform),
        ):
            await run_worker(platform, registry(), stop)
        await codecs.close(platform)

    on_platform(shared.settings(options), work)
    return 0
