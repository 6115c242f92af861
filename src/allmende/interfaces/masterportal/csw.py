# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CSW 2.0.2 as far as Masterportal's layer information needs it (OGC 07-006r1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.core.problems import Problem
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.masterportal.iso import dublin_core, metadata
from allmende.interfaces.masterportal.xml import NAMESPACES, Node, document, node
from allmende.model.catalogue import ResourceKind

XML = "application/xml"
VERSION = "2.0.2"
MAX_IDS = 20
SCHEMAS = (NAMESPACES["csw"], NAMESPACES["gmd"])
_KINDS = (ResourceKind.DATASET, ResourceKind.SERVICE, ResourceKind.SERIES)
_CODES = {400: "InvalidParameterValue", 404: "InvalidParameterValue", 405: "OperationNotSupported"}


@operation(
    "Metadata of one or more records as ISO 19139 or Dublin Core",
    tag="CSW",
    parameters=(
        Parameter("service", "query", "CSW"),
        Parameter("version", "query", VERSION),
        Parameter("request", "query", "GetRecordById or GetCapabilities"),
        Parameter("id", "query", "Ids of records, comma between"),
        Parameter("outputSchema", "query", "One of: " + ", ".join(SCHEMAS)),
        Parameter("elementSetName", "query", "brief, summary or full"),
    ),
    produces=(XML,),
)
async def endpoint(request: Request) -> Response:
    """The address /csw; names of parameters in large or small letters."""
    given = {name.lower(): value for name, value in request.query_params.multi_items()}
    if given.get("service", "CSW").upper() != "CSW":
        raise _wrong("service", "CSW")
    wanted = given.get("request", "").lower()
    platform: Platform = request.app.state.platform
    if wanted == "getcapabilities":
        return _answer(request, _capabilities(platform))
    if wanted != "getrecordbyid":
        raise _wrong("request", "GetCapabilities, GetRecordById")
    if given.get("version", VERSION) != VERSION:
        raise _wrong("version", VERSION)
    return _answer(request, await _records(request, platform, given))


async def _records(request: Request, platform: Platform, given: dict[str, str]) -> Node:
    schema = given.get("outputschema", SCHEMAS[0])
    if schema not in SCHEMAS:
        raise _wrong("outputSchema", ", ".join(SCHEMAS))
    idents = [part.strip() for part in given.get("id", "").split(",") if part.strip()]
    if not 0 < len(idents) <= MAX_IDS:
        raise _wrong("id", f"1 … {MAX_IDS}")
    encode = metadata if schema == NAMESPACES["gmd"] else dublin_core
    found = []
    for ident in idents:
        for kind in _KINDS:
            try:
                record = await catalogue.get(platform, request.state.subject, kind, ident)
            except NotFound:
                continue
            found.append(encode(platform, record))
            break
    return node("csw:GetRecordByIdResponse", *found)


def _capabilities(platform: Platform) -> Node:
    address = f"{platform.settings.base_url}/csw"
    parameters = {"outputSchema": SCHEMAS, "ElementSetName": ("brief", "summary", "full")}
    return node(
        "csw:Capabilities",
        node(
            "ows:ServiceIdentification",
            node("ows:Title", platform.settings.site_name),
            node("ows:ServiceType", "CSW"),
            node("ows:ServiceTypeVersion", VERSION),
        ),
        node("ows:ServiceProvider", node("ows:ProviderName", platform.settings.site_name)),
        node(
            "ows:OperationsMetadata",
            _operation("GetCapabilities", address, {}),
            _operation("GetRecordById", address, parameters),
        ),
        node(
            "ogc:Filter_Capabilities",
            node("ogc:Scalar_Capabilities"),
            node("ogc:Id_Capabilities", node("ogc:EID"), node("ogc:FID")),
        ),
        version=VERSION,
    )


def _operation(name: str, address: str, parameters: dict[str, tuple[str, ...]]) -> Node:
    return node(
        "ows:Operation",
        node("ows:DCP", node("ows:HTTP", node("ows:Get", xlink__href=address))),
        *(
            node("ows:Parameter", *(node("ows:Value", each) for each in values), name=key)
            for key, values in parameters.items()
        ),
        name=name,
    )


def exception(problem: Problem) -> Response:
    """A problem as ows:ExceptionReport (OGC 05-008 §8)."""
    code = _CODES.get(problem.status, "NoApplicableCode")
    body = node(
        "ows:ExceptionReport",
        node("ows:Exception", node("ows:ExceptionText", problem.detail), exceptionCode=code),
        version="1.2.0",
    )
    return Response(document(body), problem.status, media_type=XML)


def _answer(request: Request, root: Node) -> Response:
    body = document(root)
    tag = etag(body)
    headers = validators(tag)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=XML)


def _wrong(name: str, known: str) -> InvalidInput:
    return InvalidInput(f"{name} is one of: {known}.", f"{name} ist eines von: {known}.")
