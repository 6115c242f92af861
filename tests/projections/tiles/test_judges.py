# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Foreign programs read the tiles: padded numbers are a right that few writers use."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import shapely
from tests.conftest import missing
from tests.projections.tiles.reading import layer, place_of

from allmende.projections.tiles.grids import WEB_MERCATOR

JENA = (11.58, 50.93)


def test_gdal_counts_places_and_properties(tmp_path: Path) -> None:
    program = shutil.which("ogr2ogr")
    if program is None:
        missing("gdal", "no ogr2ogr on the PATH (Debian's gdal-bin)")
        return
    random = np.random.default_rng(2)
    zoom, (row, column) = 14, place_of(WEB_MERCATOR, *JENA, 14)
    lon = (column + 0.5) / 2**zoom * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + 0.5) / 2**zoom))))
    east, north = random.normal(lon, 0.001, 500), random.normal(lat, 0.0005, 500)
    points = list(shapely.points(east, north))
    areas = list(shapely.box(east[:50], north[:50], east[:50] + 3e-4, north[:50] + 2e-4))
    heights = [float(each) for each in random.integers(1, 90, 500)]
    of = layer(
        [*points, *areas],
        height=[*heights, *[None] * 50],
        name=[f"Größe {number}" for number in range(550)],
        felled=[bool(number % 2) for number in range(550)],
    )
    tile = of.tile("trees", zoom, row, column, ["height", "name", "felled"])
    path = tmp_path / str(zoom) / str(column) / f"{row}.mvt"
    path.parent.mkdir(parents=True)
    path.write_bytes(tile)
    done = subprocess.run(
        [program, "-f", "GeoJSON", "/vsistdout/", f"MVT:{path}", "trees", "-oo", "CLIP=NO",
         "-t_srs", "EPSG:4326"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {each["properties"]["mvt_id"]: each for each in json.loads(done.stdout)["features"]}
    assert sorted(found) == list(range(1, 551))
    for number in range(1, 551):
        feature = found[number]
        assert feature["properties"].get("height") == (
            heights[number - 1] if number <= 500 else None
        )
        assert feature["properties"]["name"] == f"Größe {number - 1}"
        if number <= 500:
            lon, lat = np.ravel(feature["geometry"]["coordinates"])
            assert abs(lon - east[number - 1]) < 1e-5
            assert abs(lat - north[number - 1]) < 1e-5
