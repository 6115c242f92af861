# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements of the demo city that come with its datasets: air, bicycles, traffic lights.

They are read as `allmende observe` reads them, from the files of the datasets
air-quality-samples, bicycle-counter and traffic-light-k440, whose licence and attribution
stand there. The counting station has no place in its source, so it has none here.
"""

from __future__ import annotations

from typing import Any

from allmende.core.platform import Platform
from allmende.core.sensing.importing import Order, bring
from allmende.core.sensing.importing_types import Report
from allmende.demo.shipped import content
from allmende.policy import SYSTEM

AIR = "air-quality-samples/air-quality-samples.json"
COUNTS = "bicycle-counter/bicycle-counter.csv"
LIGHTS = "traffic-light-k440/k440.json"

FLOWS = {  # number of the flow: its name in German and English
    "101046725": ("Richtung Zentrum (1)", "Towards the centre (1)"),
    "102046725": ("Richtung Lobeda (1)", "Towards Lobeda (1)"),
    "103046725": ("Richtung Zentrum (2)", "Towards the centre (2)"),
    "104046725": ("Richtung Lobeda (2)", "Towards Lobeda (2)"),
}


async def load(platform: Platform) -> int:
    """Brings them in; how many results are new. The second time nothing changes."""
    organisation = platform.settings.catalogue
    orders = (
        (AIR, Order(kind="ice", organisation=organisation, source=AIR)),
        (
            COUNTS,
            Order(
                kind="csv",
                organisation=organisation,
                source=COUNTS,
                options=counter(platform.settings.language),
            ),
        ),
        (LIGHTS, Order(kind="ilsa", organisation=organisation, source=LIGHTS)),
    )
    reports = [await bring(platform, SYSTEM, order, content(file)) for file, order in orders]
    return sum(_new(each) for each in reports)


def _new(report: Report) -> int:
    return report.created + report.corrected


def counter(language: str) -> dict[str, Any]:
    """The description of the counting station's table: a line for each flow and interval."""
    german = language == "de"
    return {
        "name": "Radzählstelle Goldbergrampe" if german else "Bicycle counter Goldbergrampe",
        "source": "eco-counter",
        "thing": {
            "id": "jena-goldbergrampe",
            "description": "Dauerzählstelle" if german else "Permanent counter",
        },
        "sensor": {"name": "Eco-Counter"},
        "time": {"from": "time", "interval": 900, "marks": "begin"},
        "long": {"property": "flow_id", "value": "count"},
        "streams": {
            flow: {"property": "bicycle-count", "type": "count", "name": names[not german]}
            for flow, names in FLOWS.items()
        },
    }
