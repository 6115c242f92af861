# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A row as a form: a control for each field of the model, and what was entered as values.

Texts are written as people of the language write them: decimal commas in German, moments in the
time of Berlin. Only what a person has changed is read again, so that nothing is rounded or lost
by showing it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from allmende.model.check_rows import Finding
from allmende.model.coerce import Reading, Unreadable, reader
from allmende.model.document import CRS84, Entity, Field, FieldType, GeometryType
from allmende.model.shapes import point, read_wkb
from allmende.portal.map_values import Shown, label, show, unit
from allmende.portal.page import Page
from allmende.portal.words import TIME_ZONE

LONGEST = 9_000  # characters; a longer value is not shown in a form and stays as it is
AREA = 80  # characters from which on a text gets several lines
LON, LAT = "-lon", "-lat"
DIGITS = 7  # of degrees that are shown, about a centimetre
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\Z")
_PLAIN = {FieldType.STRING, FieldType.URI}


@dataclass(frozen=True, slots=True)
class Control:
    """A control: its field, how it is shown, and what is wrong with its value."""

    field: Field
    label: Shown
    unit: str
    kind: str  # text, area, number, choice, date, datetime-local, point or shape
    value: str
    second: str = ""  # latitude of a point
    options: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    locked: bool = False

    @property
    def name(self) -> str:
        """The name of the control in the form."""
        return control(self.field.name)


def control(name: str) -> str:
    """The name of a field's control."""
    return f"f-{name}"


# --- values as texts -----------------------------------------------------------------


def texts(
    entity: Entity, values: Mapping[str, Any], extra: Mapping[str, Any], shape: Any, page: Page
) -> dict[str, str]:
    """The text of every control; `extra` are raw values that could not be read."""
    found: dict[str, str] = {}
    for each in entity.fields:
        name = control(each.name)
        if each.type is FieldType.GEOMETRY:
            found |= _place(each, shape, page)
        elif values.get(each.name) is None and extra.get(each.name) is not None:
            found[name] = str(extra[each.name])
        else:
            found[name] = _text(each, values.get(each.name), page)
    return found


def _text(each: Field, value: Any, page: Page) -> str:
    if value is None:
        return ""
    if each.many and isinstance(value, list) and all(not isinstance(v, dict | list) for v in value):
        return "\n".join(_text_of_one(each, one, page) for one in value)
    if each.type is FieldType.OBJECT or isinstance(value, dict | list):
        return msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
    return _text_of_one(each, value, page)


def _text_of_one(each: Field, value: Any, page: Page) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value, page)
    if each.type is FieldType.DATETIME and isinstance(value, str):
        return _local(value)
    return str(value)


def _number(value: float, page: Page) -> str:
    plain = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return plain.replace(".", ",") if page.language == "de" else plain


def _local(text: str) -> str:
    """A moment in the time of Berlin, as a control for date and time takes it."""
    from zoneinfo import ZoneInfo

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None or moment.microsecond:
        return text
    return moment.astimezone(ZoneInfo(TIME_ZONE)).strftime("%Y-%m-%dT%H:%M:%S")


def _place(each: Field, shape: Any, page: Page) -> dict[str, str]:
    name = control(each.name)
    if each.geometry is GeometryType.POINT:
        x, y = ("", "")
        if isinstance(shape, bytes) and not (found := read_wkb(shape)).empty:
            x, y = (_number(round(each, DIGITS), page) for each in found.box[:2])
        return {name + LON: x, name + LAT: y}
    if not isinstance(shape, bytes):
        return {name: ""}
    import shapely

    return {name: shapely.to_wkt(shapely.from_wkb(shape), rounding_precision=-1)}


# --- the form ------------------------------------------------------------------------


def controls(
    entity: Entity,
    shown: Mapping[str, str],
    page: Page,
    errors: Iterable[Finding] = (),
    locked: Iterable[str] = (),
) -> list[Control]:
    """The controls of a form, with the findings at their fields."""
    wrong: dict[str, list[str]] = {}
    for each in errors:
        wrong.setdefault(each.field, []).append(page.said(each.text).text or each.code)
    return [_control(each, shown, page, wrong.get(each.name, []), locked) for each in entity.fields]


