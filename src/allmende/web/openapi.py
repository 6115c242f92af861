# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The description of the machine interfaces (OpenAPI 3.1), made from the routes themselves."""

import re
from collections.abc import Iterable
from typing import Any

from allmende import __version__
from allmende.core.operations import Operation, Parameter
from allmende.core.problems import MEDIA_TYPE
from allmende.core.settings import Settings
from allmende.web.routing import Place

_CONVERTER = re.compile(r"\{(\w+)(?::\w+)?\}")

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs"},
        "requestId": {"type": "string"},
        "errorId": {"type": "string"},
    },
}


def document(found: Iterable[Place], settings: Settings) -> dict[str, Any]:
    """The OpenAPI document of every described address."""
    paths: dict[str, dict[str, Any]] = {}
    for place in found:
        item = paths.setdefault(_CONVERTER.sub(r"{\1}", place.template), {})
        for method in place.methods:
            item[method.lower()] = _operation(place, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.site_name,
            "version": __version__,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": settings.base_url}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM_SCHEMA},
            "responses": {
                "Problem": {
                    "description": "What went wrong and what to do",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(place: Place, method: str) -> dict[str, Any]:
    what = place.operation
    said: dict[str, Any] = {
        "summary": what.summary,
        "operationId": _ident(place.template, method),
        "parameters": [_parameter(each) for each in _all_parameters(place)],
        "responses": {
            "200": {"description": "The answer", "content": {kind: {} for kind in what.produces}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if what.about:
        said["description"] = what.about
    if what.tag:
        said["tags"] = [what.tag]
    if what.secured:
        said["security"] = [{"token": []}]
    if what.consumes and method in ("POST", "PUT", "PATCH"):
        said["requestBody"] = _body(what)
    return said


def _body(what: Operation) -> dict[str, Any]:
    return {"required": True, "content": {kind: {} for kind in what.consumes}}


def _all_parameters(place: Place) -> list[Parameter]:
    """The described parameters, and those of the path that are not described."""
    described = list(place.operation.parameters)
    names = {each.name for each in described if each.place == "path"}
    missing = [name for name in _CONVERTER.findall(place.template) if name not in names]
    return [*(Parameter(name, "path", "") for name in missing), *described]


def _parameter(each: Parameter) -> dict[str, Any]:
    said: dict[str, Any] = {"name": each.name, "in": each.place, "schema": each.schema}
    if each.about:
        said["description"] = each.about
    if each.required or each.place == "path":
        said["required"] = True
    return said


def _ident(template: str, method: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", _CONVERTER.sub(r" by \1 ", template))
    return "_".join([method.lower(), *words])
