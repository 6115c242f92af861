# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Uploaded files are shown to a virus scanner: clamd over its INSTREAM command.

Without the setting `virus_scanner` nothing is scanned. With it a file is kept only when the
scanner has answered that it is clean: a scanner that cannot be reached refuses the upload.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import anyio
from anyio.abc import ByteStream

from allmende.core.platform import Platform
from allmende.errors import Busy, InvalidInput

PIECE = 1 << 16
LONGEST_ANSWER = 4_096
log = logging.getLogger("allmende.scanning")


async def scan(platform: Platform, content: Iterable[bytes]) -> bool:
    """Whether the content was looked at; False without a scanner.

    Raises InvalidInput (`virus-found`) for what the scanner knows to be harmful or does not
    take, Busy (`scanner-unavailable`) when it does not answer in time.
    """
    address = platform.settings.virus_scanner
    if not address:
        return False
    try:
        with anyio.fail_after(platform.settings.virus_scanner_seconds):
            answer = await _ask(address, content)
    except (OSError, TimeoutError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        log.warning("virus scanner at %s: %s", address, type(error).__name__)
        raise _unavailable() from error
    _judge(answer)
    return True


async def _ask(address: str, content: Iterable[bytes]) -> str:
    stream = await _connected(address)
    async with stream:
        await stream.send(b"zINSTREAM\0")
        for part in content:
            for start in range(0, len(part), PIECE):
                piece = part[start : start + PIECE]
                await stream.send(len(piece).to_bytes(4, "big") + piece)
        await stream.send(b"\0\0\0\0")
        return await _answer(stream)


async def _connected(address: str) -> ByteStream:
    if address.startswith("unix:"):
        return await anyio.connect_unix(address.removeprefix("unix:"))
    host, _, port = address.removeprefix("tcp:").rpartition(":")
    if not host or not port.isdecimal():
        raise OSError("the setting virus_scanner is no address")
    return await anyio.connect_tcp(host.strip("[]"), int(port))


async def _answer(stream: ByteStream) -> str:
    """The answer up to its zero byte."""
    found = b""
    while b"\0" not in found and len(found) < LONGEST_ANSWER:
        found += await stream.receive()
    return found.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _judge(answer: str) -> None:
    """`stream: OK`, `stream: <name> FOUND`, or an error such as the scanner's own limit."""
    if answer.endswith("OK"):
        return
    if answer.endswith("FOUND"):
        name = answer.removeprefix("stream:").removesuffix("FOUND").strip()[:100]
        log.warning("virus scanner found %s in an upload", name)
        raise InvalidInput(
            f"The virus scanner refuses this file ({name}). It was not kept.",
            f"Der Virenscanner lehnt diese Datei ab ({name}). Sie wurde nicht gespeichert.",
            code="virus-found",
        )
    if "size limit" in answer:
        raise InvalidInput(
            "The file is larger than the virus scanner takes. It was not kept; ask the operator.",
            "Die Datei ist größer, als der Virenscanner annimmt. Sie wurde nicht gespeichert; "
            "bitte fragen Sie den Betrieb der Plattform.",
            code="virus-scanner-limit",
        )
    log.warning("virus scanner answered %s", answer[:200])
    raise _unavailable()


def _unavailable() -> Busy:
    return Busy(
        "The virus scanner does not answer, so no file can be taken. Please try again later.",
        "Der Virenscanner antwortet nicht; deshalb kann keine Datei angenommen werden. Bitte "
        "versuchen Sie es später noch einmal.",
        code="scanner-unavailable",
    )
