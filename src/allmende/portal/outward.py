# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a record offers to the outside: citations, feeds, lines for other people's pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.model import embed
from allmende.model.catalogue import ResourceKind
from allmende.model.citation import as_text, work_of
from allmende.policy import ANONYMOUS, why
from allmende.portal import addresses
from allmende.portal.json_ld import json_ld
from allmende.portal.machine import Form
from allmende.portal.page import Page
from allmende.portal.present import title_of
from allmende.portal.search_form import SearchForm

CITATIONS = (
    ("BibTeX", "application/x-bibtex", "bib"),
    ("RIS", "application/x-research-info-systems", "ris"),
    ("CSL-JSON", "application/vnd.citationstyles.csl+json", "json"),
    ("DataCite", "application/vnd.datacite.datacite+json", "datacite.json"),
)
FEEDS = (
    ("Atom", "application/atom+xml", "atom"),
    ("RSS", "application/rss+xml", "rss"),
    ("JSON Feed", "application/feed+json", "json"),
)
DESCRIBED = (ResourceKind.DATASET, ResourceKind.CATALOG)


@dataclass(frozen=True, slots=True)
class Outward:
    """How to cite and follow a record, and how to show it elsewhere; empty when it may not be."""

    citation: str
    citations: list[Form]
    feeds: list[Form]
    schema_org: Markup | None
    embed: str = ""
    embed_page: str = ""
    oembed: str = ""


async def outward(page: Page, record: Record) -> Outward:
    """What the page of a record offers."""
    path = addresses.thing(record.kind, record.id)
    return Outward(
        citation=_citation(page, record),
        citations=[
            Form(name, kind, f"{path}/cite.{ending}?lang={page.language}")
            for name, kind, ending in CITATIONS
        ],
        feeds=_feeds(f"/feeds/{page.language}{path}"),
        schema_org=await json_ld(record, page) if record.kind in DESCRIBED else None,
        **_embedded(page, record),
    )


def of_search(page: Page, form: SearchForm) -> list[Form]:
    """The feeds of a search; what was changed last stands first in them."""
    pairs = [pair for pair in form.pairs() if pair[0] not in ("limit", "page", "sort")]
    return _feeds(f"/feeds/{page.language}/datasets", pairs)


def _feeds(path: str, pairs: addresses.Pairs = ()) -> list[Form]:
    return [
        Form(name, kind, addresses.with_query(f"{path}.{ending}", pairs))
        for name, kind, ending in FEEDS
    ]


def _citation(page: Page, record: Record) -> str:
    zone = ZoneInfo(page.platform.settings.timezone)
    work = work_of(
        record.resource,
        record.id,
        catalogue.address(page.platform, record),
        language=page.language,
        site=page.site.title,
        accessed=datetime.now(UTC).astimezone(zone).date(),
    )
    return as_text(work)


def _embedded(page: Page, record: Record) -> dict[str, str]:
    """Only what everybody may see can be shown elsewhere."""
    public = why(ANONYMOUS, record.policy_fields()) is not None
    if record.kind is not ResourceKind.DATASET or not public:
        return {}
    base, title = page.site.base_url, title_of(record, page).text
    here = f"{base}{page.at(addresses.thing(record.kind, record.id))}"
    return {
        "embed": embed.frame(base, page.language, record.id, title),
        "embed_page": embed.address("", page.language, record.id),
        "oembed": f"{base}/oembed?{urlencode({'url': here})}",
    }
