# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The real program in a process of its own."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "allmende"
SECONDS = 30.0


def environment(**more: str) -> dict[str, str]:
    """A clean environment in English with these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **more}


def call(*words: str | Path, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [PROGRAM, *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
        env=environment(**more),
        check=False,
    )


class Server:
    """A serving process and the port it has taken."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def connect(self) -> socket.socket:
        """A connection; the server answers when it is ready."""
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def get(self, path: str) -> bytes:
        """The whole answer to a GET, head and body."""
        with self.connect() as client:
            head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode())
            return everything(client)

    def stop(self, sig: int) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(sig)
        return self.process.wait(SECONDS)


def everything(client: socket.socket) -> bytes:
    """All bytes until the server closes."""
    found = b""
    while part := client.recv(65_536):
        found += part
    return found


@contextmanager
def serving(data: Path, *words: str, **more: str) -> Iterator[Server]:
    """A server on a free port with this data folder; ended with the context."""
    with subprocess.Popen(
        [PROGRAM, "serve", "--port", "0", "--data", data, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+:(\d+) ", line)
            assert found, line + process.stderr.read()
            yield Server(process, int(found[1]))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(SECONDS)
