# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The files of a dataset: uploading one, and the form of each."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from starlette.datastructures import UploadFile
from starlette.responses import Response

from allmende.core.operations import operation
from allmende.core.working_copies import WorkingCopy
from allmende.errors import AllmendeError, NotFound, PreconditionFailed
from allmende.model.catalogue import Dataset, Distribution, Resource, ResourceKind
from allmende.model.validation.record import asked_of, check
from allmende.portal.editing import offering, panel, uploading
from allmende.portal.editing.fields import FormField, fields_of
from allmende.portal.editing.panel import Panel
from allmende.portal.editing.reading import MOST_NODES, flatten, read
from allmende.portal.editing.saving import Sent, kept, languages, profiles_of, sent
from allmende.portal.editing.target import Target, opened, write
from allmende.portal.editing.values import Faults
from allmende.portal.editing.view import Builder, View
from allmende.portal.forms import csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.present import format_of
from allmende.portal.views import editing_conflict, editing_removal
from allmende.portal.words import LANGUAGES

NEW = "new"
WRITING = ("save", "remove")


def path_of(ident: str, rest: str = "") -> str:
    """The address of the files of a dataset, without language."""
    return f"/edit/dataset/{ident}/files{rest}"


async def dataset_of(page: Page) -> tuple[Target, Dataset]:
    """The dataset of the address as it is edited."""
    target = await opened(page, ResourceKind.DATASET, page.request.path_params["id"])
    resource = target.resource
    if not isinstance(resource, Dataset):
        raise NotFound("This is no dataset.", "Das ist kein Datensatz.")
    return target, resource


# --- uploading --------------------------------------------------------------------------------


async def start(page: Page) -> Response:
    """The form for a file, and what is there."""
    target, dataset = await dataset_of(page)
    return await _start(page, target, dataset)


async def _start(page: Page, target: Target, dataset: Dataset, error: str = "") -> Response:
    ident = page.request.path_params["id"]
    title = str(page.words("edit.files-title"))
    shown = [(n, file_title(page, each, n)) for n, each in enumerate(dataset.distribution)]
    return page.render(
        "edit_files.html",
        title=title,
        crumbs=_crumbs(page, ident, dataset, title),
        here=page.at(path_of(ident)),
        back=page.at(f"/edit/dataset/{ident}"),
        error=error,
        fresh=bool(page.request.query_params.get("new")),
        files=[(page.at(path_of(ident, f"/{n}")), n, text) for n, text in shown],
        ident=ident,
        leftover=await editing_removal.leftover(page, ident),
        deleted=page.request.query_params.get("deleted", ""),
        limit=page.words.size(page.platform.settings.upload_limit),
        token=target.token,
        csrf=csrf(page),
    )


@operation("", body_limit="upload_limit", seconds="upload_seconds")
async def upload(page: Page) -> Response:
    """Keeps the file with its distribution and goes on to the form of that."""
    target, dataset = await dataset_of(page)  # before the body is read
    given = await sent(page)
    file = given.files.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise uploading.no_file()
        old = _replaced(given, dataset)
        entry = target.entry()
        entry.resource, place, facts = await uploading.keep(
            page, entry.id, dataset, file, old, reuse=target.direct
        )
        entry.reason = page.words.plain("edit.reason-upload", name=file.filename[:100])
        done = await write(page, target, entry, _deed(target))
    except AllmendeError as error:
        if error.status in (401, 500):
            raise
        return await _start(
            page.with_status(error.status), target, dataset, error.text[page.language]
        )
    finally:
        for each in given.files.values():
            if isinstance(each, UploadFile):
                await each.close()
    ident = done.ident if isinstance(done, WorkingCopy) else done.id
    return page.redirect(path_of(ident, f"/{place}"), [("kept", "1"), *uploading.told(facts)])


def _replaced(given: Sent, dataset: Dataset) -> int | None:
    """The number of the distribution whose file is replaced, if any."""
    text = given.state.get("replaces", "")
    known = text.isdecimal() and len(text) < 6 and int(text) < len(dataset.distribution)
    return int(text) if known else None


