# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The two languages of the pages: sentences from PO catalogues, dates, numbers and sizes.

Sentences are found by a stable key (`search.button`), so German and English are equals
and either can be reworded without touching a template. A catalogue is read on first use
and kept. Values put into a sentence are escaped; the sentences themselves hold no markup.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

from allmende.portal.applications import apps

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from babel import Locale

Tag = Literal["de", "en"]
LANGUAGES: tuple[Tag, ...] = ("de", "en")
LOCALES = {"de": "de_DE", "en": "en_GB"}
TIME_ZONE = "Europe/Berlin"
SIZE_UNITS = ("", "kB", "MB", "GB", "TB")

_YEAR = re.compile(r"-?\d{4,}\Z")
_MONTH = re.compile(r"\d{4}-\d{2}\Z")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?\Z")


class MissingMessage(KeyError):
    """A page asks for a sentence that a catalogue does not have."""


@cache
def messages(tag: Tag) -> dict[str, tuple[str, ...]]:
    """All sentences of a language by key; a counted one has a form per plural category."""
    return read(files("allmende.portal").joinpath("messages", f"{tag}.po"), tag)


@cache
def sentences(tag: Tag) -> dict[str, tuple[str, ...]]:
    """The sentences of the portal and of the applications, whose keys begin with their name."""
    found = dict(messages(tag))
    for name, folder in apps().items():
        source = folder.joinpath("messages", f"{tag}.po")
        if source.is_file():
            own = read(source, tag)
            found |= {key: forms for key, forms in own.items() if key.startswith(f"{name}.")}
    return found


def read(source: "Traversable", tag: Tag) -> dict[str, tuple[str, ...]]:
    """The sentences of a PO catalogue by key."""
    from babel.messages.pofile import read_po

    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=tag)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string
            found[key] = (forms,) if isinstance(forms, str) else tuple(forms or ())
    return found


@cache
def _locale(tag: Tag) -> "Locale":
    from babel import Locale

    return Locale.parse(LOCALES[tag])


@cache
def _zone() -> Any:
    from babel.dates import get_timezone

    return get_timezone(TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a template says in one language; `w("key", name=value)` gives a sentence."""

    tag: Tag

    def __call__(self, key: str, /, **values: object) -> Markup:
        """The sentence with its values put in and escaped; MissingMessage if there is none."""
        return self._fill(self._forms(key)[0], values)

    def plain(self, key: str, /, **values: object) -> str:
        """The sentence as text that is not markup, for what escapes by itself or is kept."""
        return str(self(key, **values).unescape())

    def count(self, key: str, number: int, /, **values: object) -> Markup:
        """The sentence in the form that fits the number, which it may show as `{n}`."""
        forms = self._forms(key)
        text = forms[0] if number == 1 else forms[-1]
        return self._fill(text, {"n": self.number(number), **values})

    def has(self, key: str) -> bool:
        """Whether the catalogue has a sentence for the key."""
        return key in sentences(self.tag)

    def _forms(self, key: str) -> tuple[str, ...]:
        try:
            return sentences(self.tag)[key]
        except KeyError:
            raise MissingMessage(f"{key} in {self.tag}") from None

    def _fill(self, text: str, values: dict[str, object]) -> Markup:
        escaped = escape(text)
        return escaped.format(**values) if values else escaped

    def number(self, value: float) -> str:
        """A number with the grouping and decimal signs of the language."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=_locale(self.tag))

    def exact(self, value: float) -> str:
        """As `number`, with every decimal the value has."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=_locale(self.tag), decimal_quantization=False)

    def percent(self, part: float, whole: float) -> str:
        """A share of a whole as the language writes it, small ones with two digits."""
        from babel.numbers import format_percent

        share = part / whole if whole else 0.0
        locale = _locale(self.tag)
        pattern = locale.percent_formats[None].pattern
        if 0 < share < 0.01 or 0.99 < share < 1:
            pattern = pattern.replace("##0", "##0.##")
        return format_percent(share, pattern, locale=locale)

    def size(self, size: int) -> str:
        """A number of bytes in the largest decimal unit in which it is at least 1."""
        value, step = float(size), 0
        while value >= 1000 and step < len(SIZE_UNITS) - 1:
            value, step = value / 1000, step + 1
        if step == 0:
            return str(self.count("size.bytes", size))
        shown = self.number(round(value, 0 if value >= 100 else 1))
        return f"{shown}\N{NO-BREAK SPACE}{SIZE_UNITS[step]}"

    def date(self, iso: str) -> str:
        """An ISO 8601 date in the precision it was given in; anything else unchanged."""
        if _YEAR.match(iso):
            return iso
        if _MONTH.match(iso):
            return self._month(iso)
        if day := _DAY.match(iso):
            return self._day(day[1], iso)
        try:
            return self.moment(datetime.fromisoformat(iso))
        except ValueError:
            return iso

    def _month(self, iso: str) -> str:
        from babel.dates import format_skeleton

        try:
            first = date.fromisoformat(f"{iso}-01")
        except ValueError:
            return iso
        return format_skeleton("yMMMM", first, locale=_locale(self.tag))

    def _day(self, day: str, iso: str) -> str:
        from babel.dates import format_date

        try:
            return format_date(date.fromisoformat(day), "long", locale=_locale(self.tag))
        except ValueError:
            return iso

    def day(self, iso: str) -> str:
        """As `date`, without the time of day."""
        return self.date(iso[:10]) if _DAY.match(iso[:10]) else self.date(iso)

    def moment(self, when: datetime | int) -> str:
        """A moment (aware datetime or microseconds UTC) as date and time in Berlin."""
        from babel.dates import format_datetime

        at = datetime.fromtimestamp(when / 1e6, UTC) if isinstance(when, int) else when
        zone = _zone() if at.tzinfo else None
        return format_datetime(
            at,
            "d. MMMM y, HH:mm" if self.tag == "de" else "d MMMM y, HH:mm",
            tzinfo=zone,
            locale=_locale(self.tag),
        )

    def duration(self, iso: str) -> str:
        """An xsd:duration such as `PT1H` in words; anything else unchanged."""
        parts = re.match(
            r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
            r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?\Z",
            iso,
        )
        if parts is None or not any(parts.groups()):
            return iso
        units = ("year", "month", "week", "day", "hour", "minute", "second")
        pairs = zip(parts.groups(), units, strict=True)
        return ", ".join(self._unit(int(value), unit) for value, unit in pairs if value)

    def _unit(self, value: int, unit: str) -> str:
        from babel.units import format_unit

        return format_unit(value, f"duration-{unit}", locale=_locale(self.tag))

    def joined(self, items: list[str]) -> str:
        """A list of things as a phrase: `a, b and c`."""
        from babel.lists import format_list

        return format_list(items, locale=_locale(self.tag))


@cache
def words(tag: str) -> Words:
    """The words of a language; German when the tag is neither `de` nor `en`."""
    return Words("en" if tag == "en" else "de")
