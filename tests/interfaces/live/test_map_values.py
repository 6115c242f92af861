# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Latest values as GeoJSON: points, what is out of date, conditional requests, closed things."""

from __future__ import annotations

from pathlib import Path

import httpx2
from tests.support import measured
from tests.support.platforms import run_scenario, settings_for

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing.staleness import now
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM
from allmende.web import create_app


def test_points_with_values_and_a_tag(engine: str, tmp_path: Path) -> None:
    async def scenario(platform: Platform) -> None:
        ids = await measured.fill(platform)
        fresh = Observation(datastream=ids["c"], time=now(), result=21.5)
        await sensing.observe(platform, SYSTEM, [fresh])
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/data/measurements/1.geojson")
            assert answer.headers["content-type"] == "application/geo+json"
            assert answer.headers["cache-control"] == "public, max-age=15"
            tag = answer.headers["etag"]
            again = await client.get("/data/measurements/1.geojson", headers={"if-none-match": tag})
            assert again.status_code == 304
            nothing = await client.get("/data/measurements/999999999999.geojson")
        found = {each["id"]: each for each in answer.json()["features"]}
        assert nothing.json()["features"] == []
        assert ids["s"] not in found
        assert ids["empty"] not in found
        one = found[ids["c"]]
        assert one["geometry"] == {"type": "Point", "coordinates": [11.6, 50.94]}
        assert one["properties"]["shown"] == one["properties"]["value"] == 21.5
        assert (one["properties"]["origin"], one["properties"]["stale"]) == ("citizen", False)
        old = found[ids["air"]]["properties"]
        assert old["stale"]
        assert "shown" not in old

    run_scenario(settings_for(engine, tmp_path, access_log=False, jobs=False), scenario, 120)