def file_title(page: Page, file: Distribution, number: int) -> str:
    """The title of a distribution, else its format and number."""
    said = page.said(file.title).text
    return said or f"{format_of(file, page.language)} {number + 1}".strip()


def _deed(target: Target) -> str:
    return "save" if target.direct else "copy"


# --- the form of a file -----------------------------------------------------------------------


def _number(page: Page, dataset: Dataset) -> int:
    """Which distribution the address means; one more than there are is a new one."""
    text = page.request.path_params["file"]
    number = len(dataset.distribution) if text == NEW else int(text) if text.isdecimal() else -1
    if not 0 <= number <= len(dataset.distribution):
        raise NotFound("There is no such file.", "Diese Datei gibt es nicht.")
    return number


async def edit(page: Page) -> Response:
    """The form of a distribution."""
    target, dataset = await dataset_of(page)
    number = _number(page, dataset)
    form = await _form(page, target, dataset, number)
    state = flatten(form.fields, form.base, page.language)
    return await _render(page, target, form, state)


class Form:
    """A distribution at work inside its dataset."""

    def __init__(self, dataset: Dataset, number: int, chosen: tuple[str, ...]) -> None:
        there = dataset.distribution
        self.dataset, self.number, self.chosen = dataset, number, chosen
        self.base = there[number] if number < len(there) else uploading.like(there)
        self.fields: tuple[FormField, ...] = fields_of(
            Distribution, asked_of(dataset, chosen), self.base
        )
        self.faults = Faults()

    def take(self, state: Mapping[str, str], language: str) -> Dataset:
        """The dataset with the distribution as the form says."""
        made = read(self.fields, self.base, state, language, self.faults)
        if state.get("also-columns"):
            made = uploading.with_columns(made, state.get("fact-columns", ""), language)
        if not made.access_url and made.download_url:
            made = replace(made, access_url=made.download_url)
        listed = list(self.dataset.distribution)
        listed[self.number : self.number + 1] = [made]
        self.dataset = replace(self.dataset, distribution=listed)
        return self.dataset


async def _form(page: Page, target: Target, dataset: Dataset, number: int) -> Form:
    catalogue_id = target.record.catalogue if target.record else None
    return Form(dataset, number, await profiles_of(page, catalogue_id))


@operation("", seconds="upload_seconds")
async def save(page: Page) -> Response:
    """Checks, keeps or removes a distribution."""
    target, dataset = await dataset_of(page)
    given = await sent(page)
    fresh = given.state.get("revision") == target.token
    if given.do == "delete":
        return await _delete(page, target, dataset, given, fresh)

    def mine(base: Resource) -> Resource:
        if not isinstance(base, Dataset):
            return base
        return _changed(Form(base, _number(page, base), ()), given, page.language)

    if not fresh and given.do in WRITING:
        together, clashes = await editing_conflict.joined(page, given, target, mine)
        if together is None:
            return editing_conflict.show(page, given, target, page.at(page.path), clashes)
        return await _write(page, target, together, given)
    form = await _form(page, target, dataset, _number(page, dataset))
    changed = _changed(form, given, page.language)
    if given.do == "remove":
        return await _write(page, target, changed, given)
    if given.do != "save" or form.faults.found:
        seen = page.with_status(422) if form.faults.found and given.do == "save" else page
        return await _render(seen, target, form, dict(given.state))
    return await _write(page, target, changed, given, form)


async def _delete(
    page: Page, target: Target, dataset: Dataset, given: Sent, fresh: bool
) -> Response:
    """Takes a distribution out and deletes its file, or says in the form why not."""
    form = await _form(page, target, dataset, _number(page, dataset))
    try:
        if not fresh:
            raise PreconditionFailed(
                "The record has changed meanwhile; look at it and delete the file then.",
                "Der Eintrag wurde inzwischen geändert; bitte sehen Sie ihn an und löschen Sie "
                "die Datei dann.",
            )
        names = await editing_removal.offered(page, target, form.base)
        why = given.state.get("reason", "")
        gone = await editing_removal.remove(page, target, _without(form), names, why)
    except AllmendeError as error:
        if error.status in (401, 500):
            raise
        said = error.text[page.language]
        state = flatten(form.fields, form.base, page.language)
        return await _render(page.with_status(error.status), target, form, state, said)
    ident = page.request.path_params["id"]
    return page.redirect(path_of(ident), [("deleted", "all" if gone else "kept")])


