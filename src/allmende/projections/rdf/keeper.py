# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process that owns the RDF store: loads graphs, forks answerers, reports their end.

Started by `service` as `python -m allmende.projections.rdf.keeper DESCRIPTOR`; it ends when
the other end of that socket closes. It has one thread, which makes forking it sound.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Iterator

from msgspec import DecodeError, json

from allmende.projections.rdf import answer
from allmende.projections.rdf.graphs import GraphStore
from allmende.projections.rdf.protocol import PACKET, Ask, Graph, Order, Report


class Keeper:
    """The store and the processes forked from it."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.graphs = GraphStore()
        self.watch = selectors.DefaultSelector()
        self.answerers: dict[int, tuple[int, int]] = {}  # id → process id, descriptor of it

    def run(self) -> None:
        """Works through orders until the control socket closes."""
        self.watch.register(self.control, selectors.EVENT_READ)
        self._warm_up()
        self.report(Report("ready"))
        while True:
            for key, _ in self.watch.select():
                if key.fileobj is not self.control:
                    self.reap(key.data)
                elif not self.obey():
                    self.stop()
                    return

    def obey(self) -> bool:
        """Carries out one order; False when there will be no more."""
        packet, descriptors, _, _ = socket.recv_fds(self.control, PACKET, 1)
        if not packet:
            return False
        order = json.decode(packet, type=Order)
        if order.do == "kill":
            self.kill(order.id)
            return True
        with socket.socket(fileno=descriptors[0]) as channel:
            if order.do == "load":
                self.load(order.id, channel)
            else:
                self.fork(order, channel)
        return True

    def load(self, id: int, channel: socket.socket) -> None:
        """Takes in the graphs that come over the channel, one JSON object a line."""
        broken: list[str] = []
        first = not self.graphs.graphs
        refused = self.graphs.load(_graphs(channel, broken))
        triples = 0
        if first:  # counting and tidying take time in proportion to the store
            triples = self.graphs.count()
            gc.collect()
            gc.freeze()
        self.report(Report("loaded", id, triples, self.graphs.graphs, broken + refused))

    def fork(self, order: Order, channel: socket.socket) -> None:
        """Starts an answerer on the channel."""
        process = os.fork()
        if process == 0:
            try:
                self.watch.close()
                self.control.close()
                answer.serve(self.graphs.store, channel, order.memory)
            except (OSError, MemoryError):
                os._exit(1)  # the asker has gone
            finally:
                os._exit(0)
        descriptor = os.pidfd_open(process)
        self.answerers[order.id] = process, descriptor
        self.watch.register(descriptor, selectors.EVENT_READ, order.id)

    def kill(self, id: int) -> None:
        """Ends an answerer, if it still runs."""
        if id in self.answerers:
            os.kill(self.answerers[id][0], signal.SIGKILL)

    def reap(self, id: int) -> None:
        """Tells that an answerer has ended, and by which signal."""
        process, descriptor = self.answerers.pop(id)
        self.watch.unregister(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(process, 0)
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        self.report(Report("ended", id, signal=ended_by))

    def report(self, report: Report) -> None:
        """Sends one message to the serving process."""
        self.control.send(json.encode(report))

    def stop(self) -> None:
        """Ends all answerers."""
        for process, _ in self.answerers.values():
            os.kill(process, signal.SIGKILL)

    def _warm_up(self) -> None:
        """Runs a query in every format, so that no answerer has to load a module."""
        for text, formats in _WARM_UP:
            for format in formats:
                answer.answer(self.graphs.store, Ask(text, format, 1, 1000, 10))


_WARM_UP = (
    ("SELECT * {?s ?p ?o}", answer.TABLES),
    ("CONSTRUCT {<urn:a> ?p 1} {BIND(<urn:b> AS ?p)}", answer.SYNTAXES),
    ("nothing", ("json",)),
)


def _graphs(channel: socket.socket, broken: list[str]) -> Iterator[Graph]:
    """The graphs of a stream; a line that cannot be read is told in `broken`."""
    with channel.makefile("rb") as lines:
        for line in lines:
            try:
                yield json.decode(line, type=Graph)
            except DecodeError as error:
                if len(broken) < 5:
                    broken.append(f"{line[:80]!r}: {error}"[:150])


def main() -> None:
    """Runs a keeper on the socket whose descriptor is the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        keeper = Keeper(control)
        try:
            keeper.run()
        except ConnectionError:  # the serving process has gone
            keeper.stop()


if __name__ == "__main__":
    main()
