# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How to cite a thing: BibTeX, RIS, CSL-JSON, DataCite JSON, plain text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.negotiation import language
from allmende.core.operations import Parameter, operation
from allmende.core.platform import ADDRESS_PARTS
from allmende.errors import InvalidInput, NotFound
from allmende.interfaces.feeds.forms import LANGUAGES
from allmende.model.citation import (
    Work,
    as_bibtex,
    as_csl,
    as_datacite,
    as_ris,
    as_text,
    work_of,
)

TAG = "feeds"
KINDS = {part: kind for kind, part in ADDRESS_PARTS.items()}


class CiteForm(Struct, frozen=True):
    """One form: its media type and what writes it."""

    content_type: str
    write: Callable[[Work], str | bytes]


FORMS = {
    "bib": CiteForm("application/x-bibtex; charset=utf-8", as_bibtex),
    "ris": CiteForm("application/x-research-info-systems; charset=utf-8", as_ris),
    "json": CiteForm("application/vnd.citationstyles.csl+json", as_csl),
    "datacite.json": CiteForm("application/vnd.datacite.datacite+json", as_datacite),
    "txt": CiteForm("text/plain; charset=utf-8", as_text),
}
LANGUAGE = Parameter("lang", "query", "de or en; without it as Accept-Language says")


@operation(
    "How to cite a thing",
    about="cite.bib, cite.ris, cite.json (CSL), cite.datacite.json or cite.txt; with version and "
    "day of access.",
    tag=TAG,
    parameters=(
        Parameter("id", "path", "Id", {}, True),
        Parameter("form", "path", "bib, ris, json, datacite.json or txt", {}, True),
        LANGUAGE,
    ),
    produces=tuple(form.content_type.partition(";")[0] for form in FORMS.values()),
)
async def cite(request: Request) -> Response:
    """The addresses /datasets/trees/cite.bib, …; also of series, services and catalogues."""
    form = FORMS.get(request.path_params["form"])
    if form is None:
        raise NotFound(
            f"Citations come as {', '.join(f'cite.{name}' for name in FORMS)}.",
            f"Zitate gibt es als {', '.join(f'cite.{name}' for name in FORMS)}.",
            code="no-such-page",
        )
    platform, subject = request.app.state.platform, request.state.subject
    kind = KINDS[request.url.path.split("/")[1]]
    record = await catalogue.get(platform, subject, kind, request.path_params["id"])
    work = work_for(request, record, spoken(request))
    tag = etag(record.key, record.revision, request.path_params["form"], repr(work))
    headers = {"vary": "Accept-Language, Authorization, Cookie", **validators(tag)}
    headers["content-language"] = work.language
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(form.write(work), headers=headers, media_type=form.content_type)


def spoken(request: Request) -> str:
    """The language asked for. Raises InvalidInput for one there is not."""
    given = request.query_params.get("lang")
    if given is None:
        return language(request.headers.get("accept-language"))
    if given not in LANGUAGES:
        raise InvalidInput("lang is de or en.", "lang ist de oder en.")
    return given


def work_for(request: Request, record: Record, tongue: str) -> Work:
    """What is to be cited of a record in a language, today."""
    settings = request.app.state.platform.settings
    return work_of(
        record.resource,
        record.id,
        catalogue.address(request.app.state.platform, record),
        language=tongue,
        site=settings.site_name,
        accessed=datetime.now(UTC).astimezone(ZoneInfo(settings.timezone)).date(),
    )
