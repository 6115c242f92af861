# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The search for browsers and programs: OpenSearch 1.1 and suggestions while somebody types."""

from __future__ import annotations

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import search as searching
from allmende.core.operations import Parameter, operation
from allmende.interfaces.feeds.forms import LANG, language_of
from allmende.model.feed import OPEN_SEARCH, XML, clean

TAG = "feeds"
MAX_TEXT = 200  # characters that are completed
SUGGESTIONS = 10
ABOUT = {
    "de": "Offene Daten suchen: {name}",
    "en": "Search open data: {name}",
}
TERMS = "q={searchTerms}"
PAGED = "page={startPage?}"


@operation(
    "The search described for browsers (OpenSearch)",
    tag=TAG,
    parameters=(LANG,),
    produces=("application/opensearchdescription+xml",),
)
async def description(request: Request) -> Response:
    """The addresses /opensearch/de.xml and /opensearch/en.xml."""
    lang, settings = language_of(request), request.app.state.platform.settings
    base = settings.base_url
    feeds = f"{base}/feeds/{lang}/datasets"
    paged = f"{TERMS}&{PAGED}"
    urls = (
        ("text/html", f"{base}/{lang}/datasets?{paged}", "results"),
        ("application/atom+xml", f"{feeds}.atom?{paged}&limit={{count?}}", "results"),
        ("application/rss+xml", f"{feeds}.rss?{paged}&limit={{count?}}", "results"),
        ("application/json", f"{base}/datasets.json?{paged}", "results"),
        (
            "application/x-suggestions+json",
            f"{base}/opensearch/{lang}/suggestions?{TERMS}",
            "suggestions",
        ),
        (
            "application/opensearchdescription+xml",
            f"{base}/opensearch/{lang}.xml",
            "self",
        ),
    )
    templates = "".join(
        f'<Url type="{kind}" rel="{relation}" template="{clean(address)}"/>\n'
        for kind, address, relation in urls
    )
    name: str = settings.site_name
    body = (
        f'{XML}<OpenSearchDescription xmlns="{OPEN_SEARCH}">\n'
        f"<ShortName>{clean(name[:16])}</ShortName>\n<LongName>{clean(name[:48])}</LongName>\n"
        f"<Description>{clean(ABOUT[lang].format(name=name)[:1024])}</Description>\n"
        f'{templates}<Image type="image/svg+xml">{clean(base)}/favicon.ico</Image>\n'
        f"<Language>{lang}</Language>\n<InputEncoding>UTF-8</InputEncoding>\n"
        "<OutputEncoding>UTF-8</OutputEncoding>\n</OpenSearchDescription>\n"
    )
    headers = {"cache-control": "public, max-age=86400"}
    kind = "application/opensearchdescription+xml"
    return Response(body, headers=headers, media_type=kind)


@operation(
    "Words and titles that go on as somebody types",
    tag=TAG,
    parameters=(LANG, Parameter("q", "query", "What was typed so far")),
    produces=("application/x-suggestions+json",),
)
async def suggestions(request: Request) -> Response:
    """The addresses /opensearch/de/suggestions?q=bau: a list of the text and what it may become."""
    language_of(request)
    platform, subject = request.app.state.platform, request.state.subject
    text = request.query_params.get("q", "")[:MAX_TEXT]
    found: list[str] = []
    if text.strip():
        found = await searching.complete(platform, subject, text, SUGGESTIONS)
    headers = {"vary": "Authorization, Cookie"}
    kind = "application/x-suggestions+json"
    return Response(json.encode([text, found]), headers=headers, media_type=kind)
