# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC API Tiles Part 1 (20-057): vector tiles of collections (docs/reference/tiles.md)."""

from starlette.routing import Route

_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
_TMS = "http://www.opengis.net/spec/tms/2.0/conf/"

CONFORMANCE = (
    f"{_TILES}core",
    f"{_TILES}tileset",
    f"{_TILES}tilesets-list",
    f"{_TILES}dataset-tilesets",
    f"{_TILES}geodata-tilesets",
    f"{_TILES}collections-selection",
    f"{_TILES}mvt",
    f"{_TMS}tilematrixset",
    f"{_TMS}json-tilematrixset",
    f"{_TMS}tilesetmetadata",
    f"{_TMS}json-tilesetmetadata",
)
"""Conformance classes for the list of the API."""


def tile_routes() -> list[Route]:
    """The addresses of grids, tilesets and tiles."""
    from allmende.interfaces.ogcapi.tiles import grids, sets, tile

    place = "{grid}/{zoom}/{row}/{column}"
    return [
        Route("/ogc/tileMatrixSets", grids.listing, methods=["GET"]),
        Route("/ogc/tileMatrixSets/{grid}", grids.one, methods=["GET"]),
        Route("/ogc/tiles", sets.of_all, methods=["GET"]),
        Route("/ogc/tiles/{grid}", sets.one_of_all, methods=["GET"]),
        Route("/ogc/tiles/" + place, tile.of_all, methods=["GET"]),
        Route("/ogc/collections/{id}/tiles", sets.of_one, methods=["GET"]),
        Route("/ogc/collections/{id}/tiles/{grid}", sets.one_of_one, methods=["GET"]),
        Route("/ogc/collections/{id}/tiles/{grid}/tilejson", sets.tilejson, methods=["GET"]),
        Route("/ogc/collections/{id}/tiles/" + place, tile.of_one, methods=["GET"]),
    ]
