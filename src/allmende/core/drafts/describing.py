# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a person says of the columns of a draft becomes its model and its mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.drafts.looking import column_of
from allmende.core.drafts.types import Draft
from allmende.core.imports.mapping import FieldSource, Place
from allmende.core.imports.plan import plain_name
from allmende.model.document import (
    CRS84,
    Entity,
    Field,
    FieldType,
    GeometryType,
    Model,
    Text,
    ValidTime,
    Visibility,
    closed_keys,
    problems,
)
from allmende.model.sniff.names import heading, usable

NUMERIC = {FieldType.NUMBER, FieldType.INTEGER}
TIMES = {FieldType.DATE, FieldType.DATETIME, FieldType.YEAR}
DAYS = {FieldType.DATE, FieldType.DATETIME}
CODED = {FieldType.STRING, FieldType.INTEGER}
LEFT_OUT = "left out by a person / bewusst weggelassen"

Codes = Literal["", "open", "closed"]
Dates = Literal["", "dmy", "mdy"]


class Choice(Struct, kw_only=True):
    """What a person chose for one column."""

    column: str
    take: bool = True
    name: str = ""
    de: str = ""
    en: str = ""
    type: FieldType = FieldType.STRING
    unit: str = ""
    required: bool = False
    key: bool = False
    who: Visibility | None = None  # None: not decided
    codes: Codes = ""
    dates: Dates = ""  # of an unclear column: what comes first; empty: not decided


class Where(Struct, kw_only=True):
    """Where the place of a row comes from; nothing at all: rows have none."""

    x: str = ""
    y: str = ""
    shape: str = ""
    crs: str = ""
    who: Visibility = Visibility.PUBLIC  # sees the place of a row


def choices(draft: Draft) -> list[Choice]:
    """The columns of a draft as they are described now, in the order of the table."""
    if draft.model is None:
        return []
    entity = draft.model.entity()
    by_column = {column_of(draft.mapping, each.name): each for each in entity.plain}
    return [_choice(name, by_column.get(name), entity, draft) for name in draft.sight.columns]


def _choice(column: str, field: Field | None, entity: Entity, draft: Draft) -> Choice:
    if field is None:
        made = heading(column, 0)
        title = made.title
        return Choice(
            column=column,
            take=False,
            name=made.name,
            de=title.get("de", ""),
            en=title.get("en", ""),
            who=Visibility.PUBLIC,
        )
    return Choice(
        column=column,
        name=field.name,
        de=field.title.get("de", ""),
        en=field.title.get("en", ""),
        type=field.type,
        unit=field.unit,
        required=field.required and field.name not in entity.key,
        key=field.name in entity.key,
        who=None if field.name in draft.undecided else field.shown_to,
        codes=("open" if field.open_codes else "closed") if field.codes else "",
        dates=_order(draft, column),
    )


def _order(draft: Draft, column: str) -> Dates:
    """What somebody said comes first in the dates of an unclear column."""
    for source in draft.mapping.fields.values():
        if isinstance(source, FieldSource) and column in source.columns:
            return "mdy" if source.date_order == "mdy" else "dmy" if source.date_order else ""
    return ""


def describe(draft: Draft, chosen: Sequence[Choice], where: Where) -> None:
    """Makes model and mapping anew from what was chosen; other columns stay as they are."""
    if draft.model is None or draft.fixed:
        return
    entity = draft.model.entity()
    before = {column_of(draft.mapping, each.name): each for each in entity.plain}
    given = {each.column: each for each in chosen}
    current = {each.column: each for each in choices(draft)}
    fields: list[Field] = []
    sources: dict[str, str | list[str] | FieldSource] = {}
    keys: list[str] = []
    undecided: list[str] = []
    taken: set[str] = set()
    for column in draft.sight.columns:
        each = given.get(column) or current[column]
        if not each.take:
            continue
        old = before.get(column)
        field = _field(each, old, taken)
        taken.add(field.name.lower())
        fields.append(field)
        sources[field.name] = _source(each, old, draft)
        if each.key:
            keys.append(field.name)
        if each.who is None:
            undecided.append(field.name)
    place = _placed(entity, where, taken, draft.sight.geometry)
    _rebuild(draft, entity, [*fields, *place], keys, before)
    draft.undecided = undecided
    draft.mapping = replace(
        draft.mapping,
        fields=sources,
        place=Place(x=where.x or [], y=where.y or [], shape=where.shape or [], crs=where.crs),
    )
    draft.mapping.drop = _dropped(draft, where)
    draft.edition += 1


