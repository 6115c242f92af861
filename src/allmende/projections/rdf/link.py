# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The serving process's link to one keeper: start it, feed it, get answerers from it."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from time import monotonic

from msgspec import json

from allmende.projections.rdf.protocol import FRAME, PACKET, Ask, Graph, Order, Reply, Report, frame

FEED = 1 << 18  # bytes of graphs that may wait for the keeper
PIECE = 1 << 16  # bytes read at a time
END_SECONDS = 2.0  # within which the keeper tells why an answerer has ended


class Gone(ConnectionError):
    """The keeper has ended."""


class Ended(ConnectionError):
    """An answerer has ended without an answer, by this signal (0: by itself)."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"an answerer was ended by signal {signal}")
        self.signal = signal


class Link:
    """One running keeper. Made by `start`; `close` ends it and all its answerers."""

    def __init__(self, control: socket.socket, process: asyncio.subprocess.Process) -> None:
        self.control = control
        self.process = process
        self.gone = asyncio.Event()
        self.loaded = 0  # graphs taken in since the start
        self._ids = 0
        self._reports: dict[int, asyncio.Future[Report]] = {}
        asyncio.get_running_loop().add_reader(control, self._read)

    @staticmethod
    async def start() -> "Link":
        """Starts a keeper with an empty store; it is ready when it has said so."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "allmende.projections.rdf.keeper",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.setblocking(False)
        link = Link(ours, process)
        try:
            await link._expect(0)
        except BaseException:
            await link.close()
            raise
        return link

    async def feed(self, graphs: AsyncIterator[Graph]) -> Report:
        """Sends graphs to be replaced or removed; returns when the keeper has them all.

        Raises Gone when the keeper ends meanwhile.
        """
        ours, report = self._channel(Order("load", self._next()))
        _, writer = await asyncio.open_connection(sock=ours)
        try:
            async for graph in graphs:
                self.loaded += 1
                writer.write(json.encode(graph) + b"\n")
                if writer.transport.get_write_buffer_size() > FEED:
                    await writer.drain()
            await writer.drain()
        except ConnectionError as error:
            self._lose()
            raise Gone from error
        finally:
            await _shut(writer)
        return await report

    async def answerer(self, memory: int) -> "Answerer":
        """A process that answers queries on the data the keeper has now."""
        number = self._next()
        ours, end = self._channel(Order("fork", number, memory))
        reader, writer = await asyncio.open_connection(sock=ours, limit=PIECE)
        return Answerer(self, number, reader, writer, end)

    def kill(self, number: int) -> None:
        """Ends an answerer at once."""
        if not self.gone.is_set():
            self.control.send(json.encode(Order("kill", number)))

    async def close(self) -> None:
        """Ends the keeper and waits for it."""
        self._lose()
        await self.process.wait()

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _channel(self, order: Order) -> tuple[socket.socket, asyncio.Future[Report]]:
        """Gives an order with one end of a new channel; our end, and the report to come."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                return ours, self._order(order, theirs)
            except Gone:
                ours.close()
                raise

    def _order(self, order: Order, channel: socket.socket) -> asyncio.Future[Report]:
        if self.gone.is_set():
            raise Gone
        try:
            socket.send_fds(self.control, [json.encode(order)], [channel.fileno()])
        except OSError as error:
            raise Gone from error
        return self._expect(order.id)

    def _expect(self, number: int) -> asyncio.Future[Report]:
        future: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._reports[number] = future
        return future

    def _read(self) -> None:
        """Takes one report of the keeper, or notices that it has gone."""
        try:
            packet = self.control.recv(PACKET * 4)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._lose()
            return
        report = json.decode(packet, type=Report)
        future = self._reports.pop(report.id, None)
        if future is not None and not future.done():
            future.set_result(report)

    def _lose(self) -> None:
        if self.gone.is_set():
            return
        self.gone.set()
        asyncio.get_running_loop().remove_reader(self.control)
        self.control.close()
        for future in self._reports.values():
            if not future.done():
                future.set_exception(Gone())
        self._reports.clear()


class Answerer:
    """One forked process; it answers one query at a time."""

    def __init__(
        self,
        link: Link,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        end: asyncio.Future[Report],
    ) -> None:
        self.link, self.number, self.reader, self.writer, self.end = (
            link,
            number,
            reader,
            writer,
            end,
        )
        self.asked = 0

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return not (self.end.done() or self.reader.at_eof() or self.link.gone.is_set())

    async def ask(self, ask: Ask) -> tuple[Reply, int]:
        """The head of the answer and the length of its body, which `body` gives.

        Raises Ended when the process was ended over it, Gone when the keeper has gone.
        """
        self.asked += 1
        start = monotonic()
        try:
            self.writer.write(frame(ask))
            await self.writer.drain()
            head, body = FRAME.unpack(await self.reader.readexactly(FRAME.size))
            reply = json.decode(await self.reader.readexactly(head), type=Reply)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._cause(monotonic() - start >= ask.seconds) from error
        return reply, body

    async def _cause(self, late: bool) -> Ended:
        """Why the process has ended; a keeper that is busy does not tell it at once."""
        try:
            report = await asyncio.wait_for(asyncio.shield(self.end), END_SECONDS)
        except TimeoutError:
            return Ended(signal.SIGALRM if late else 0)
        return Ended(report.signal)

    async def body(self, length: int) -> AsyncIterator[bytes]:
        """The body of the last answer in pieces."""
        while length > 0:
            piece = await self.reader.read(min(length, PIECE))
            if not piece:
                raise Ended(0)
            length -= len(piece)
            yield piece

    async def close(self, *, kill: bool = False) -> None:
        """Lets the process go, or ends it at once in the middle of a query."""
        if kill:
            self.link.kill(self.number)
        await _shut(self.writer)


async def _shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except ConnectionError:
        return
