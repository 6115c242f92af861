# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC API: Features, Tiles, Styles and Records below /ogc (docs/reference/ogc-api.md)."""

from starlette.routing import BaseRoute, Route

COLLECTION = "/ogc/collections/{id}"
ITEMS = COLLECTION + "/items"
ITEM = ITEMS + "/{row:path}"


def routes() -> list[BaseRoute]:
    """The addresses of the OGC API; the first that fits answers."""
    from allmende.interfaces.ogcapi import describing, landing, past, schemas
    from allmende.interfaces.ogcapi.tiles import tile_routes

    return [
        *_catalogue(),
        *_items(),  # asked for most often, so looked at early
        *tile_routes(),
        Route("/ogc", landing.landing),
        Route("/ogc/conformance", landing.conformance),
        Route("/ogc/api", landing.api),
        Route("/ogc/collections", describing.listing),
        *_styles(),
        Route(COLLECTION, describing.one),
        Route(COLLECTION + "/schema", schemas.schema),
        Route(COLLECTION + "/queryables", schemas.queryables),
        Route(COLLECTION + "/sortables", schemas.sortables),
        Route(COLLECTION + "/changes", past.changes),
    ]


def _catalogue() -> list[BaseRoute]:
    from allmende.interfaces.ogcapi import records
    from allmende.interfaces.ogcapi.record import CATALOGUE

    here = f"/ogc/collections/{CATALOGUE}"
    return [
        Route(here, records.about),
        Route(here + "/schema", records.schema),
        Route(here + "/queryables", records.schema),
        Route(here + "/items", records.many),
        Route(here + "/items/{row:path}", records.one),
    ]


def _styles() -> list[BaseRoute]:
    from allmende.interfaces.ogcapi import styles

    return [
        Route(COLLECTION + "/styles", styles.listing),
        Route(COLLECTION + "/styles/{style}", styles.one),
        Route(COLLECTION + "/styles/{style}/legend", styles.legend),
    ]


def _items() -> list[BaseRoute]:
    from allmende.interfaces.ogcapi import items, past, single, writing

    return [
        Route(ITEMS, items.many, methods=["GET"]),
        Route(ITEMS, writing.create, methods=["POST"]),
        Route(ITEMS, writing.options, methods=["OPTIONS"]),
        Route(ITEMS + ".{ending}", items.file, methods=["GET"]),
        Route(ITEM + "/history", past.history, methods=["GET"]),
        Route(ITEM, single.one, methods=["GET"]),
        Route(ITEM, writing.replace, methods=["PUT"]),
        Route(ITEM, writing.patch, methods=["PATCH"]),
        Route(ITEM, writing.delete, methods=["DELETE"]),
        Route(ITEM, writing.options, methods=["OPTIONS"]),
    ]
