# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Bodies of requests, read within the limits of the settings."""

import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar, cast

import msgspec

from allmende.core.settings import Settings
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.json_nesting import is_deeper, without_strings

_T = TypeVar("_T")
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|[^u])", re.DOTALL)


def decode_json(body: bytes, settings: Settings, kind: type[_T] | Any = Any) -> _T:
    """A JSON body as `kind`, checked for depth and number of values before it is built.

    Raises LimitExceeded (413) naming the setting, InvalidInput (400) with the place.
    """
    check_json(body, settings.json_depth, settings.json_values)
    try:
        return cast(_T, msgspec.json.decode(body, type=kind))
    except msgspec.ValidationError as error:
        raise InvalidInput(
            f"The JSON body does not fit: {error}.", f"Der JSON-Rumpf passt nicht: {error}."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        half = half_character(body)
        if half:
            raise InvalidInput(
                f"The body is not valid JSON: {half} is half of a character (a lone surrogate, "
                "RFC 8259 §8.2). Send both halves or leave it out.",
                f"Der Rumpf ist kein gültiges JSON: {half} ist ein halbes Zeichen (ein einzelnes "
                "Surrogat, RFC 8259 §8.2). Bitte beide Hälften senden oder es weglassen.",
            ) from error
        raise InvalidInput(
            f"The body is not valid JSON: {error}.", f"Der Rumpf ist kein gültiges JSON: {error}."
        ) from error


def half_character(body: bytes) -> str:
    r"""The first escape of a JSON text that is half of a pair, such as `\ud800`; else empty."""
    first, end = "", -1
    for found in _ESCAPE.finditer(body):
        code = int(found[1], 16) if found[1] else 0
        if first:
            if found.start() != end or not 0xDC00 <= code <= 0xDFFF:
                return first
            first = ""
        elif 0xDC00 <= code <= 0xDFFF:
            return found[0].decode()
        elif 0xD800 <= code <= 0xDBFF:
            first, end = found[0].decode(), found.end()
    return first


def check_json(body: bytes, depth: int, values: int) -> None:
    """Raise LimitExceeded when a JSON text is nested deeper or has more values than allowed.

    Commas inside strings count as values too, so the number is an upper bound that is found
    without building anything.
    """
    if body.count(b",") + body.count(b":") > values:
        bare = without_strings(body)
        if bare.count(b",") + bare.count(b":") > values:
            raise _too_much("json_values", f"has more than {values} values", values)
    if is_deeper(body, depth):
        raise _too_much("json_depth", f"is nested deeper than {depth} levels", depth)


def _too_much(setting: str, what: str, limit: int) -> LimitExceeded:
    return LimitExceeded(
        f"The JSON body {what} (setting {setting}). Send it in smaller parts.",
        f"Der JSON-Rumpf überschreitet die Grenze {limit} (Einstellung {setting}). "
        "Bitte in kleineren Teilen senden.",
    )


class _HasForm(Protocol):
    def form(
        self, *, max_files: int | float, max_fields: int | float, max_part_size: int
    ) -> Any: ...


async def read_form(request: _HasForm, settings: Settings) -> Mapping[str, Any]:
    """The form of a Starlette request: one text or uploaded file per name, within the limits.

    Raises LimitExceeded (413) naming the settings when there are too many or too large parts.
    """
    from starlette.exceptions import HTTPException
    from starlette.formparsers import MultiPartException

    try:
        form = await request.form(
            max_files=settings.form_files,
            max_fields=settings.form_fields,
            max_part_size=settings.form_field_limit,
        )
    except (HTTPException, MultiPartException) as error:
        text = str(getattr(error, "detail", error))
        if "Too many" in text or "maximum" in text:
            raise _form_limit(settings) from error
        raise InvalidInput(
            "The form cannot be read; it is broken or cut off.",
            "Das Formular ist nicht lesbar; es ist beschädigt oder abgeschnitten.",
        ) from error
    return cast(Mapping[str, Any], form)


def _form_limit(settings: Settings) -> LimitExceeded:
    limits = (
        f"form_fields {settings.form_fields}, form_files {settings.form_files}, "
        f"form_field_limit {settings.form_field_limit}"
    )
    return LimitExceeded(
        f"The form passes one of the limits: {limits}.",
        f"Das Formular überschreitet eine der Grenzen: {limits}.",
    )
