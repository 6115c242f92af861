# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How long measurements are kept: the public rules, what they have done, and their form."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import people
from allmende.core.sensing import exporting, listing, retaining
from allmende.core.sensing.retaining import Choices, Preview
from allmende.errors import AllmendeError, NotAllowed, NotAuthenticated
from allmende.model.sensing.calendar import DAY
from allmende.model.sensing.retention import KEPT, TRACES, Policy, Rule
from allmende.model.sensing.retention_words import sentence
from allmende.policy import EVERY_ORGANISATION, SYSTEM, Action, may
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page
from allmende.portal.sensing_retention_form import START, Form, filled, read
from allmende.portal.views.collection_doors import told

ORIGINS = ("official", "citizen", "derived", "replay")
DUE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule as the list shows it."""

    title: Said
    sentence: Said
    applies: list[str]
    streams: int
    version: int
    address: str
    edit: str


async def rules(page: Page) -> Response:
    """All rules, what they have done, and the months of the archive."""
    known = await retaining.rules(page.platform, page.subject)
    choices = await retaining.choices(page.platform, page.subject)
    names = await _owners(page)
    title = str(page.words("retention.title"))
    return page.render(
        "sensing_retention.html",
        title=title,
        crumbs=[Crumb(str(page.words("sense.title")), page.at("/things")), Crumb(title)],
        rules=[_shown(page, each, choices, names) for each in known],
        default=page.said(sentence(KEPT.policy)),
        default_streams=choices.streams.get(KEPT.policy.id, 0),
        traces=page.said(sentence(TRACES.policy)),
        trace_streams=choices.streams.get(TRACES.policy.id, 0),
        log=await retaining.log(page.platform, page.subject, 100),
        month=_month_name(page),
        day=DAY,
        months=await exporting.months(page.platform, page.subject),
        base=page.platform.settings.base_url,
        new=page.at("/retention/edit") if _organisations(page, names) else "",
    )


def _month_name(page: Page) -> object:
    return lambda number: page.words.date(f"{number // 100}-{number % 100:02}")


def _shown(page: Page, rule: Rule, choices: Choices, names: dict[str, dict[str, str]]) -> Shown:
    policy = rule.policy
    edit = page.at("/retention/edit", [("id", policy.id)])
    return Shown(
        page.said(policy.title),
        page.said(sentence(policy)),
        applies_to(page, policy, choices, names),
        choices.streams.get(policy.id, 0),
        rule.version,
        page.at(f"/retention/{policy.id}"),
        edit if retaining.editable(page.subject, policy) else "",
    )


def applies_to(
    page: Page, policy: Policy, choices: Choices, names: dict[str, dict[str, str]]
) -> list[str]:
    """What a rule is for, as short phrases; one phrase when it is for everything."""
    known = dict(choices.properties)
    parts = [
        ("organisation", page.said(names.get(policy.organisation, {})).text or policy.organisation),
        ("origin", str(page.words(f"sense.origin.{policy.origin}")) if policy.origin else ""),
        ("property", known.get(policy.observed, policy.observed)),
        ("kind", policy.kind),
        ("thing", policy.thing),
        ("stream", policy.stream),
        ("datastream", str(policy.datastream or "")),
    ]
    found = [page.words.plain(f"retention.for-{key}", what=what) for key, what in parts if what]
    return found or [str(page.words("retention.for-all"))]


async def rule(page: Page) -> Response:
    """One rule with all its versions."""
    ident = page.request.path_params["id"]
    versions = await retaining.versions(page.platform, page.subject, ident)
    policy = next(each.policy for each in versions if each.policy is not None)
    title = page.said(policy.title).text
    return page.render(
        "sensing_retention_rule.html",
        title=title,
        crumbs=[*_crumbs(page), Crumb(title)],
        sentence=page.said(sentence(policy)) if versions[0].policy is not None else None,
        note=page.said(policy.note),
        applies=applies_to(
            page, policy, await retaining.choices(page.platform, page.subject), await _owners(page)
        ),
        versions=[
            (each, page.said(sentence(each.policy)) if each.policy is not None else None)
            for each in versions
        ],
        edit=page.at("/retention/edit", [("id", ident)])
        if versions[0].policy is not None and retaining.editable(page.subject, policy)
        else "",
    )


def _crumbs(page: Page) -> list[Crumb]:
    return [
        Crumb(str(page.words("sense.title")), page.at("/things")),
        Crumb(str(page.words("retention.title")), page.at("/retention")),
    ]


async def edit(page: Page) -> Response:
    """The form of a rule, empty for a new one."""
    await _require_author(page)
    ident = page.request.query_params.get("id", "")
    if not ident:
        return await _form(page, START)
    found = await retaining.rule(page.platform, page.subject, ident)
    if not retaining.editable(page.subject, found.policy):
        raise NotAllowed(
            "This rule belongs to another organisation.",
            "Diese Regel gehört einer anderen Organisation.",
        )
    return await _form(page, filled(found.policy))


async def save(page: Page) -> Response:
    """Shows what a rule would do, keeps it, or takes it out of force."""
    form = read(await checked_form(page))
    await _require_author(page)
    try:
        policy = form.policy()
        if form.deed == "withdraw":
            await retaining.withdraw(page.platform, page.subject, policy.id, form.reason)
            return page.redirect("/retention")
        if form.deed == "save":
            await retaining.save(page.platform, page.subject, policy, form.reason)
            return page.redirect(f"/retention/{policy.id}")
        seen = await retaining.preview(page.platform, page.subject, policy)
    except AllmendeError as error:
        return await _form(page.with_status(error.status), form, problem=told(page, error))
    return await _form(page, form, preview=seen, policy=policy)


async def _require_author(page: Page) -> None:
    if page.subject.kind != "user":
        raise NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    if not _organisations(page, await _owners(page)):
        raise NotAllowed(
            "Rules are written by stewards.", "Regeln schreiben Verwaltende einer Organisation."
        )


async def _form(
    page: Page,
    form: Form,
    *,
    problem: str = "",
    preview: Preview | None = None,
    policy: Policy | None = None,
) -> Response:
    names = await _owners(page)
    title = str(page.words("retention.edit" if form.known else "retention.new"))
    choices = await retaining.choices(page.platform, page.subject)
    due = preview.due[:DUE_SHOWN] if preview else []
    found = await listing.streams(page.platform, page.subject, [e.datastream for e in due])
    streams = {each.stream.id: each.stream.name for each in found}
    return page.render(
        "sensing_retention_form.html",
        title=title,
        crumbs=[*_crumbs(page), Crumb(title)],
        csrf=csrf(page),
        here=page.at("/retention/edit"),
        back=page.at("/retention"),
        form=form,
        problem=problem,
        preview=preview,
        due=[(each, streams.get(each.datastream, str(each.datastream))) for each in due],
        sentence=page.said(sentence(policy)) if policy else None,
        applies=applies_to(page, policy, choices, names) if policy else [],
        organisations=_organisations(page, names),
        origins=ORIGINS,
        choices=choices,
    )


async def _owners(page: Page) -> dict[str, dict[str, str]]:
    return {each.id: each.name for each in await people.organisations(page.platform, SYSTEM)}


def _organisations(page: Page, names: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The organisations whose rules the subject writes; "" stands for all."""
    subject = page.subject
    if subject.kind != "user":
        return []
    found = [
        (ident, page.said(name).text or ident)
        for ident, name in names.items()
        if may(subject, Action.WRITE, ident)
    ]
    known = {ident for ident, _ in found}
    found += [
        (ident, ident)
        for ident in subject.roles
        if ident not in known | {EVERY_ORGANISATION} and may(subject, Action.WRITE, ident)
    ]
    found.sort(key=lambda pair: pair[1].casefold())
    if may(subject, Action.WRITE, EVERY_ORGANISATION):
        found.insert(0, ("", str(page.words("retention.all-organisations"))))
    return found
