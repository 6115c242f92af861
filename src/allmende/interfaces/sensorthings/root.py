# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The root of the service: its collections and what it can do (OGC 18-088, 9.2.1)."""

from __future__ import annotations

from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core.operations import operation
from allmende.interfaces.sensorthings import mqtt
from allmende.interfaces.sensorthings.writing import ROOT, platform_of, root_of
from allmende.model.sensing.entities import COLLECTIONS

SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
PLUS = "http://www.opengis.net/spec/sensorthings-staplus/1.0/conf"

_ENTITIES = (
    "thing",
    "location",
    "historical-location",
    "datastream",
    "sensor",
    "observed-property",
    "observation",
    "feature-of-interest",
)
_REQUESTS = (
    "order",
    "expand",
    "select",
    "status-code",
    "query-status-code",
    "orderby",
    "top",
    "skip",
    "count",
    "filter",
    "built-in-filter-operations",
    "built-in-query-functions",
    "pagination",
)
_CHANGES = (
    "create-entity",
    "link-to-existing-entities",
    "deep-insert",
    "deep-insert-status-code",
    "update-entity",
    "update-entity-put",
    "update-entity-jsonpatch",
    "delete-entity",
    "historical-location-auto-creation",
)
CONFORMANCE = (
    f"{SPEC}/datamodel",
    *(
        f"{SPEC}/datamodel/{name}/{part}"
        for name in _ENTITIES
        for part in ("properties", "relations")
    ),
    f"{SPEC}/datamodel/entity-control-information/common-control-information",
    f"{SPEC}/resource-path/resource-path-to-entities",
    f"{SPEC}/request-data",
    *(f"{SPEC}/request-data/{name}" for name in _REQUESTS),
    f"{SPEC}/create-update-delete",
    *(f"{SPEC}/create-update-delete/{name}" for name in _CHANGES),
    f"{SPEC}/batch-request/batch-request",
    f"{SPEC}/multi-datastream",
    *(f"{SPEC}/multi-datastream/{name}" for name in ("properties", "relations", "constraints")),
    f"{SPEC}/data-array/data-array",
    f"{PLUS}/core",
)
"""Requirement classes and requirements that are met; docs/conformance.md names the evidence."""


@operation("Collections of the SensorThings service and what it conforms to", tag="SensorThings")
async def root(request: Request) -> Response:
    """GET /sensorthings/v1.1."""
    platform = platform_of(request)
    base = root_of(platform)
    over_mqtt = mqtt.announced(platform.settings)
    settings: dict[str, Any] = {"conformance": [*CONFORMANCE, *over_mqtt], **over_mqtt}
    body = {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in COLLECTIONS],
        "serverSettings": settings,
    }
    return Response(json.encode(body), media_type="application/json")


async def versions(request: Request) -> Response:
    """GET /sensorthings leads to the only version."""
    return RedirectResponse(ROOT, 307)
