# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The catalogue by CSW, judged by OWSLib."""

from pathlib import Path

import pytest
from anyio import to_thread
from lxml import etree
from tests.interfaces.ogcapi.city import city, listening

from allmende.interfaces import masterportal
from allmende.interfaces.masterportal.xml import document, node

pytestmark = pytest.mark.anyio

GMD = "http://www.isotc211.org/2005/gmd"
ASK = "/csw?service=CSW&version=2.0.2&request=GetRecordById"


async def test_owslib_reads_a_record(tmp_path: Path) -> None:
    async with listening(tmp_path, routes=masterportal.routes) as api:
        await to_thread.run_sync(_owslib, f"{api.base}/csw")


def _owslib(address: str) -> None:
    from owslib.csw import CatalogueServiceWeb

    csw = CatalogueServiceWeb(address)
    assert [each.name for each in csw.operations] == ["GetCapabilities", "GetRecordById"]
    csw.getrecordbyid(id=["trees"])
    assert csw.records["trees"].title == "Trees"
    csw.getrecordbyid(id=["trees", "noise"], outputschema=GMD)
    assert set(csw.records) == {"trees", "noise"}
    found = csw.records["trees"]
    (about,) = found.identification
    assert about.title == "Trees"
    assert about.abstract == "Beschreibung trees"
    assert about.contact[0].organization == "Stadt Jena"
    assert about.keywords[0].keywords[0].name == "Grün"
    urls = [each.url for each in found.distribution.online]
    assert "http://example.org/trees.csv" in urls


async def test_masterportal_asks_like_this(tmp_path: Path) -> None:
    async with city(tmp_path, routes=masterportal.routes) as api:
        (csw, _page) = await api.json("/masterportal/rest-services.json")
        answer = await api.get(f"{csw['url']}&id=trees")
        root = etree.fromstring(answer.content)
        assert root[0].tag == f"{{{GMD}}}MD_Metadata"
        assert answer.headers["content-type"] == "application/xml"
        again = await api.get(
            f"{csw['url']}&id=trees", headers={"if-none-match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        nothing = await api.get(f"{ASK}&id=nothing")
        assert len(etree.fromstring(nothing.content)) == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "service=WFS&request=GetCapabilities",
        "request=GetRecords",
        "request=GetRecordById",
        "request=GetRecordById&id=" + ",".join("a" * 21),
        "request=GetRecordById&id=a&outputSchema=x",
        "request=GetRecordById&id=a&version=3.0.0",
    ],
)
async def test_what_cannot_be_asked_gets_a_report(tmp_path: Path, query: str) -> None:
    async with city(tmp_path, routes=masterportal.routes) as api:
        from allmende.interfaces.masterportal import ENCODERS

        assert "/csw" in ENCODERS
        answer = await api.get(f"/csw?{query}")
        assert answer.status_code == 400


async def test_any_text_is_well_formed() -> None:
    nasty = node("dc:title", "<a> & \x00\x0b\ufffe ]]> \"'", name='"<&\x01')
    found = etree.fromstring(document(nasty))
    assert found.text == "<a> &  ]]> \"'"
    assert found.get("name") == '"<&'
