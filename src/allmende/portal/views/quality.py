# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Quality of the metadata: the city's figures, one dataset's score, what to do first."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from allmende.core import links, links_files, scoring
from allmende.core.catalogue import Record
from allmende.core.links_files import FileState
from allmende.core.scoring import Overview, Scope, Sum
from allmende.errors import InvalidInput
from allmende.model.catalogue import Dataset
from allmende.model.mqa import METRIC, MOST
from allmende.model.mqa_links import addresses as links_in
from allmende.model.mqa_words import METRIC_WORDS
from allmende.policy import Action, may
from allmende.portal import addresses, finding, quality
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of
from allmende.portal.quality import Brief

MOST_ROWS = 200  # publishers in the table
LOSSES = 8
PER_PAGE = 25
TROUBLES = (
    "closed", "robots", "too-slow", "no-connection", "redirects", "bad-redirect", "own",
    "asked-to-wait", "source-address-refused", "source-unknown-host", "no-address",
)  # fmt: skip
FORMS = (
    ("Turtle (DQV)", "ttl", "text/turtle"),
    ("JSON-LD (DQV)", "jsonld", "application/ld+json"),
    ("RDF/XML (DQV)", "rdf", "application/rdf+xml"),
    ("JSON", "json", "application/json"),
)
FILE_TROUBLES = ("other-format", "broken", "entities", "empty", "not-text")


async def city(page: Page) -> Response:
    """The figures of the city, or with `?catalogue=` or `?publisher=` of one of them."""
    scope, name = _asked(page)
    found = await scoring.overview(page.platform, page.subject, scope, name)
    lost = await scoring.losses(page.platform, page.subject, scope, name)
    title = str(page.words("score.title"))
    shown = await finding.catalogue_title(page, name) if scope == "catalogue" else name
    crumbs = [Crumb(title, page.at("/quality")), Crumb(shown)] if shown else [Crumb(title)]
    return page.render(
        "score.html",
        title=page.words.plain("score.title-of", name=shown) if shown else title,
        crumbs=crumbs,
        found=found.now,
        most=MOST,
        band=quality.band_view(page, found.now.points),
        dimensions=quality.dimensions(page, found.now.dimensions),
        bands=quality.bands(page, found.now, [(scope, name)] if name else []),
        past=_past(page, found),
        losses=[
            (METRIC_WORDS[each.metric][page.language], each.points, METRIC[each.metric].points,
             each.records)
            for each in lost[:LOSSES] if each.points >= 0.05
        ],
        catalogues=await _table(page, "catalogue") if scope == "city" else [],
        publishers=await _table(page, "publisher") if scope == "city" else [],
        machine=addresses.with_query("/quality.json", [(scope, name)] if name else []),
        editor=page.may_bring,
        scope=scope,
    )  # fmt: skip


def _asked(page: Page) -> tuple[Scope, str]:
    query = page.request.query_params
    catalogue_id, publisher = query.get("catalogue", ""), query.get("publisher", "")
    if catalogue_id and publisher:
        raise InvalidInput(
            "Ask for a catalogue or an organisation, not for both.",
            "Bitte nach einem Katalog oder einer Organisation fragen, nicht nach beiden.",
        )
    if catalogue_id:
        return "catalogue", catalogue_id
    return ("publisher", publisher) if publisher else ("city", "")


def _past(page: Page, found: Overview) -> quality.Past:
    today = scoring.today()
    days: list[tuple[int, float]] = [(day, each.points) for day, each in found.days if day < today]
    if found.now.records:
        days.append((today, found.now.points))
    return quality.past(page, "score-chart", days, today)


async def _table(page: Page, scope: Scope) -> list[tuple[str, str, Sum, quality.BandView]]:
    """Name, address, figures and band of every catalogue or publisher with public datasets."""
    found = await scoring.table(page.platform, page.subject, scope)
    rows = []
    for name, each in list(found.items())[:MOST_ROWS]:
        if not name:
            continue
        shown = await finding.catalogue_title(page, name) if scope == "catalogue" else name
        address = page.at("/quality", [(scope, name)])
        rows.append((shown, address, each, quality.band_view(page, each.points)))
    return rows


# --- one dataset ---------------------------------------------------------------------------


async def brief(page: Page, record: Record) -> Brief | None:
    """The score for the page of a dataset; None for other kinds."""
    rating = await scoring.of_record(page.platform, record)
    if rating is None:
        return None
    points = rating.score.points
    address = page.at(f"/datasets/{record.id}/quality")
    return Brief(points, quality.band_view(page, points), address)


