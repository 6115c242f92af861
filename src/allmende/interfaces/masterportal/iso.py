# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records of the catalogue as ISO 19139 and as Dublin Core."""

from __future__ import annotations

from collections.abc import Iterable

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.pages import date_time
from allmende.core.platform import Platform
from allmende.interfaces.masterportal.xml import Node, node, wrapped
from allmende.model.catalogue import Dataset, Resource, ResourceKind, local

_CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml#"
_LEVELS = {
    ResourceKind.DATASET: "dataset",
    ResourceKind.SERIES: "series",
    ResourceKind.SERVICE: "service",
}


def metadata(platform: Platform, record: Record) -> Node:
    """The record as gmd:MD_Metadata."""
    level = _LEVELS.get(record.kind, "dataset")
    return node(
        "gmd:MD_Metadata",
        _string("gmd:fileIdentifier", record.id),
        node("gmd:language", _code("LanguageCode", "ger")),
        node("gmd:characterSet", _code("MD_CharacterSetCode", "utf8")),
        node("gmd:hierarchyLevel", _code("MD_ScopeCode", level)),
        node("gmd:contact", _party(record.resource, "pointOfContact")),
        node("gmd:dateStamp", node("gco:DateTime", date_time(record.updated))),
        node("gmd:identificationInfo", _identification(record)),
        _distribution(platform, record),
    )


def _identification(record: Record) -> Node:
    resource = record.resource
    dates = [("publication", resource.issued), ("revision", resource.modified)]
    keywords = [word for words in resource.keyword.values() for word in words]
    licence = _licence(resource)
    return node(
        "gmd:MD_DataIdentification",
        node(
            "gmd:citation",
            node(
                "gmd:CI_Citation",
                _string("gmd:title", local(resource.title, "de") or record.id),
                *(_date(kind, date) for kind, date in dates if date),
                None if resource.issued or resource.modified else node("gmd:date"),
                *(
                    node("gmd:identifier", node("gmd:MD_Identifier", _string("gmd:code", each)))
                    for each in resource.identifier
                ),
            ),
        ),
        _string("gmd:abstract", local(resource.description, "de")),
        node("gmd:pointOfContact", _party(resource, "publisher")),
        wrapped(
            "gmd:descriptiveKeywords",
            "gmd:MD_Keywords",
            inside=[_string("gmd:keyword", each) for each in keywords],
        ),
        wrapped(
            "gmd:resourceConstraints",
            "gmd:MD_LegalConstraints",
            inside=[
                node("gmd:useConstraints", _code("MD_RestrictionCode", "otherRestrictions")),
                _string("gmd:otherConstraints", licence),
            ]
            if licence
            else None,
        ),
        node("gmd:language", _code("LanguageCode", "ger")),
    )


def _distribution(platform: Platform, record: Record) -> Node:
    address = catalogue.address(platform, record)
    links = [(address, local(record.resource.title, "de"), "information")]
    if isinstance(record.resource, Dataset):
        for part in record.resource.distribution:
            title = local(part.title, "de")
            links += [(each, title, "download") for each in part.download_url or part.access_url]
    return node(
        "gmd:distributionInfo",
        node(
            "gmd:MD_Distribution",
            node(
                "gmd:transferOptions",
                node("gmd:MD_DigitalTransferOptions", *(_online(*each) for each in links)),
            ),
        ),
    )


def _online(address: str, title: str, function: str) -> Node:
    return node(
        "gmd:onLine",
        node(
            "gmd:CI_OnlineResource",
            node("gmd:linkage", node("gmd:URL", address)),
            _string("gmd:name", title) if title else None,
            node("gmd:function", _code("CI_OnLineFunctionCode", function)),
        ),
    )


def _party(resource: Resource, role: str) -> Node:
    publisher = resource.publisher
    name = local(publisher.name, "de") if publisher else ""
    point = resource.contact_point[0] if resource.contact_point else None
    emails = [each.removeprefix("mailto:") for each in point.email] if point else []
    return node(
        "gmd:CI_ResponsibleParty",
        _string("gmd:individualName", local(point.fn, "de")) if point and point.fn else None,
        _string("gmd:organisationName", name),
        wrapped(
            "gmd:contactInfo",
            "gmd:CI_Contact",
            "gmd:address",
            "gmd:CI_Address",
            inside=[_string("gmd:electronicMailAddress", each) for each in emails],
        ),
        node("gmd:role", _code("CI_RoleCode", role)),
    )


def _date(kind: str, date: str) -> Node:
    return node(
        "gmd:date",
        node(
            "gmd:CI_Date",
            node("gmd:date", node("gco:Date", date[:10])),
            node("gmd:dateType", _code("CI_DateTypeCode", kind)),
        ),
    )


def _string(name: str, text: str) -> Node:
    return node(name, node("gco:CharacterString", text))


def _code(kind: str, value: str) -> Node:
    return node(f"gmd:{kind}", value, codeList=_CODES + kind, codeListValue=value)


def _licence(resource: Resource) -> str:
    parts = resource.distribution if isinstance(resource, Dataset) else []
    licences: Iterable[str | None] = [resource.license, *(part.license for part in parts)]
    return next((each for each in licences if each), "")


def dublin_core(platform: Platform, record: Record) -> Node:
    """The record as csw:Record (OGC 07-006r1 §10.2.5)."""
    resource = record.resource
    publisher = local(resource.publisher.name, "de") if resource.publisher else ""
    return node(
        "csw:Record",
        node("dc:identifier", record.id),
        node("dc:title", local(resource.title, "de") or record.id),
        node("dc:type", str(record.kind)),
        *(node("dc:subject", word) for words in resource.keyword.values() for word in words),
        node("dct:modified", date_time(record.updated)),
        node("dct:abstract", local(resource.description, "de")),
        node("dc:publisher", publisher) if publisher else None,
        node("dct:references", catalogue.address(platform, record)),
        node("dc:rights", _licence(resource)) if _licence(resource) else None,
    )
