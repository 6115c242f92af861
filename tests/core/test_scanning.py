# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Uploads are shown to clamd over INSTREAM; a small server here speaks its side."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.platforms import run_scenario

from allmende.core import scanning
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import AllmendeError, Busy, InvalidInput

TEST_VIRUS = b"this text stands for something harmful"


class Clamd(threading.Thread):
    """Answers INSTREAM like clamd: FOUND for the test virus, an error beyond a size."""

    def __init__(self, listening: socket.socket, limit: int) -> None:
        super().__init__(daemon=True)
        self.listening, self.limit = listening, limit
        self.seen: list[bytes] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                connection.sendall(self.answer(stream.read))

    def answer(self, read: Callable[[int], bytes]) -> bytes:
        assert read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(read(4), "big"):
            content += read(size)
        self.seen.append(content)
        if len(content) > self.limit:
            return b"INSTREAM size limit exceeded. ERROR\0"
        found = TEST_VIRUS in content
        return b"stream: Test-Signature FOUND\0" if found else b"stream: OK\0"


@contextmanager
def clamd(listening: socket.socket, limit: int = 1_000_000) -> Iterator[Clamd]:
    """The server, as long as it is needed."""
    with listening:
        listening.listen()
        server = Clamd(listening, limit)
        server.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # else it would wait for one more
            server.join(10)


def scan(folder: Path, address: str, content: bytes) -> bool:
    """What the platform says of content with this scanner."""
    found: list[bool | AllmendeError] = []

    async def scenario(platform: Platform) -> None:
        try:
            found.append(await scanning.scan(platform, (content,)))
        except AllmendeError as error:
            found.append(error)

    run_scenario(Settings(data=folder, virus_scanner=address), scenario)
    (answer,) = found
    if isinstance(answer, AllmendeError):
        raise answer
    return answer


def tcp() -> tuple[socket.socket, str]:
    """A listening port and its address as a setting."""
    made = socket.create_server(("127.0.0.1", 0))
    return made, f"127.0.0.1:{made.getsockname()[1]}"


def test_clean_content_is_let_through(tmp_path: Path) -> None:
    listening, address = tcp()
    content = b"x" * 200_000  # several pieces
    with clamd(listening) as server:
        assert scan(tmp_path, address, content)
        assert server.seen == [content]


def test_a_socket_in_the_file_system(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "clamd.ctl"))
    with clamd(listening):
        assert scan(tmp_path, f"unix:{tmp_path}/clamd.ctl", b"fine")


def test_harmful_content_is_refused(tmp_path: Path) -> None:
    listening, address = tcp()
    with clamd(listening), pytest.raises(InvalidInput, match="Test-Signature") as refused:
        scan(tmp_path, address, b"a,b\n" + TEST_VIRUS)
    assert refused.value.code == "virus-found"


def test_content_beyond_the_limit_of_the_scanner(tmp_path: Path) -> None:
    listening, address = tcp()
    with clamd(listening, limit=10), pytest.raises(InvalidInput) as refused:
        scan(tmp_path, address, b"y" * 11)
    assert refused.value.code == "virus-scanner-limit"


def test_nothing_is_taken_while_the_scanner_is_away(tmp_path: Path) -> None:
    listening, address = tcp()
    listening.close()
    for where in (address, f"unix:{tmp_path}/none.ctl", "no address"):
        with pytest.raises(Busy) as refused:
            scan(tmp_path, where, b"fine")
        assert refused.value.code == "scanner-unavailable"


def test_without_a_scanner_nothing_is_scanned(tmp_path: Path) -> None:
    assert not scan(tmp_path, "", TEST_VIRUS)