def _control(
    each: Field, shown: Mapping[str, str], page: Page, errors: list[str], locked: Iterable[str]
) -> Control:
    name = control(each.name)
    point_like = each.type is FieldType.GEOMETRY and each.geometry is GeometryType.POINT
    value = shown.get(name + LON if point_like else name, "")
    options = _options(each, page)
    kind = _kind(each, value, options)
    return Control(
        each,
        label(each, page),
        unit(each),
        kind,
        value,
        shown.get(name + LAT, "") if point_like else "",
        options,
        errors,
        each.name in locked or len(value) > LONGEST,
    )


def _kind(each: Field, value: str, options: list[tuple[str, str]]) -> str:
    if each.type is FieldType.GEOMETRY:
        return "point" if each.geometry is GeometryType.POINT else "shape"
    if each.many or each.type is FieldType.OBJECT:
        return "area"
    known = value in ("", *(code for code, _ in options))
    if options and known and not each.open_codes:
        return "choice"
    if each.type is FieldType.DATE and (not value or _DATE.match(value)):
        return "date"
    if each.type is FieldType.DATETIME and (not value or _MOMENT.match(value)):
        return "datetime-local"
    if each.type in (FieldType.NUMBER, FieldType.INTEGER, FieldType.YEAR):
        return "number"
    return "area" if len(value) > AREA or "\n" in value else "text"


def _options(each: Field, page: Page) -> list[tuple[str, str]]:
    if each.type is FieldType.BOOLEAN:
        return [("true", str(page.words("value.yes"))), ("false", str(page.words("value.no")))]
    return [(str(code.code), show(each, code.code, page).text) for code in each.codes]


# --- what was entered ----------------------------------------------------------------


def sent(entity: Entity, form: Mapping[str, str], shown: Mapping[str, str]) -> dict[str, str]:
    """The text of every control as it was sent; what was not in the form is as it was shown."""
    found = {}
    for name, text in shown.items():
        given = form.get(name)
        found[name] = text if given is None else given.replace("\r\n", "\n").strip()
    return found


def changed(entity: Entity, given: Mapping[str, str], shown: Mapping[str, str]) -> list[Field]:
    """The fields with another text than the one that was shown."""
    return [
        each
        for each in entity.fields
        if any(given[name] != shown[name].strip() for name in names_of(each))
    ]


def names_of(each: Field) -> list[str]:
    """The names of the controls of a field."""
    name = control(each.name)
    if each.type is FieldType.GEOMETRY and each.geometry is GeometryType.POINT:
        return [name + LON, name + LAT]
    return [name]


def read(
    fields: Iterable[Field], given: Mapping[str, str], page: Page
) -> tuple[dict[str, Any], list[Finding]]:
    """The values of these fields, None for emptied ones, and what could not be read."""
    values: dict[str, Any] = {}
    wrong: list[Finding] = []
    for each in fields:
        try:
            values[each.name] = _value(each, given, page)
        except Unreadable as error:
            wrong.append(Finding(field=each.name, code=error.code, text=error.text))
    return values, wrong


def _value(each: Field, given: Mapping[str, str], page: Page) -> Any:
    name = control(each.name)
    if each.type is FieldType.GEOMETRY:
        if each.geometry is GeometryType.POINT:
            return _point(given[name + LON], given[name + LAT], page)
        plain = msgspec.structs.replace(each, crs=CRS84)
        return reader(plain, Reading())(given[name])
    text = given[name]
    if not text:
        return None
    if each.many and not text.startswith("["):
        one = msgspec.structs.replace(each, many=False)
        lines = (line.strip() for line in text.split("\n"))
        return [_one(one, line, page) for line in lines if line]
    return _one(each, text, page)


def _one(each: Field, text: str, page: Page) -> Any:
    if each.type in _PLAIN and not each.many:
        return text
    try:
        return reader(each, Reading(decimal="," if page.language == "de" else "."))(text)
    except Unreadable:
        return reader(each, Reading())(text)  # a point on a German page, where it is certain


def _point(lon: str, lat: str, page: Page) -> bytes | None:
    if not lon and not lat:
        return None
    number = Field(name="degrees", type=FieldType.NUMBER)
    x, y = _one(number, lon, page), _one(number, lat, page)
    if x is None or y is None or abs(x) > 180 or abs(y) > 90:
        raise Unreadable(
            "not-a-place",
            "A place needs both: longitude from -180 to 180 and latitude from -90 to 90.",
            "Ein Ort braucht beides: Länge von -180 bis 180 und Breite von -90 bis 90.",
        )
    return point(x, y)
