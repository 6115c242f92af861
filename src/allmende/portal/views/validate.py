# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page on which anybody checks metadata: a file or pasted RDF in, what to do out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from allmende.core import validating
from allmende.core.operations import operation
from allmende.core.payload import check_json, read_form
from allmende.core.validating import Report, Result
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.rdf import FORMATS, format_name
from allmende.model.rdf.terms import Literal, is_blank
from allmende.portal.page import Crumb, Page
from allmende.portal.present import web

MAX_KINDS = 100  # different sentences on the page
MAX_PLACES = 10  # of one sentence
MAX_SHOWN = 200  # characters of an address or value
MAX_KEPT = 100_000  # characters of pasted text that stand in the form again
SEVERITIES = ("violation", "warning", "info")
ABOUT = ("Catalog", "CatalogRecord", "DataService", "Dataset", "DatasetSeries", "Distribution")
"""Classes that are told by name; of the others the sentence says enough."""
SYNTAXES = ("turtle", "rdf-xml", "json-ld", "n-triples")


@dataclass(frozen=True, slots=True)
class Place:
    """A thing a sentence is about: its name, its address if it has one, the wrong value."""

    name: str
    address: str | None
    value: str


@dataclass(slots=True)
class Kind:
    """One sentence with everything it holds for."""

    severity: str
    about: str  # the class of things it is about, or ""
    text: str
    path: str
    number: int
    places: list[Place]


async def show(page: Page) -> Response:
    """The empty form."""
    return _page(page, {})


@operation("", body_limit="upload_limit", seconds="upload_seconds")
async def check(page: Page) -> Response:
    """The form with what was found, or with why it cannot be checked."""
    form = await read_form(page.request, page.platform.settings)
    try:
        report = await _checked(page, form)
    except AllmendeError as error:
        if error.status == 500:
            raise
        return _page(page.with_status(error.status), form, error=error.text[page.language])
    finally:
        for each in form.values():
            if isinstance(each, UploadFile):
                await each.close()
    return _page(page, form, report)


async def _checked(page: Page, form: Mapping[str, Any]) -> Report:
    settings = page.platform.settings
    name, content = await _content(form, settings.body_limit)
    chosen = str(form.get("syntax") or "")
    syntax = format_name(chosen) if chosen else _guess(name, content)
    if syntax == "json-ld":
        check_json(content, settings.json_depth, settings.json_values)
    limits = validating.Limits(size=settings.body_limit)
    return await validating.document(content, syntax, _profiles(form), limits)


def _profiles(form: Mapping[str, Any]) -> tuple[str, ...]:
    return validating.named(str(form.get("profile") or ""))


async def _content(form: Mapping[str, Any], limit: int) -> tuple[str, bytes]:
    """Name and bytes of the file, or the pasted text; one byte more than may be is enough."""
    file, text = form.get("file"), form.get("text")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, await file.read(limit + 1)
    if isinstance(text, str) and text.strip():
        return "", text.encode()
    raise InvalidInput(
        "Choose a file or paste metadata.",
        "Bitte wählen Sie eine Datei oder fügen Sie Metadaten ein.",
    )


def _guess(name: str, content: bytes) -> str:
    """The syntax by the ending of the file, else by how the text begins."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending:
        return format_name(ending)
    start = content.lstrip()[:1]
    if start in (b"{", b"["):
        return "json-ld"
    return "rdf-xml" if content.lstrip()[:5].lower() in (b"<?xml", b"<rdf:") else "turtle"


def _page(
    page: Page, form: Mapping[str, Any], report: Report | None = None, error: str = ""
) -> Response:
    title = str(page.words("validate.title"))
    text = form.get("text")
    kinds = _kinds(report, page.language) if report else []
    return page.render(
        "validate.html",
        title=title,
        crumbs=[Crumb(str(page.words("developers.title")), page.at("/developers")), Crumb(title)],
        error=error,
        text=text[:MAX_KEPT] if isinstance(text, str) else "",
        chosen=str(form.get("profile") or validating.DEFAULT[0]),
        syntax=str(form.get("syntax") or ""),
        syntaxes=[(each, FORMATS[each]) for each in SYNTAXES],
        profiles=[(each.name, f"{each.title} {each.version}") for each in validating.known()],
        limit=page.words.size(page.platform.settings.body_limit),
        report=report,
        counts=[(each, report.count(each.capitalize())) for each in SEVERITIES] if report else [],
        kinds=kinds[:MAX_KINDS],
        left_out=max(len(kinds) - MAX_KINDS, 0),
    )


def _kinds(report: Report, language: str) -> list[Kind]:
    found: dict[str, Kind] = {}
    for each in report.results:
        kind = found.get(each.source)
        if kind is None:
            said = each.message.get(language) or each.component
            about = each.source.rpartition(":")[2].partition(".")[0]
            about = about if about in ABOUT else ""
            kind = found[each.source] = Kind(each.severity.lower(), about, said, each.path, 0, [])
        kind.number += 1
        if len(kind.places) < MAX_PLACES:
            kind.places.append(_place(each))
    return list(found.values())


def _place(each: Result) -> Place:
    focus = each.focus if isinstance(each.focus, str) else each.focus.value
    value = each.value.value if isinstance(each.value, Literal) else each.value or ""
    if value == focus or is_blank(value):
        value = ""
    name = "" if is_blank(focus) else focus[:MAX_SHOWN]
    return Place(name, web(focus), value[:MAX_SHOWN])
