# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements and questions no instrument and no client would send: a clear answer, no harm."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.interfaces.sensorthings.writers import OM, Api, service, stream, thing

pytestmark = pytest.mark.anyio


async def texts(api: Api) -> str:
    """A datastream of texts."""
    made = await api.make("Things", thing())
    unit = {"name": None, "symbol": None, "definition": None}
    kind = f"{OM}OM_CategoryObservation"
    about = stream() | {"observationType": kind, "unitOfMeasurement": unit, "name": "=1+1"}
    return await api.make(f"{made}/Datastreams", about)


@pytest.mark.parametrize("kind", ["Measurement", "CountObservation", "TruthObservation"])
async def test_a_number_no_computer_holds_is_refused(tmp_path: Path, kind: str) -> None:
    async with service(tmp_path) as api:
        made = await api.make("Things", thing())
        about = stream() | {"observationType": f"{OM}OM_{kind}"}
        place = await api.make(f"{made}/Datastreams", about)
        for number in ("1" + "0" * 400, "-1" + "0" * 400, "1" + "0" * 5_000):
            answer = await api.ask(
                "POST",
                f"{place}/Observations",
                content=f'{{"result": {number}}}',
                headers={"content-type": "application/json"},
            )
            assert answer.status_code == 400, answer.text


async def test_years_beyond_the_calendar_are_unknown(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        await api.make("Things", thing())
        beyond = "9999-12-31T23:59:59Z add duration'P1D'"
        for condition in (f"year({beyond}) eq 1", f"date({beyond}) eq 2024-01-01"):
            assert await api.values("Things", **{"$filter": condition}) == []
        assert await api.values("Observations", **{"$filter": f"phenomenonTime gt {beyond}"}) == []


async def test_clients_may_write_the_order_in_capitals(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        for name in "abc":
            await api.make("Things", thing(name))
        found = await api.values("Things", **{"$orderby": "name DESC,id Asc"})
        assert [each["name"] for each in found] == ["c", "b", "a"]


async def test_texts_come_back_and_calculate_nothing(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        place = await texts(api)
        given = ["=1+1", "@x", "-1+1", "a\r\nb", "nul \0 nul", "\x1b[31m", "<script>"]
        for text in given:
            await api.post(f"{place}/Observations", {"result": text})
        found = await api.values(f"{place}/Observations", **{"$orderby": "id"})
        assert [each["result"] for each in found] == given
        for path in (f"{place}/Observations", "Datastreams"):
            answer = await api.ask("GET", path, params={"$resultFormat": "CSV"})
            rows = list(csv.reader(io.StringIO(answer.text)))
            cells = [cell for row in rows[1:] for cell in row]
            assert any(cell == "'=1+1" for cell in cells)
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
