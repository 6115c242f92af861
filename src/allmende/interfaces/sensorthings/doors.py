# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The addresses at which SensorThings is written."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from allmende.interfaces.sensorthings import create, remove, update
from allmende.interfaces.sensorthings.writing import ROOT


def writing_routes() -> list[BaseRoute]:
    """POST, PATCH, PUT and DELETE on every path below the root of the service."""
    everything = f"{ROOT}/{{path:path}}"
    return [
        Route(everything, create.post, methods=["POST"]),
        Route(everything, update.patch, methods=["PATCH"]),
        Route(everything, update.put, methods=["PUT"]),
        Route(everything, remove.delete, methods=["DELETE"]),
    ]
