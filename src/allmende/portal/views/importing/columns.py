# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The columns of a draft: what each holds, who may see it, where the rows lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from starlette.responses import Response

from allmende.core import drafts, models
from allmende.core.drafts import Choice, Draft, Where
from allmende.core.imports import ReadOptions
from allmende.core.operations import operation
from allmende.errors import AllmendeError
from allmende.model.coerce_dates import first_day as read_day
from allmende.model.document import CRS84, FieldType, Visibility
from allmende.portal.forms import checked_form, csrf
from allmende.portal.import_map import Picture, picture
from allmende.portal.page import Page
from allmende.portal.views.importing.steps import crumbs, draft_of, path, steps, told

PER_PART = 40  # columns of one page
TYPES = tuple(each for each in FieldType if each not in (FieldType.GEOMETRY, FieldType.OBJECT))
UNITS = (
    "m", "cm", "mm", "km", "m2", "har", "km2", "m3", "L", "kg", "t", "%", "Cel", "a", "mo", "d",
    "h", "min", "s", "km/h", "m/s", "W", "kW", "kW.h", "V", "A", "Pa", "hPa", "dB", "lx", "ug/m3",
)  # fmt: skip
LON_LAT = "OGC:CRS84"
SYSTEMS = (
    (LON_LAT, "import.crs-degrees"),
    ("EPSG:25832", "import.crs-utm32"),
    ("EPSG:25833", "import.crs-utm33"),
    ("EPSG:4647", "import.crs-utm32-zone"),
    ("EPSG:5650", "import.crs-utm33-zone"),
    ("EPSG:31467", "import.crs-gk3"),
    ("EPSG:31468", "import.crs-gk4"),
    ("EPSG:31469", "import.crs-gk5"),
    ("EPSG:3857", "import.crs-web"),
)
WHO = (
    (Visibility.PUBLIC, "import.who-public"),
    (Visibility.INTERNAL, "import.who-internal"),
    (Visibility.PERSONAL, "import.who-personal"),
)
CODES = (
    ("", "import.codes-none"),
    ("open", "import.codes-open"),
    ("closed", "import.codes-closed"),
)
DELIMITERS = (
    (";", "import.delimiter-semicolon"),
    (",", "import.delimiter-comma"),
    ("\t", "import.delimiter-tab"),
    ("|", "import.delimiter-bar"),
)
ENCODINGS = ("utf-8", "cp1252", "latin-1", "cp850", "utf-16")
DATES = (("dmy", "import.dates-dmy"), ("ymd", "import.dates-ymd"), ("mdy", "import.dates-mdy"))
HEADERS = (("yes", "value.yes"), ("no", "value.no"))
_LEVELS = {each.value: each for each in Visibility}
MOST_CODES = 12
MOST_MODELS = 100  # that are compared with the columns
PERSONAL = "personal"  # the code of a note about personal data


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column with what it becomes."""

    number: int
    choice: Choice
    samples: list[str]
    empty: int  # of the rows looked at
    reasons: list[tuple[str, bool]]  # and whether they are a warning
    codes: list[str]
    more_codes: int
    suspected: bool
    used: bool  # for the place
    orders: list[tuple[str, str]]  # ways to read dates that can be read in two ways


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that is there and may fit."""

    value: str
    text: str
    chosen: bool


async def columns(page: Page) -> Response:
    """What was found, to be looked over."""
    return await _page(page, await draft_of(page))


