# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The files a Masterportal 3 is made of, from the collections the client sees."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.tiles import ADV_25832
from allmende.errors import InvalidInput
from allmende.interfaces.masterportal.layers import feature_layer, rules, tile_layer
from allmende.interfaces.masterportal.view import map_view
from allmende.model.catalogue import local

PROJECTIONS = [
    [
        "EPSG:25832",
        "+title=ETRS89/UTM 32N +proj=utm +zone=32 +ellps=GRS80 "
        "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs",
    ],
    [
        "EPSG:25833",
        "+title=ETRS89/UTM 33N +proj=utm +zone=33 +ellps=GRS80 "
        "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs",
    ],
    ["EPSG:4326", "+title=WGS 84 +proj=longlat +ellps=WGS84 +datum=WGS84 +no_defs"],
]
CSW_ID, PAGE_ID = "allmende-csw", "allmende-page"
MANY = 20_000  # rows from which a collection is drawn from tiles unless told
_LANGUAGE = Parameter("lang", "query", "de or en")
_LAYERS = Parameter("layers", "query", "Ids of the layers that are switched on, comma between")


@operation("config.js of a Masterportal", tag="Masterportal", produces=("text/javascript",))
async def config_js(request: Request) -> Response:
    """Where the other files are."""
    base = _base(request)
    _only(request, ())
    here = f"{base}/masterportal"
    config = {
        "namedProjections": PROJECTIONS,
        "portalConf": f"{here}/config.json",
        "layerConf": f"{here}/services.json",
        "restConf": f"{here}/rest-services.json",
        "styleConf": f"{here}/style_v3.json",
        "cswId": CSW_ID,
        "metaDataCatalogueId": PAGE_ID,
        "portalLanguage": {
            "enabled": True,
            "debug": False,
            "languages": {"de": "Deutsch", "en": "English"},
            "fallbackLanguage": "de",
            "changeLanguageOnStartWhen": ["querystring", "localStorage", "navigator", "htmlTag"],
        },
    }
    text = (
        b"const Config = " + json.format(json.encode(config), indent=2) + b";\n\n"
        b'if (typeof module !== "undefined") {\n    module.exports = Config;\n}\n'
    )
    return _answer(request, text, "text/javascript; charset=utf-8")


@operation("config.json of a Masterportal", tag="Masterportal", parameters=(_LANGUAGE, _LAYERS))
async def config_json(request: Request) -> Response:
    """The view, the menus and the layers of the portal."""
    _only(request, ("lang", "layers"))
    wanted = _language(request)
    known = await _drawn(request)
    shown = request.query_params.get("layers")
    on = set(shown.split(",")) if shown is not None else {each.id for each in known[:1]}
    elements = []
    for number, each in enumerate(known):
        main, other = (f"{each.id}-tiles", each.id) if each.count > MANY else (each.id, "")
        entry: dict[str, Any] = {"id": main, "visibility": each.id in on, "zIndex": number + 1}
        elements.append(entry)
        if other:
            elements.append({"id": other, "visibility": False})
    name = _platform(request).settings.site_name
    body = {
        "portalConfig": {
            "map": {"mapView": map_view(known), "controls": _controls()},
            "mainMenu": {
                "expanded": True,
                "width": "25%",
                "title": {"text": name, "link": f"{_base(request)}/{wanted}/", "toolTip": name},
                "sections": [[{"type": "layerSelection"}, {"type": "legend"}]],
            },
            "secondaryMenu": {"expanded": False, "width": "25%", "sections": [[]]},
            "tree": {"type": "custom", "addLayerButton": {"active": True}},
            "getFeatureInfo": {"name": "", "icon": "bi-info-circle-fill"},
        },
        "layerConfig": {"baselayer": {"elements": []}, "subjectlayer": {"elements": elements}},
    }
    return _json(request, body)


def _controls() -> dict[str, Any]:
    return {"zoom": True, "fullScreen": True, "startModule": False, "backForward": True}


@operation("services.json of a Masterportal", tag="Masterportal", parameters=(_LANGUAGE,))
async def services(request: Request) -> Response:
    """Every layer: each collection as OGC API Features and as vector tiles."""
    _only(request, ("lang",))
    wanted, base = _language(request), _base(request)
    found = []
    for each in await _drawn(request):
        metadata = _metadata(base, each, wanted)
        found.append(feature_layer(base, each, wanted) | metadata)
        found.append(tile_layer(base, each, wanted, ADV_25832) | metadata)
    return _json(request, found)


def _metadata(base: str, collection: Collection, wanted: str) -> dict[str, Any]:
    """Where the button “i” finds what the layer is."""
    return {
        "datasets": [
            {
                "md_id": collection.dataset,
                "csw_url": f"{base}/csw",
                "show_doc_url": f"{base}/{wanted}/datasets/",
                "rs_id": f"{base}/datasets/{collection.dataset}",
                "md_name": local(collection.title, wanted) or collection.id,
                "bbox": "",
                "kategorie_opendata": ["Sonstiges"],
                "kategorie_inspire": ["nicht INSPIRE-identifiziert"],
                "kategorie_organisation": local(collection.attribution, wanted),
            }
        ]
    }


@operation("rest-services.json of a Masterportal", tag="Masterportal")
async def rest_services(request: Request) -> Response:
    """Services besides layers: the catalogue."""
    _only(request, ())
    base = _base(request)
    query = {
        "service": "CSW",
        "version": "2.0.2",
        "request": "GetRecordById",
        "elementsetname": "full",
        "outputschema": "http://www.isotc211.org/2005/gmd",
    }
    found = [
        {
            "id": CSW_ID,
            "name": "CSW",
            "typ": "CSW",
            "url": f"{base}/csw?{urlencode(query)}",
        },
        {"id": PAGE_ID, "name": "Metadata", "typ": "URL", "url": f"{base}/de/datasets/"},
    ]
    return _json(request, found)


@operation("style_v3.json of a Masterportal", tag="Masterportal", parameters=(_LANGUAGE,))
async def styles(request: Request) -> Response:
    """How features are drawn, by the styles of the collections."""
    _only(request, ("lang",))
    wanted = _language(request)
    found = [{"styleId": each.id, "rules": rules(each, wanted)} for each in await _drawn(request)]
    return _json(request, found)


# --- what all of them need ---------------------------------------------------------------------


def _platform(request: Request) -> Platform:
    platform: Platform = request.app.state.platform
    return platform


def _base(request: Request) -> str:
    return _platform(request).settings.base_url


async def _drawn(request: Request) -> list[Collection]:
    """The collections the client may read that have a geometry."""
    known = await collections.listing(_platform(request), request.state.subject)
    return [each for each in known if each.entity.geometry is not None]


def _language(request: Request) -> str:
    wanted = request.query_params.get("lang", "de")
    if wanted not in ("de", "en"):
        raise InvalidInput("lang is de or en.", "lang ist de oder en.")
    return wanted


def _only(request: Request, known: tuple[str, ...]) -> None:
    for name in request.query_params:
        if name not in (*known, "_"):  # loaders add _ against caches
            raise InvalidInput(
                f"There is no parameter “{name[:80]}” here.",
                f"Den Parameter „{name[:80]}“ gibt es hier nicht.",
                code="unknown-parameter",
            )


def _json(request: Request, body: Any) -> Response:
    return _answer(request, json.format(json.encode(body), indent=2), "application/json")


def _answer(request: Request, body: bytes, kind: str) -> Response:
    tag = etag(body)
    headers = validators(tag)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=kind)