def _field(each: Choice, old: Field | None, taken: set[str]) -> Field:
    name = usable(each.name) or usable(each.column) or "field"
    free, number = name, 2
    while free in taken:
        free, number = f"{name[:58]}_{number}", number + 1
    made = Field(name=free) if old is None else replace(old, name=free)
    if made.type is not each.type:
        made = replace(
            made, type=each.type, plausible=None, minimum=None, maximum=None, max_length=None,
            codes=made.codes if each.type in CODED and made.type in CODED else [],
        )  # fmt: skip
    titles = {"de": each.de.strip()[:200], "en": each.en.strip()[:200]}
    made.title = {**made.title, **titles}
    made.title = {tag: text for tag, text in made.title.items() if text}
    made.unit = each.unit.strip()[:40] if each.type in NUMERIC else ""
    made.required = each.required or each.key
    made.personal = each.who in (None, Visibility.PERSONAL)
    made.visibility = each.who or Visibility.PERSONAL
    if not each.codes or each.who is not Visibility.PUBLIC:
        made.codes = []  # a model is public: values of closed fields do not belong into it
    made.open_codes = bool(made.codes) and each.codes == "open"
    return made


def _source(each: Choice, old: Field | None, draft: Draft) -> str | list[str] | FieldSource:
    column = each.column
    found = column if old is None else draft.mapping.fields.get(old.name, column)
    if column not in draft.unclear or not each.dates or isinstance(found, list):
        return found
    source = FieldSource(from_=found) if isinstance(found, str) else found
    return replace(source, date_order=each.dates)


def _placed(entity: Entity, where: Where, taken: set[str], native: bool) -> list[Field]:
    """The geometry, when there is any."""
    if not (native or where.shape or (where.x and where.y)):
        return []
    old = entity.geometry
    name = next(
        each for each in (old.name if old else "geometry", "geometry", "geom", "row_place")
        if each.lower() not in taken
    )  # fmt: skip
    if old is not None:
        kind = GeometryType.POINT if where.x and where.y else old.geometry
        crs = where.crs or old.crs
        return [_shown(replace(old, name=name, geometry=kind, crs=crs), where.who)]
    kind = GeometryType.POINT if where.x else GeometryType.ANY
    title = {"de": "Lage", "en": "Location"}
    crs = where.crs or CRS84
    made = Field(name=name, type=FieldType.GEOMETRY, title=title, geometry=kind, crs=crs)
    return [_shown(made, where.who)]


def _shown(field: Field, who: Visibility) -> Field:
    return replace(field, visibility=who, personal=who is Visibility.PERSONAL)


def _rebuild(
    draft: Draft, entity: Entity, fields: list[Field], keys: list[str], before: dict[str, Field]
) -> None:
    now = {each.name: each for each in fields}
    names = {
        old.name: each.name
        for column, old in before.items()
        for each in fields
        if each.type is not FieldType.GEOMETRY and plain_name(each.name) == plain_name(old.name)
    }
    label = names.get(entity.label, "")
    if not label:
        texts = (each.name for each in fields if each.type is FieldType.STRING)
        label = next(texts, "")
    time = entity.time
    if time is not None:
        start, end = (_time(names.get(each, ""), now) for each in (time.start, time.end))
        time = ValidTime(start=start, end=end) if start or end else None
    entity.fields, entity.key, entity.label, entity.time = fields, keys, label, time
    if draft.model is not None:
        entity.title = draft.model.title or entity.title


def _time(name: str, fields: dict[str, Field]) -> str:
    return name if name in fields and fields[name].type in TIMES else ""


def _dropped(draft: Draft, where: Where) -> dict[str, str]:
    """Every column that nothing is taken from, with why."""
    used = {column_of(draft.mapping, name) for name in draft.mapping.fields}
    used |= {where.x, where.y, where.shape}
    before = draft.mapping.drop
    return {name: before.get(name, LEFT_OUT) for name in draft.sight.columns if name not in used}


# --- a model that is there already ---------------------------------------------------


def fits(draft: Draft, model: Model) -> int:
    """How many fields of a model have a column of the draft by their names or titles."""
    return len(matched(draft.sight.columns, model.entity()))