async def _page(page: Page, draft: Draft, errors: Sequence[str] = ()) -> Response:
    part = _part(page, draft)
    found = _views(page, draft)
    return page.render(
        "import_columns.html",
        title=str(page.words("import.columns-title")),
        crumbs=crumbs(page, draft),
        steps=steps(page, draft, ""),
        draft=draft,
        csrf=csrf(page),
        errors=errors,
        columns=found[part * PER_PART : (part + 1) * PER_PART],
        part=part,
        part_count=-(-len(found) // PER_PART),
        part_path=page.at(path(draft)),
        notes=[_text(page, each.text) for each in draft.reasons if not each.field],
        where=drafts.where_of(draft),
        place_notes=told(page, draft.sight.notes),
        map=_map(page, draft),
        systems=_systems(page, draft),
        candidates=await _candidates(page, draft),
        model=draft.model,
        fields=_model_fields(page, draft),
        options=draft.options,
        **_words(page),
    )


def _words(page: Page) -> dict[str, object]:
    return {
        "types": [(each.value, page.words(f"type.{each.value}")) for each in TYPES],
        "units": UNITS,
        "who": [(each.value, page.words(key)) for each, key in WHO],
        "code_choices": [(value, page.words(key)) for value, key in CODES],
        "delimiters": [(value, page.words(key)) for value, key in DELIMITERS],
        "encodings": ENCODINGS,
        "dates": [(value, page.words(key)) for value, key in DATES],
        "headers": [(value, page.words(key)) for value, key in HEADERS],
    }


def _part(page: Page, draft: Draft) -> int:
    given = page.request.query_params.get("part", "")
    last = max(0, (len(draft.sight.columns) - 1) // PER_PART)
    return min(int(given), last) if given.isascii() and given.isdigit() else 0


def _views(page: Page, draft: Draft) -> list[ColumnView]:
    where = drafts.where_of(draft)
    entity = draft.model.entity() if draft.model else None
    found = []
    for number, each in enumerate(drafts.choices(draft)):
        field = entity.find(each.name) if entity and each.take else None
        codes = [str(code.code) for code in field.codes] if field else []
        reasons = [note for note in draft.reasons if note.field == each.column]
        suspected = any(note.code == PERSONAL for note in reasons)
        shown = [note for note in reasons if note.code == PERSONAL or not suspected]
        filled = draft.sight.filled.get(each.column, 0)
        found.append(
            ColumnView(
                number,
                each,
                draft.sight.samples.get(each.column, []),
                draft.sight.rows - filled,
                [(_text(page, note.text), note.code == PERSONAL) for note in shown],
                codes[:MOST_CODES],
                max(0, len(codes) - MOST_CODES),
                suspected and each.take,
                each.column in (where.x, where.y, where.shape),
                _orders(page, draft.unclear.get(each.column, "")),
            )
        )
    return found


def _orders(page: Page, example: str) -> list[tuple[str, str]]:
    """Day or month first, each with what the example would mean."""
    if not example:
        return []
    found = []
    for order in ("dmy", "mdy"):
        day = read_day(example, order)
        found.append((order, f"{example} = {page.words.date(day)}" if day else example))
    return found


def _text(page: Page, text: dict[str, str]) -> str:
    return text.get(page.language) or next(iter(text.values()), "")


def _map(page: Page, draft: Draft) -> Picture | None:
    return picture(draft.sight.places, page.site.portal.bbox) if draft.sight.places else None


def _systems(page: Page, draft: Draft) -> list[tuple[str, str, bool]]:
    """Reference systems for the choice: value, text, whether it is the one."""
    given = draft.mapping.place.crs or draft.options.crs
    chosen = LON_LAT if given == CRS84 else given
    known = [(code, f"{page.words(key)} ({code})") for code, key in SYSTEMS]
    if chosen and chosen not in dict(known):
        known.append((chosen, chosen[:80]))
    return [(code, text, code == chosen) for code, text in known]


async def _candidates(page: Page, draft: Draft) -> list[Candidate]:
    """Models that are there, those first that fit best; none that does not fit at all."""
    found = []
    known = await models.listing(page.platform, page.subject)
    newest = sorted(known, key=lambda each: -each.changed)[:MOST_MODELS]
    for info in newest:
        model = await models.get(page.platform, page.subject, info.id, info.version)
        fitting = drafts.fits(draft, model)
        chosen = bool(draft.fixed and draft.model and draft.model.id == info.id)
        if fitting >= 2 or chosen:
            title = _text(page, info.title) or info.id
            of = len(model.entity().plain)
            text = page.words.plain("import.model-fits", title=title, n=fitting, of=of)
            found.append((-fitting, Candidate(f"{info.id}@{info.version}", text, chosen)))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])][:20]


def _model_fields(page: Page, draft: Draft) -> list[tuple[str, str, str, str]]:
    """Of a chosen model: name, label, kind and column of each field."""
    if draft.model is None or not draft.fixed:
        return []
    return [
        (
            each.name,
            _text(page, each.title) or each.name,
            str(page.words(f"type.{each.type.value}")),
            drafts.column_of(draft.mapping, each.name),
        )
        for each in draft.model.entity().plain
    ]


# --- what was sent -------------------------------------------------------------------


