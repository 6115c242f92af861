# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset as schema.org JSON-LD, so that search engines for data find it."""

import json
from typing import Any

from markupsafe import Markup

from allmende.core.catalogue import Record
from allmende.model.catalogue import Agent, Catalog, Dataset, Distribution, Resource
from allmende.portal.coverage import bounding_box
from allmende.portal.markup import plain
from allmende.portal.page import Page
from allmende.portal.present import agent_name, format_of, licences, web

MAX_FILES = 100


def json_ld(record: Record, page: Page, address: str) -> Markup:
    """The script element's content; `<`, `>` and `&` are escaped so that it cannot end early."""
    document = {"@context": "https://schema.org/", **_resource(record.resource, page, address)}
    text = json.dumps(_bare(document), ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign that HTML knows is escaped above


def _resource(resource: Resource, page: Page, address: str) -> dict[str, Any]:
    say = page.said
    kind = "DataCatalog" if isinstance(resource, Catalog) else "Dataset"
    box = bounding_box(resource.spatial)
    return {
        "@type": kind,
        "@id": address,
        "url": address,
        "name": say(resource.title).text,
        "description": plain(say(resource.description).text, 5000),
        "identifier": resource.identifier[:5],
        "keywords": [word for words in resource.keyword.values() for word in words][:50],
        "license": next(filter(None, map(web, licences(resource))), None),
        "dateModified": resource.modified,
        "datePublished": resource.issued,
        "publisher": _agent(resource.publisher, page),
        "creator": [_agent(agent, page) for agent in resource.creator],
        "isAccessibleForFree": True if isinstance(resource, Dataset) else None,
        "temporalCoverage": [f"{p.start or '..'}/{p.end or '..'}" for p in resource.temporal],
        "spatialCoverage": _place(box) if box else None,
        "distribution": _files(resource, page),
    }


def _files(resource: Resource, page: Page) -> list[dict[str, Any]]:
    files = resource.distribution if isinstance(resource, Dataset) else []
    return [_file(file, page) for file in files[:MAX_FILES]]


def _file(file: Distribution, page: Page) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": page.said(file.title).text,
        "contentUrl": next(iter(file.download_url or file.access_url), None),
        "encodingFormat": format_of(file),
        "contentSize": str(file.byte_size) if file.byte_size is not None else None,
    }


def _agent(agent: Agent | None, page: Page) -> dict[str, Any] | None:
    if agent is None:
        return None
    name = agent_name(agent, page.language).text
    return {"@type": "Organization", "name": name, "url": next(iter(agent.homepage), None)}


def _place(box: tuple[float, float, float, float]) -> dict[str, Any]:
    west, south, east, north = box
    shape = {"@type": "GeoShape", "box": f"{south:g} {west:g} {north:g} {east:g}"}
    return {"@type": "Place", "geo": shape}


def _bare(value: Any) -> Any:
    """Without members that say nothing."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if v not in (None, "", [], {})}
    return [_bare(v) for v in value if v is not None] if isinstance(value, list) else value