def _without(form: Form) -> Dataset:
    listed = [e for n, e in enumerate(form.dataset.distribution) if n != form.number]
    return replace(form.dataset, distribution=listed)


def _changed(form: Form, given: Sent, language: str) -> Dataset:
    if given.do == "remove":
        return _without(form)
    return uploading.accept(form.take(given.state, language), given.state)


async def _write(
    page: Page, target: Target, changed: Resource, given: Sent, form: Form | None = None
) -> Response:
    entry = target.entry()
    entry.resource = changed
    entry.reason = given.state.get("reason", "").strip()[:500]
    try:
        await write(page, target, entry, _deed(target))
    except AllmendeError as error:
        if error.status in (401, 500) or form is None:
            raise
        said = error.text[page.language]
        return await _render(page.with_status(error.status), target, form, dict(given.state), said)
    return page.redirect(f"/edit/dataset/{entry.id}", [("saved", "1")])


async def box_of(page: Page, target: Target, state: Mapping[str, str]) -> Panel:
    """The box beside the form of a distribution, for a form as it is being typed."""
    dataset = target.resource
    text = state.get("file", "")
    if not isinstance(dataset, Dataset) or not text.isdecimal():
        raise NotFound("There is no such file.", "Diese Datei gibt es nicht.")
    number = min(int(text), len(dataset.distribution))
    form = await _form(page, target, dataset, number)
    form.take(state, page.language)
    return (await _drawn(page, form, state))[1]


def _area(page: Page, box: str) -> str:
    """A box as the page writes numbers; as it came when it is none."""
    try:
        return " / ".join(page.words.exact(float(side)) for side in box.split(","))
    except ValueError:
        return box


async def _drawn(page: Page, form: Form, state: Mapping[str, str]) -> tuple[View, Panel]:
    asked = asked_of(form.dataset, form.chosen)
    builder = Builder(page.words, state, languages(state, LANGUAGES), form.faults.found)
    view = builder.view(form.fields, kept(form.base, MOST_NODES))
    box = panel.panel(page, check(form.dataset, asked), view, f"distribution[{form.number}].")
    await offering.score(page, form.dataset, box)
    return view, box


async def _render(
    page: Page, target: Target, form: Form, state: Mapping[str, str], error: str = ""
) -> Response:
    ident = page.request.path_params["id"]
    before = form.dataset
    if form.number >= len(before.distribution):
        before = replace(before, distribution=[*before.distribution, form.base])
        form.dataset = before
    view, box = await _drawn(page, form, state)
    new = page.request.path_params["file"] == NEW
    title = str(page.words("edit.new-file")) if new else file_title(page, form.base, form.number)
    query = page.request.query_params
    given = {name: state.get(f"fact-{name}", query.get(name, "")) for name in uploading.FACTS}
    return page.render(
        "edit_file.html",
        title=title,
        crumbs=_crumbs(page, ident, before, title),
        here=page.at(path_of(ident, f"/{form.number}")),
        back=page.at(f"/edit/dataset/{ident}"),
        view=view,
        box=box,
        state=state,
        errors=panel.summary(view, form.faults.found, page),
        error=error,
        just_kept=bool(query.get("kept")),
        facts=uploading.offered(given, before),
        area=_area(page, given["box"]),
        rows=given["rows"] if given["rows"].isdecimal() else "",
        columns=given["columns"].split("\n") if given["columns"] else [],
        encoding=given["encoding"][:40].upper(),
        reference_lists=await offering.references(page, view),
        ident=ident,
        number=form.number,
        there=not new,
        held=await editing_removal.offered(page, target, form.base),
        token=target.token,
        csrf=csrf(page),
    )


def _crumbs(page: Page, ident: str, dataset: Dataset, title: str) -> list[Crumb]:
    return [
        Crumb(str(page.words("mine-data.title")), page.at("/my-data")),
        Crumb(page.said(dataset.title).text or ident, page.at(f"/edit/dataset/{ident}")),
        Crumb(title),
    ]