async def record(page: Page) -> Response:
    """The score of one dataset metric by metric, its links and files, its history."""
    ident = page.request.path_params["id"]
    found, rating = await scoring.find(page.platform, page.subject, ident)
    moments = await scoring.history(page.platform, page.subject, found)
    advice = await scoring.advice(page.platform, page.subject, found)
    name = title_of(found, page)
    title = str(page.words("score.title"))
    editor = may(page.subject, Action.WRITE_DRAFT, found.organisation)
    past = [(each.day, float(each.points)) for each in moments]
    return page.render(
        "score_record.html",
        title=title,
        crumbs=[
            Crumb(str(page.words("nav.datasets")), page.at("/datasets")),
            Crumb(name.text, page.at(f"/datasets/{found.id}")),
            Crumb(title),
        ],
        name=name,
        record=found,
        points=rating.score.points,
        pending=round(rating.score.pending),
        most=MOST,
        band=quality.band_view(page, rating.score.points),
        metrics=quality.metrics(page, rating),
        deeds=quality.deeds(page, found, advice),
        editor=editor,
        csrf=csrf(page) if editor else "",
        asked_again=page.request.query_params.get("asked") == "1",
        links=await _links(page, found),
        files=await _files(page, found),
        past=quality.past(page, "score-chart", past, scoring.today(), steps=True),
        machine=f"/datasets/{found.id}/quality",
        forms=FORMS,
    )


async def _links(page: Page, found: Record) -> list[dict[str, Any]]:
    if not isinstance(found.resource, Dataset):
        return []
    known = await links.of_record(page.platform, found.resource)
    rows = []
    for address in links_in(found.resource):
        link = known.get(address)
        answers = link.answers if link else False
        trouble = link.trouble if link else "no-address"
        if trouble and trouble not in ("status", *TROUBLES):
            trouble = "no-connection"
        rows.append(
            {
                "address": address,
                "state": "waiting" if answers is None else "fine" if answers else "broken",
                "status": link.status if link else None,
                "told": str(page.words(f"link.{trouble}")) if trouble in TROUBLES else "",
                "asked": page.words.moment(link.asked) if link and link.asked else "",
                "target": link.target if link else "",
            }
        )
    return rows


async def _files(page: Page, found: Record) -> list[tuple[FileState, str]]:
    """What was found inside the files, with a sentence of what it means."""
    states = await links_files.of_record(page.platform, found)
    return [(each, _judged(page, each)) for each in states.values()]


def _judged(page: Page, state: FileState) -> str:
    found = state.found
    if found.parses:
        return page.words.plain("score.parses", format=found.declared)
    if found.parses is None:
        return str(page.words("score.unjudged"))
    return str(
        page.words(
            f"score.file-{found.trouble}", format=found.declared, detected=found.detected or "?"
        )
    )


async def ask_again(page: Page) -> Response:
    """Lets the links of a dataset be checked in the next run."""
    await checked_form(page)
    ident = page.request.path_params["id"]
    await links.ask_again(page.platform, page.subject, ident)
    return page.redirect(f"/datasets/{ident}/quality", [("asked", "1")])


# --- many ----------------------------------------------------------------------------------


async def to_do(page: Page) -> Response:
    """The datasets one looks after, those that gain the most first."""
    text = page.request.query_params.get("page", "1")
    number = max(int(text), 1) if text.isdecimal() and len(text) < 7 else 1
    offset = (number - 1) * PER_PAGE
    total, found = await scoring.to_do(page.platform, page.subject, limit=PER_PAGE, offset=offset)
    title = str(page.words("score.to-do"))
    return page.render(
        "score_to_do.html",
        title=title,
        crumbs=[Crumb(str(page.words("score.title")), page.at("/quality")), Crumb(title)],
        total=total,
        rows=[
            (
                title_of(each.record, page),
                each.record,
                each.points,
                quality.band_view(page, each.points),
                round(each.gain),
                quality.deeds(page, each.record, each.deeds[:3]),
            )
            for each in found
        ],
        most=MOST,
        newer=page.at("/quality/to-do", [("page", str(number - 1))]) if number > 1 else "",
        older=page.at("/quality/to-do", [("page", str(number + 1))])
        if total > number * PER_PAGE
        else "",
    )
