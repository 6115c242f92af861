# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The keeper process and its answerers, on plain statements."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest
from msgspec import json

from allmende.projections.rdf import Ask, Failure, Graph, Limits, Projection, Unready
from allmende.projections.rdf.service import Result

pytestmark = pytest.mark.anyio

ENDLESS = "SELECT (COUNT(*) AS ?n) {?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l}"
BOMB = "SELECT * {?a ?b ?c . ?d ?e ?f . ?g ?h ?i} ORDER BY ?c ?f ?i"
HUGE = "SELECT * {?a ?b ?c . ?d ?e ?f}"
COUNT = "SELECT (COUNT(*) AS ?n) {?s ?p ?o}"


class Plain:
    """A source of graphs that is changed by the test."""

    def __init__(self, count: int) -> None:
        self.log: list[Graph] = [_graph(number) for number in range(count)]

    async def sequence(self) -> int:
        return len(self.log)

    async def everything(self) -> AsyncIterator[Graph]:
        for graph in {graph.iri: graph for graph in self.log}.values():
            yield graph

    async def changes(self, after: int, until: int) -> AsyncIterator[Graph]:
        for graph in self.log[after:until]:
            yield graph


def _graph(number: int) -> Graph:
    return Graph(f"urn:g{number}", more=[f'<urn:s{number}> <urn:p> "{number:050}" .'])


def ask(text: str, **limits: float) -> Ask:
    given: dict[str, float] = {"seconds": 5, "bytes": 1_000_000, "rows": 1_000_000, **limits}
    return Ask(text, "json", given["seconds"], int(given["bytes"]), int(given["rows"]))


@pytest.fixture
async def source() -> Plain:
    return Plain(500)


@pytest.fixture
async def projection(source: Plain) -> AsyncIterator[Projection]:
    made = Projection(source, Limits(memory=64 << 20, patience=20))
    yield made
    await made.close()


def number(result: Result) -> int:
    with result.file as file:
        rows = json.decode(file.read())["results"]["bindings"]
    return int(rows[0]["n"]["value"])


async def counted(projection: Projection) -> int:
    return number(await projection.ask(ask(COUNT)))


async def test_a_change_is_seen_by_the_next_query(projection: Projection, source: Plain) -> None:
    assert await counted(projection) == 500
    source.log += [_graph(500), _graph(501), Graph("urn:g0")]
    assert await counted(projection) == 501
    assert projection.sequence == 503


async def test_many_changes_come_in_parts(projection: Projection, source: Plain) -> None:
    assert await counted(projection) == 500
    source.log += [_graph(number) for number in range(300, 750)]
    assert await counted(projection) == 750


async def test_an_endless_query_is_stopped_while_others_are_answered(
    projection: Projection,
) -> None:
    await projection.update()
    endless = asyncio.create_task(projection.ask(ask(ENDLESS, seconds=1)))
    answered = 0
    while not endless.done():
        assert await counted(projection) == 500
        answered += 1
    result = await endless
    result.file.close()
    assert result.reply.failure is Failure.TIME
    assert answered > 5


async def test_a_memory_bomb_is_stopped(projection: Projection) -> None:
    result = await projection.ask(ask(BOMB, seconds=30))
    result.file.close()
    assert result.reply.failure is Failure.MEMORY
    assert await counted(projection) == 500


@pytest.mark.parametrize(
    ("limits", "failure"), [({"bytes": 100_000}, Failure.BYTES), ({"rows": 499}, Failure.ROWS)]
)
async def test_a_huge_result_is_stopped(
    projection: Projection, limits: dict[str, float], failure: Failure
) -> None:
    text = HUGE if failure is Failure.BYTES else "SELECT * {?s ?p ?o}"
    result = await projection.ask(ask(text, **limits))
    result.file.close()
    assert result.reply.failure is failure


async def test_a_killed_keeper_comes_back_by_itself(projection: Projection) -> None:
    assert await counted(projection) == 500
    assert projection._link is not None
    process = projection._link.process
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await counted(projection) == 500
    assert projection._link.process.pid != process.pid


async def test_a_query_running_when_the_keeper_is_killed_is_still_answered(
    projection: Projection,
) -> None:
    await projection.update()
    assert projection._link is not None
    text = "SELECT (COUNT(*) AS ?n) {?a ?b ?c . ?d ?e ?f}"
    running = asyncio.create_task(projection.ask(ask(text, seconds=30)))
    await asyncio.sleep(0)
    projection._link.process.send_signal(signal.SIGKILL)
    assert number(await running) == 250_000


async def test_a_query_nobody_waits_for_any_more_is_ended(projection: Projection) -> None:
    await projection.update()
    running = asyncio.create_task(projection.ask(ask(ENDLESS, seconds=60)))
    while projection._waiting or not projection._turns._value < 2:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await counted(projection) == 500


async def test_neither_network_nor_files_can_be_reached(projection: Projection) -> None:
    result = await projection.ask(
        ask("SELECT * { SERVICE <http://127.0.0.1:8000/sparql> {?s ?p ?o} }")
    )
    result.file.close()
    assert result.reply.failure is Failure.EVALUATION
    assert "os error 24" in result.reply.message  # EMFILE: no descriptor could be opened


async def test_too_many_queries_are_told_to_wait(source: Plain) -> None:
    projection = Projection(source, Limits(running=1, waiting=0, memory=64 << 20, patience=20))
    await projection.update()
    running = asyncio.create_task(projection.ask(ask(ENDLESS, seconds=2)))
    while not projection._turns.locked():
        await asyncio.sleep(0)
    with pytest.raises(Unready):
        await projection.ask(ask(COUNT))
    result = await running
    result.file.close()
    await projection.close()


async def test_mistakes_are_told_with_their_place(projection: Projection) -> None:
    result = await projection.ask(ask("SELECT * {\n?s ?p ?o ORDER}"))
    result.file.close()
    assert result.reply.failure is Failure.SYNTAX
    assert "2:" in result.reply.message


async def test_hundreds_of_forks_lose_nothing(projection: Projection, source: Plain) -> None:
    """Every change makes a new process; each has to answer with the data of its moment."""
    for number in range(300):
        source.log.append(Graph("urn:n", more=[f'<urn:n> <urn:n> "{number}" .']))
        result = await projection.ask(ask("SELECT (?v AS ?n) {<urn:n> <urn:n> ?v}"))
        with result.file as file:
            rows = json.decode(file.read())["results"]["bindings"]
        assert [row["n"]["value"] for row in rows] == [str(number)]
    assert not _children(projection)


def _children(projection: Projection) -> list[str]:
    """Processes of the keeper that have not been reaped, besides the waiting ones."""
    assert projection._link is not None
    pid = projection._link.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    return [child for child in children if _state(child) == "Z"]


def _state(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


async def test_the_keeper_ends_with_its_master(source: Plain) -> None:
    projection = Projection(source, Limits())
    await projection.update()
    assert projection._link is not None
    pid = projection._link.process.pid
    await projection.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
