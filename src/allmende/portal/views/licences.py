# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What licences mean, which one data should have, and what a mix of several may have."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from allmende.core import catalogue, licences
from allmende.core.catalogue import Record
from allmende.core.licences import Advice, Owner
from allmende.errors import AllmendeError, InvalidInput, NotFound
from allmende.model import licensing
from allmende.model.catalogue import ResourceKind
from allmende.model.licence_mixing import MOST, mix
from allmende.model.licensing import LEVELS, Case, Decision
from allmende.policy import Action, may
from allmende.portal import licence_words, names
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.present import title_of

SHOWN = (400, 403, 404, 409, 413)
IN_TABLE = ("sell", "name", "change", "share", "open")


async def listing(page: Page) -> Response:
    """All licences with short answers; `mix` (several times) asks for those of a mix."""
    chosen = page.request.query_params.getlist("mix")[:MOST]
    concepts = [(code, licence_words.concept_of(code)) for code in chosen]
    found = [each for _, each in concepts if each is not None]
    mixed = mix([each.iri for each in found]) if found else None
    title = str(page.words("lic.title"))
    return page.render(
        "licences.html",
        title=title,
        crumbs=[Crumb(title)],
        german=licence_words.listed("licence", page),
        european=licence_words.listed("eu-licence", page),
        questions=IN_TABLE,
        chosen=[code for code, each in concepts if each is not None],
        mixed=mixed,
        results=[_link(page, iri) for iri in mixed.licences] if mixed else [],
    )


def _link(page: Page, iri: str) -> tuple[str, str]:
    """Name and page of a licence; the page is empty when it has none."""
    path = names.licence_path(iri)
    return names.licence_title(iri, page.language), page.at(path) if path else ""


async def one(page: Page) -> Response:
    """A licence in plain words; with `dataset`, the line that names this source."""
    concept = licence_words.concept_of(page.request.path_params["id"])
    terms = licensing.terms(concept.iri) if concept else None
    if concept is None or terms is None:
        raise NotFound("There is no such licence here.", "Diese Lizenz gibt es hier nicht.")
    record = await _dataset(page)
    title = names.licence_title(concept.iri, page.language)
    return page.render(
        "licence.html",
        title=title,
        crumbs=[Crumb(str(page.words("lic.title")), page.at("/licences")), Crumb(title)],
        terms=terms,
        sentence=terms.sentence[page.language],
        answers=licence_words.answers(terms, page),
        line=licence_words.line_of(terms, page, record) if terms.attribution is not False else "",
        record=(title_of(record, page), page.at(f"/datasets/{record.id}")) if record else None,
        newer=_link(page, terms.replaced_by) if terms.replaced_by else None,
        found=page.at("/datasets", [("licence", concept.iri)]),
    )


async def _dataset(page: Page) -> Record | None:
    ident = page.request.query_params.get("dataset", "")
    if not ident:
        return None
    return await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)


# --- which licence -------------------------------------------------------------------


async def choose(page: Page) -> Response:
    """Which licence data should have; with `dataset`, for this one."""
    return await _choose(page, await _dataset(page))


async def _choose(page: Page, record: Record | None, error: str = "", done: str = "") -> Response:
    query = page.request.query_params
    advice = await licences.advise(page.platform, record) if record else None
    case = advice.case if advice else Case(level="open")
    if "owner" in query:
        case = _asked(query.get("owner", ""), query.get("regime", ""), page)
    decision = None
    try:
        case = licensing.checked(case)
        decision = licensing.licence_for(case)
    except InvalidInput as wrong:
        error = wrong.text[page.language]
        page = page.with_status(wrong.status)
    steward = record is not None and may(page.subject, Action.WRITE, record.organisation)
    title = str(page.words("lic.choose"))
    return page.render(
        "licence_choose.html",
        title=title,
        crumbs=[Crumb(str(page.words("lic.title")), page.at("/licences")), Crumb(title)],
        case=case,
        owners=_named(licensing.owners(), page),
        laws=_named(licensing.laws(), page),
        levels=LEVELS,
        decision=_decided(page, decision) if decision else None,
        grounds=[each.text[page.language] for each in licensing.grounds(case)] if decision else [],
        record=(title_of(record, page), page.at(f"/datasets/{record.id}")) if record else None,
        ident=record.id if record else "",
        files=_files(page, advice) if advice and steward else [],
        fits=advice.fits if advice else True,
        steward=steward,
        said=await licences.owner(page.platform, record.organisation) if record else None,
        csrf=csrf(page),
        error=error,
        done=done,
    )


def _asked(owner: str, regime: str, page: Page) -> Case:
    query = page.request.query_params
    known = owner in licensing.owners() and regime in licensing.regimes(owner)
    return Case(
        owner=owner,
        regime=regime if known else "",
        level=query.get("level", "open"),
        high_value=bool(query.get("high_value")),
        attribution=bool(query.get("attribution")),
    )


def _named(found: dict[str, licensing.Text], page: Page) -> list[tuple[str, str]]:
    return [(code, text[page.language]) for code, text in found.items()]


def _decided(page: Page, decision: Decision) -> dict[str, object]:
    terms = licensing.terms(decision.licence)
    return {
        "licence": _link(page, decision.licence) if decision.licence else None,
        "reason": decision.reason[page.language],
        "law": decision.legal_basis[page.language],
        "law_page": licensing.law_page(decision.law),
        "needs_permission": decision.needs_permission,
        "answers": licence_words.answers(terms, page) if terms else [],
    }


def _files(page: Page, advice: Advice) -> list[dict[str, object]]:
    """Of each file the licence it has, the one it should have, and whether that fits."""
    return [
        {
            "number": number,
            "now": names.licence_name(each.licence, page.language) if each.licence else "",
            "wanted": names.licence_name(each.decision.licence, page.language)
            if each.decision.licence
            else "",
            "reason": each.decision.reason[page.language],
            "fits": each.fits,
        }
        for number, each in enumerate(advice.files, 1)
    ]


async def act(page: Page) -> Response:
    """Gives the files of a dataset their licence, or says which kind of owner there is."""
    form = await checked_form(page)
    ident = form.get("dataset", "")
    record = await catalogue.get(page.platform, page.subject, ResourceKind.DATASET, ident)
    try:
        if form.get("act") == "owner":
            await licences.save_owner(page.platform, page.subject, _owner(record, form))
        else:
            await licences.apply(page.platform, page.subject, ident)
    except AllmendeError as error:
        if error.status not in SHOWN:
            raise
        page = page.with_status(error.status)
        return await _choose(page, record, error.text[page.language])
    return page.redirect("/licences/choose", [("dataset", ident)])


def _owner(record: Record, form: Mapping[str, str]) -> Owner:
    kind = form.get("owner", "")
    known = form.get("regime", "")
    regime = known if kind not in licensing.owners() or known in licensing.regimes(kind) else ""
    texts = {tag: form.get(f"named-{tag}", "").strip() for tag in ("de", "en")}
    named = texts if form.get("attribution") else {}
    return Owner(record.organisation, kind, regime, named)