def use_model(draft: Draft, model: Model) -> None:
    """Takes a model that is there already; columns are found by names and titles."""
    place = draft.mapping.place
    draft.model, draft.fixed, draft.undecided = model, True, []
    map_columns(draft, {field: name for name, field in matched(
        draft.sight.columns, model.entity()
    ).items()}, Where(
        x=_one(place.x), y=_one(place.y), shape=_one(place.shape), crs=place.crs
    ))  # fmt: skip


def map_columns(draft: Draft, columns: dict[str, str], where: Where) -> None:
    """Says from which column each field of a chosen model takes its values."""
    known = {each.name for each in draft.model.entity().fields} if draft.model else set()
    there = set(draft.sight.columns)
    sources = {column_of(draft.mapping, name): each for name, each in draft.mapping.fields.items()}
    kept = {
        name: sources.get(each, each)
        for name, each in columns.items()
        if each in there and name in known
    }
    draft.mapping = replace(
        draft.mapping,
        fields=dict(kept),
        place=Place(x=where.x or [], y=where.y or [], shape=where.shape or [], crs=where.crs),
    )
    draft.mapping.model = draft.model.id if draft.model else ""
    draft.mapping.drop = _dropped(draft, where)
    draft.edition += 1


def matched(columns: Sequence[str], entity: Entity) -> dict[str, str]:
    """Field by column."""
    found: dict[str, str] = {}
    free = {plain_name(column): column for column in reversed(columns)}
    for each in entity.plain:
        for text in (each.name, *each.title.values()):
            column = free.pop(plain_name(text), "")
            if column:
                found[column] = each.name
                break
    return found


def _one(columns: str | list[str]) -> str:
    return columns if isinstance(columns, str) else next(iter(columns), "")


def where_of(draft: Draft) -> Where:
    """Where the places come from now."""
    place = draft.mapping.place
    field = draft.model.entity().geometry if draft.model and draft.model.entities else None
    return Where(
        x=_one(place.x),
        y=_one(place.y),
        shape=_one(place.shape),
        crs=place.crs,
        who=field.shown_to if field else Visibility.PUBLIC,
    )


# --- what is wrong -------------------------------------------------------------------


def faults(draft: Draft) -> list[Text]:
    """What has to be put right in the description of the fields before going on."""
    return list(_faults(draft))


def _faults(draft: Draft) -> Iterator[Text]:
    if draft.model is None or not draft.model.entities:
        yield _said("Nothing was read yet.", "Es wurde noch nichts gelesen.")
        return
    entity = draft.model.entity()
    for name in draft.undecided:
        title = (entity.find(name) or Field(name=name)).title.get("de") or name
        yield _said(
            f"Please decide who may see “{title}”: it may hold personal data.",
            f"Bitte entscheiden Sie, wer „{title}“ sehen darf: Es enthält vielleicht "
            "personenbezogene Daten.",
        )
    yield from _unclear(draft, entity)
    if not entity.plain:
        yield _said("Take at least one column.", "Bitte mindestens eine Spalte übernehmen.")
    if draft.fixed and not draft.mapping.fields:
        yield _said(
            "No column belongs to a field of the model; choose one at least.",
            "Keine Spalte gehört zu einem Feld des Modells; bitte mindestens eine wählen.",
        )
    where = where_of(draft)
    if bool(where.x) != bool(where.y):
        yield _said(
            "A place needs two columns, one east and one north.",
            "Eine Lage braucht zwei Spalten, eine für Ost und eine für Nord.",
        )
    yield from closed_keys(entity)
    if not draft.fixed:
        yield from problems(draft.model)
        yield from closed_keys(entity)


def _unclear(draft: Draft, entity: Entity) -> Iterator[Text]:
    """Dates of which nobody has said whether day or month comes first."""
    if draft.fixed or draft.mapping.read.date_order:
        return
    for column, example in draft.unclear.items():
        fields = [each for each in entity.plain if column_of(draft.mapping, each.name) == column]
        if any(each.type in DAYS for each in fields) and not _order(draft, column):
            yield _said(
                f"Please say of “{column}” whether day or month comes first, as in {example}.",
                f"Bitte sagen Sie bei „{column}“, ob Tag oder Monat zuerst steht, wie in "
                f"{example}.",
            )


def _said(en: str, de: str) -> Text:
    return {"en": en, "de": de}
