# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a search asks for, from the query of a GET or the JSON of a POST."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field
from starlette.requests import Request

from allmende.core.asking import one_of
from allmende.core.payload import decode_json
from allmende.errors import InvalidInput

MAX_LIMIT = 1_000
MAX_PAGE = 10**9
LONGEST_TOKEN = 8_000  # characters of a scroll id

Operator = Literal["AND", "OR"]
FILTERS = (
    "catalogue",
    "dataset",
    "dataservice",
    "datasetseries",
    "series",
    "resource",
    "vocabulary",
    "organization",
    "resource_editorial-content",
)
_LISTS = (
    "filters",
    "fields",
    "sort",
    "includes",
    "searchAfterSort",
    "aggregationFields",
    "vocabulary",
    "resource",
    "accessControlPermissions",
)
_CHOICES = {
    "dateType": ("issued", "modified", "temporal"),
    "facetOperator": ("AND", "OR"),
    "facetGroupOperator": ("AND", "OR"),
}
_BOX = ("bboxMinLon", "bboxMinLat", "bboxMaxLon", "bboxMaxLat")


class Box(Struct, rename="camel"):
    """A box in degrees; a side that is not given is open."""

    min_lon: float = -180.0
    min_lat: float = -90.0
    max_lon: float = 180.0
    max_lat: float = 90.0


class Range(Struct):
    """Least and most points of quality."""

    min: int | None = None
    max: int | None = None


class SearchParams(Struct, rename="camel"):
    """Dates, box and quality, as a POST groups them."""

    min_date: str | None = None
    max_date: str | None = None
    bounding_box: Box | None = None
    scoring: Range | None = None


class Asked(Struct, rename="camel", kw_only=True, omit_defaults=True):
    """The parameters of hub-search 5.3.11. `fields`, `boost` and `showScore` change nothing."""

    q: str = ""
    filter: str | None = None
    filters: list[str] = field(default_factory=list)
    facets: dict[str, list[str]] = field(default_factory=dict)
    include_children: bool = False
    page: int = 0
    limit: int = 10
    fields: list[str] = field(default_factory=list)
    sort: list[str] = field(default_factory=list)
    search_params: SearchParams = field(default_factory=SearchParams)
    date_type: Literal["issued", "modified", "temporal"] = "modified"
    facet_operator: Operator = "OR"
    facet_group_operator: Operator = "AND"
    global_aggregation: bool = True
    aggregation: bool = True
    aggregation_all_fields: bool = True
    aggregation_fields: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    filter_distributions: bool = False
    scroll: bool = False
    search_after: bool = False
    search_after_sort: list[str] = field(default_factory=list)
    pit_id: str = ""
    min_scoring: int | None = None
    max_scoring: int | None = None
    data_services: bool = False
    autocomplete: bool = False
    country_data: bool | None = None
    show_score: bool = False
    vocabulary: list[str] = field(default_factory=list)
    resource: list[str] = field(default_factory=list)
    count_only: bool = False
    access_control_permissions: list[Literal["view", "edit", "publish", "delete"]] = field(
        default_factory=list
    )
    offset: int | None = None  # of a scroll; not a parameter

    @property
    def start(self) -> int:
        """How many results stand before the first one that is wanted."""
        return self.page * self.limit if self.offset is None else self.offset

    @property
    def types(self) -> list[str]:
        """The kinds of documents that are searched; datasets unless said."""
        return [*self.filters, *([self.filter] if self.filter else [])] or ["dataset"]


async def asked_of(request: Request) -> Asked:
    """The parameters of a request. Raises InvalidInput or LimitExceeded."""
    if request.method == "POST":
        body = await request.body()
        given: dict[str, Any] = decode_json(body, request.app.state.settings, dict[str, Any])
        boxed = given.pop("searchParams", None)
        return made({**given, "searchParams": boxed or {}})
    return made(_from_query(request))


def _from_query(request: Request) -> dict[str, Any]:
    query = request.query_params
    given: dict[str, Any] = {
        name: value for name, value in query.items() if value != "" and "." not in name
    }
    for name in _LISTS:
        if name in given:
            texts = ",".join(query.getlist(name)).split(",")
            given[name] = [text.strip() for text in texts if text.strip()]
    if "facets" in given:
        given["facets"] = decode_json(
            given["facets"].encode(), request.app.state.settings, dict[str, Any]
        )
    params: dict[str, Any] = {
        name: given.pop(name) for name in ("minDate", "maxDate") if name in given
    }
    if any(name in given for name in _BOX):
        box = {name[4:5].lower() + name[5:]: given.pop(name) for name in _BOX if name in given}
        params["boundingBox"] = box
    for gone in ("offset", "boost", "superCatalogue"):
        given.pop(gone, None)
    return {**given, "searchParams": params}


def made(given: Mapping[str, Any]) -> Asked:
    """The parameters, converted and checked. Raises InvalidInput naming the one that is wrong."""
    for name, known in _CHOICES.items():
        if isinstance(given.get(name), str):
            one_of(name, given[name], known)
    try:
        found = msgspec.convert(dict(given), Asked, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"A parameter does not fit: {error}.", f"Ein Parameter passt nicht: {error}."
        ) from error
    for name, value, most in (("limit", found.limit, MAX_LIMIT), ("page", found.page, MAX_PAGE)):
        if not 0 <= value <= most:
            raise InvalidInput(
                f"{name} has to be from 0 to {most}.", f"{name} muss von 0 bis {most} sein."
            )
    unknown = [each for each in found.types if each not in FILTERS]
    if unknown:
        listed = ", ".join(FILTERS)
        raise InvalidInput(f"filters are of: {listed}.", f"filters sind aus: {listed}.")
    scoring = found.search_params.scoring
    if scoring is not None:
        found.min_scoring = scoring.min if found.min_scoring is None else found.min_scoring
        found.max_scoring = scoring.max if found.max_scoring is None else found.max_scoring
    return found


def token(asked: Asked, offset: int) -> str:
    """The parameters with a place in the result, as a text for the next request."""
    kept = msgspec.structs.replace(asked, offset=offset, scroll=False, search_after=False)
    kept.search_after_sort, kept.pit_id = [], ""
    packed = msgspec.json.encode(kept)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def from_token(text: str) -> Asked:
    """The parameters of a token. Raises InvalidInput when it was not made here."""
    try:
        packed = base64.urlsafe_b64decode(text[:LONGEST_TOKEN] + "=" * (-len(text) % 4))
        given = msgspec.json.decode(packed, type=dict[str, Any])
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError) as error:
        raise _no_token() from error
    offset = given.get("offset")
    if not isinstance(offset, int) or not 0 <= offset <= MAX_PAGE or len(text) > LONGEST_TOKEN:
        raise _no_token()
    return made(given)


def _no_token() -> InvalidInput:
    return InvalidInput(
        "This is no scroll id of this server; begin with a search.",
        "Das ist keine Scroll-Kennung dieses Servers; bitte mit einer Suche beginnen.",
        code="scroll-id",
    )
