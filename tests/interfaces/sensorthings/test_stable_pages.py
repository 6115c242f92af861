# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of observations in any order while others write (OGC 18-088, 9.3.3.8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interfaces.sensorthings.readers import city_in, stream
from tests.interfaces.sensorthings.writers import OM

from allmende.interfaces.sensorthings.tokens import write_token

pytestmark = pytest.mark.anyio


ORDERS = (
    "result",
    "result desc",
    "result mod 3,result desc",
    "resultTime desc,result",
    "Datastream/name desc,result",
    "phenomenonTime desc",
    "phenomenonTime",
    "id desc",
    "id",
)


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_while_others_write(engine: str, tmp_path: Path, order: str) -> None:
    """What was there all the time is shown once, whatever comes or goes between two pages."""
    async with city_in(engine, tmp_path) as city:
        before = await city.found("Observations", top="1000")
        there = {each["@iot.id"]: each["result"] for each in before}
        page = await city.get("Observations", **{"$orderby": order, "$top": "2"})
        seen = [each["@iot.id"] for each in page["value"]]
        made: list[str] = []
        for turn in range(40):
            if "@iot.nextLink" not in page:
                break
            for name, result in (("soil", -turn), ("ground", 100 + turn), ("air", turn)):
                path = f"Datastreams({city.streams[name]})/Observations"
                hour = f"2024-0{2 + turn % 3}-01T{turn % 24:02d}:30:00Z"
                if turn < 8:
                    body = {"phenomenonTime": hour, "result": result}
                    made.append(await city.make(path, body))
            if turn % 2:
                assert (await city.ask("DELETE", made.pop(0))).status_code == 200
            page = await city.get(page["@iot.nextLink"])
            seen += [each["@iot.id"] for each in page["value"]]
        assert "@iot.nextLink" not in page
        old = [each for each in seen if each in there]
        assert sorted(old) == sorted(there)
        assert len(seen) == len(set(seen))


async def test_marks_of_any_order_cannot_be_made_up(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        for mark in (
            ["k"],
            ["k", 1],
            ["k", "1", "[1,5]"],
            ["k", 1, 5],
            ["k", 1, "[1"],
            ["k", 1, "[9,9]"],
            ["k", 1, "[2,5]"],
            ["k", 1, "[1,5]", "[1,5]"],
            ["k", 1, "[[1,5]]"],
            ["k", 1, "[[[1,5]]]"],
            ["k", 1, "{}"],
            ["n", -1],
        ):
            options = {"$orderby": "result", "$skiptoken": write_token(mark)}
            answer = await city.ask("GET", "Observations", params=options)
            assert answer.status_code == 400, mark
        options = {"$orderby": "result desc", "$skiptoken": write_token(["k", 1, "[1,6]"])}
        found = await city.values("Observations", **options)
        assert [each["result"] for each in found] == [6, 5, 4, 3]


async def test_values_too_long_for_a_mark(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        kind = f"{OM}OM_Observation"
        path = await city.make(
            f"Things({city.things[0]})/Datastreams", stream("texts", "x", [], observationType=kind)
        )
        for letter in "cab":
            await city.make(f"{path}/Observations", {"result": letter * 5_000})
        pages = await city.pages(f"{path}/Observations", orderby="result", top="1")
        assert [page[0]["result"][0] for page in pages] == list("abc")