@operation("", seconds="upload_seconds")
async def save(page: Page) -> Response:
    """Keeps what was said; reads anew, takes another model, or goes on."""
    form = await checked_form(page)
    draft = await draft_of(page)
    place = drafts.where_of(draft)
    _described(draft, form)
    todo = form.get("do", "save")
    errors: list[str] = []
    try:
        if todo == "read":
            await drafts.look(page.platform, draft, _options(form, draft.options))
        elif todo == "model":
            await _take_model(page, draft, form.get("model", ""))
        elif drafts.where_of(draft) != place:
            await drafts.see_places(page.platform, draft)
    except AllmendeError as error:
        if error.status == 500:
            raise
        errors = [error.text[page.language]]
    await drafts.save(page.platform, draft)
    return await _onward(page, draft, todo, errors)


async def _onward(page: Page, draft: Draft, todo: str, errors: list[str]) -> Response:
    if todo == "next" and not errors:
        errors = told(page, drafts.faults(draft))
        if not errors:
            return page.redirect(path(draft, "/about"))
    if errors:
        return await _page(page.with_status(422), draft, errors)
    part = _part(page, draft)
    if todo == "part":
        return page.redirect(path(draft), [("part", str(part + 1))])
    return page.redirect(path(draft), [("part", str(part))] if part else ())


def _described(draft: Draft, form: Mapping[str, str]) -> None:
    where = Where(
        x=_known(form.get("x", ""), draft),
        y=_known(form.get("y", ""), draft),
        shape=_known(form.get("shape", ""), draft),
        crs=form.get("crs", "")[:100],
        who=_LEVELS.get(form.get("place-who", ""), Visibility.PUBLIC),
    )
    if draft.sight.geometry:
        draft.options = replace(draft.options, crs=where.crs)
        draft.mapping.read = replace(draft.mapping.read, crs=where.crs)
        where = Where(who=where.who)
    if draft.fixed and draft.model is not None:
        taken = {each.name: form.get(f"m-{each.name}", "") for each in draft.model.entity().plain}
        drafts.map_columns(draft, taken, where)
        return
    current = drafts.choices(draft)
    sent = [
        _choice(form, number, each)
        for number, each in enumerate(current)
        if f"c{number}-name" in form
    ]
    drafts.describe(draft, sent, where)


def _known(column: str, draft: Draft) -> str:
    return column if column in draft.sight.columns else ""


def _choice(form: Mapping[str, str], number: int, before: Choice) -> Choice:
    def sent(name: str) -> str:
        return form.get(f"c{number}-{name}", "")

    kinds = {each.value: each for each in TYPES}
    codes = sent("codes")
    return Choice(
        column=before.column,
        take=bool(sent("take")),
        name=sent("name"),
        de=sent("de"),
        en=sent("en"),
        type=kinds.get(sent("type"), before.type),
        unit=sent("unit"),
        required=bool(sent("required")),
        key=bool(sent("key")),
        who=_LEVELS.get(sent("who")),
        dates="mdy" if sent("dates") == "mdy" else "dmy" if sent("dates") == "dmy" else "",
        codes="open" if codes == "open" else "closed" if codes == "closed" else "",
    )


def _options(form: Mapping[str, str], before: ReadOptions) -> ReadOptions:
    """The reading options of the form."""
    header = {"yes": True, "no": False}.get(form.get("header", ""))
    skip = form.get("skip", "")
    delimiters = {value for value, _ in DELIMITERS}
    delimiter = form.get("delimiter", "")
    return replace(
        before,
        delimiter=delimiter if delimiter in delimiters else "",
        encoding=form.get("encoding", "") if form.get("encoding") in ENCODINGS else "",
        decimal=form.get("decimal", "") if form.get("decimal") in (",", ".") else "",
        date_order=form.get("dates", "") if form.get("dates") in dict(DATES) else "",
        header=header,
        skip=int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 5 else 0,
        layer=form.get("layer", before.layer),
    )


async def _take_model(page: Page, draft: Draft, chosen: str) -> None:
    """Takes a model that is there, or goes back to the proposal."""
    ident, _, version = chosen.partition("@")
    if not ident:
        draft.fixed, draft.model = False, None
        await drafts.look(page.platform, draft, draft.options)
        return
    model = await models.get(page.platform, page.subject, ident, version)
    drafts.use_model(draft, model)
    await drafts.see_places(page.platform, draft)
