# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GDAL finds its way from the collection to its tiles as the standard describes it."""

import json
import subprocess
import sys

import pyogrio
from tests.conftest import missing

SCRIPT = """
import json, sys, pyogrio
source = "OGCAPI:" + sys.argv[1]
zoom = pyogrio.list_layers(source)[0][0]
about, _, places, columns = pyogrio.raw.read(source, layer=zoom)
found = {name: column.tolist() for name, column in zip(about["fields"], columns)}
print(json.dumps({"crs": about["crs"], "places": len(places), "found": found}))
"""


def test_gdal_walks_from_the_collection_to_its_tiles(address: str) -> None:
    """In a process of its own: it does not let go of the interpreter while it waits."""
    if pyogrio.__gdal_version__ < (3, 8, 0) or "OGCAPI" not in pyogrio.list_drivers():
        missing("gdal-ogcapi", "GDAL before 3.8 reads a draft of the standard only")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, f"{address}/ogc/collections/trees"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["crs"], answer["places"]) == ("EPSG:3857", 50)
    assert sorted(answer["found"]["number"]) == list(range(1, 51))
    assert set(answer["found"]["species"]) == {"Tilia cordata"}
