# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The words about the dataset: title, licence, who may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from allmende.core import drafts, people
from allmende.core.drafts import About, Draft
from allmende.core.operations import operation
from allmende.errors import AllmendeError
from allmende.model.sniff.names import usable
from allmende.model.vocabulary import vocabulary
from allmende.policy import Level
from allmende.portal.forms import checked_form, csrf
from allmende.portal.names import licence_name
from allmende.portal.page import Page
from allmende.portal.views.importing.steps import crumbs, draft_of, path, steps, told

USUAL = ("dl-zero-de/2.0", "dl-by-de/2.0", "cc-zero", "cc-by/4.0", "cc-by-sa/4.0", "odbl")
LEVELS = (
    (Level.OPEN, "import.access-open"),
    (Level.INTERNAL, "import.access-internal"),
    (Level.RESTRICTED, "import.access-restricted"),
)
MOST_KEYWORDS = 30
LONGEST = 5_000


async def about(page: Page) -> Response:
    """The form, filled with what can be known."""
    draft = await draft_of(page)
    if not draft.about.ident:
        _begin(draft)
    return await _page(page, draft)


def _begin(draft: Draft) -> None:
    stem = draft.name.rstrip("/").rpartition("/")[2].partition("?")[0].rpartition(".")
    name = stem[0] or stem[2]
    title = name.replace("_", " ").replace("-", " ").strip()
    ident = usable(name).replace("_", "-")[:40].strip("-")
    draft.about.title = {"de": title[:1].upper() + title[1:]} if title else {}
    draft.about.ident = ident if ident[:1].isalpha() else f"t-{ident}"[:40]


async def _page(page: Page, draft: Draft, errors: Sequence[str] = ()) -> Response:
    known = {each.id: each.name for each in await people.organisations(page.platform, page.subject)}
    mine = drafts.organisations_of(page.subject, known)
    names = [(each, page.said(known.get(each) or {}).text or each) for each in mine]
    return page.render(
        "import_about.html",
        title=str(page.words("import.about-title")),
        crumbs=crumbs(page, draft),
        steps=steps(page, draft, "/about"),
        draft=draft,
        about=draft.about,
        csrf=csrf(page),
        errors=errors,
        organisations=names,
        licences=_licences(page),
        themes=_themes(page),
        levels=[(each.value, page.words(key)) for each, key in LEVELS],
        base=page.site.base_url,
        back=page.at(path(draft)),
    )


def _licences(page: Page) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The usual licences and the others, each with a short name."""
    usual: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for each in vocabulary("licence"):
        named = (each.iri, licence_name(each.iri, page.language))
        (usual if each.code in USUAL else others).append(named)
    usual.sort(key=lambda pair: pair[1].casefold())
    return usual, sorted(others, key=lambda pair: pair[1].casefold())


def _themes(page: Page) -> list[tuple[str, str]]:
    found = [(each.iri, each.label(page.language)) for each in vocabulary("data-theme")]
    return sorted(found, key=lambda pair: pair[1].casefold())


@operation("", seconds="upload_seconds")
async def save(page: Page) -> Response:
    """Keeps the words; tries the import when all is said."""
    form = await checked_form(page)
    draft = await draft_of(page)
    draft.about = _read(form, draft.about)
    await drafts.save(page.platform, draft)
    if form.get("do") == "back":
        return page.redirect(path(draft))
    errors = told(
        page,
        [
            *drafts.faults(draft),
            *await drafts.about_faults(page.platform, page.subject, draft),
        ],
    )
    if not errors:
        try:
            await drafts.begin(page.platform, page.subject, draft, "trial")
        except AllmendeError as error:
            if error.status == 500:
                raise
            errors = [error.text[page.language]]
    if errors:
        return await _page(page.with_status(422), draft, errors)
    return page.redirect(path(draft, "/check"))


def _read(form: Mapping[str, str], before: About) -> About:
    def sent(name: str) -> str:
        return form.get(name, "").strip()[:LONGEST]

    def texts(name: str) -> dict[str, str]:
        return {tag: text for tag in ("de", "en") if (text := sent(f"{name}-{tag}"))}

    licence, theme = sent("licence"), sent("theme")
    levels = {each.value: each for each in Level}
    return About(
        ident=sent("ident")[:60],
        organisation=sent("organisation"),
        title=texts("title"),
        description=texts("description"),
        licence=licence if vocabulary("licence").get(licence) else "",
        attribution=sent("attribution")[:300],
        keywords={tag: words for tag in ("de", "en") if (words := _words(sent(f"keywords-{tag}")))},
        theme=theme if vocabulary("data-theme").get(theme) else "",
        access=levels.get(sent("access"), before.access),
        hidden=bool(sent("hidden")),
        legal_basis=sent("legal-basis")[:500],
    )


def _words(text: str) -> list[str]:
    found = [part.strip()[:100] for part in text.replace(";", ",").split(",")]
    return list(dict.fromkeys(part for part in found if part))[:MOST_KEYWORDS]
