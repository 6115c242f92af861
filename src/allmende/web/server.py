# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The server process: uvicorn with uvloop and httptools, slow heads cut off, a graceful stop.

On SIGTERM or SIGINT the sockets are closed, running requests get `graceful_seconds`, then
the application closes the platform: queued writes are finished before the process ends
with 0.
"""

import asyncio
import logging
import signal
import socket
import sys
from asyncio import TimerHandle
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server
from uvicorn.supervisors.multiprocess import Multiprocess

from allmende.core import memory
from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.web.joining import Joining

ROOM = 8_192  # bytes beyond the limits of address and headers: request line, separators


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that closes connections whose request head is too slow or without end.

    uvicorn has no limit for either; the exact limits, with their answers, are checked by
    `guard` when the head is complete.
    """

    head_seconds = 10.0
    head_bytes = 50_000

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected and has `head_seconds` for its first head."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.transport = Joining(self.transport, self.loop)  # type: ignore[assignment]
        self._head_size = 0
        self._head_timer: TimerHandle | None = None
        self._in_head = True
        self._at_rest = False
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come; in a head they count and the clock runs."""
        self._at_rest = False
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and not self._at_rest:  # most heads are complete at once: no clock
            self._wait_for_head()
            if self._head_size > self.head_bytes and not self.transport.is_closing():
                self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_size, self._at_rest = True, 0, False

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is complete; the next bytes are a head again."""
        super().on_message_complete()
        self._in_head, self._head_size, self._at_rest = True, 0, True

    def shutdown(self) -> None:
        """The program stops: streams without an end are cut, other answers are finished."""
        running = self.cycle is not None and not self.cycle.response_complete
        if running and self.scope.get("state", {}).get("endless"):
            self.transport.close()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._head_too_slow)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_too_slow(self) -> None:
        self._head_timer = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()


class WithoutRepeats(logging.Filter):
    """Drops uvicorn's copy of an exception that `allmende.error` has logged with its id."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        return not record.getMessage().startswith("Exception in ASGI application")


def serve(settings: Settings, ready: Callable[[Settings], None]) -> int:
    """Serve until told to stop; returns the exit code. Several workers share one socket.

    `ready` is called with the port that was taken when the socket is open. Raises
    InvalidInput when it cannot be opened.
    """
    listener = listen(settings)
    settings = settings.on_port(listener.getsockname()[1])
    ready(settings)
    config = configure(settings)
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, _stopped)  # uvicorn raises it once more when it has stopped
    if settings.workers > 1:
        Multiprocess(config, [listener]).run()
        return 0
    try:
        Server(config).run([listener])
    except SystemExit:
        return 2
    return 0


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises InvalidInput when host and port cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        place = f"{settings.host}:{settings.port}"
        raise InvalidInput(
            f"Cannot listen on {place}: {error.strerror}. Choose another --port.",
            f"{place} ist nicht verfügbar: {error.strerror}. Bitte anderen --port wählen.",
        ) from error
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener


def configure(settings: Settings) -> Config:
    """uvicorn's configuration; it travels to the worker processes."""
    limits = {
        "head_seconds": settings.head_seconds,
        "head_bytes": settings.url_limit + settings.header_limit + ROOM,
    }
    return Config(
        partial(application, settings),
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop" if sys.platform != "win32" else "auto",
        http=_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=_logging(),
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        proxy_headers=bool(settings.trusted_proxies),
        limit_concurrency=settings.clients,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=round(settings.graceful_seconds) or 1,
    )


def application(settings: Settings) -> ASGIApp:
    """The application of one process, made in that process."""
    from allmende.web import create_app

    memory.seldom()
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # nobody reads
    return create_app(settings)


def _protocol(limits: dict[str, float]) -> Any:
    return partial(_limited_protocol, limits)


def _limited_protocol(limits: dict[str, float], *args: Any, **options: Any) -> Protocol:
    protocol = Protocol(*args, **options)
    protocol.head_seconds = limits["head_seconds"]
    protocol.head_bytes = int(limits["head_bytes"])
    return protocol


def _stopped(_signal: int, _frame: object) -> None:
    """The graceful stop has happened already; the process may end."""


def _logging() -> dict[str, Any]:
    """Everything to standard error, the access log to standard output, with UTC times."""
    plain = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    access = {"format": "%(asctime)s %(message)s"}
    quiet = {"level": "WARNING", "handlers": ["error"], "propagate": False, "filters": ["once"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"once": {"()": WithoutRepeats}},
        "formatters": {
            name: {**form, "()": "allmende.web.server.UtcFormatter"}
            for name, form in {"plain": plain, "access": access}.items()
        },
        "handlers": {
            "error": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "plain",
            },
            "access": {
                "class": "allmende.web.gathering.GatheringHandler",
                "stream": "ext://sys.stdout",
                "formatter": "access",
            },
        },
        "loggers": {
            "allmende": {"level": "INFO", "handlers": ["error"], "propagate": False},
            "allmende.access": {"level": "INFO", "handlers": ["access"], "propagate": False},
            "uvicorn": quiet,
            "uvicorn.error": {**quiet, "handlers": ["error"]},
        },
    }


class UtcFormatter(logging.Formatter):
    """Times as ISO 8601 in UTC."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """The record's time: `2026-01-05T12:00:00.123Z`."""
        return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=2)
def _second(moment: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
