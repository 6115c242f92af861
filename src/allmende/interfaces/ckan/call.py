# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One call of an action: who calls, and the parameters as JSON, form, multipart or query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.requests import Request

from allmende.core.payload import decode_json, read_form
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, LimitExceeded
from allmende.interfaces.ckan.refusals import BadRequest, Refused
from allmende.policy import Subject

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
YES = frozenset({"true", "yes", "t", "y", "on", "1"})
NO = frozenset({"false", "no", "f", "n", "off", "0", "", "none"})
MOST = 1_000  # entries of a list in a parameter
LONGEST_NUMBER = 18  # digits


class Call(Struct):
    """The parameters of a call, by name, with the platform and the subject."""

    platform: Platform
    subject: Subject
    data: dict[str, Any]
    language: str
    read: str = ""  # id of the one dataset that was read, for counting

    @property
    def base_url(self) -> str:
        """The public address of the platform."""
        return self.platform.settings.base_url

    def text(self, name: str, default: str = "") -> str:
        """A text; numbers count as texts. Refused when it is something else."""
        value = self.data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Refused(**{name: ["Must be a Unicode string value"]})
        text = str(value)
        if "\x00" in text:
            raise Refused(**{name: ["Must not contain null characters"]})
        return text

    def needed(self, name: str, also: str = "") -> str:
        """A text that has to be there, under this name or another one."""
        found = self.text(name) or (self.text(also) if also else "")
        if not found:
            raise Refused(**{name: ["Missing value"]})
        return found

    def whole(self, name: str, default: int, most: int | None = None) -> int:
        """A natural number; larger ones become `most`, as in CKAN."""
        value = self.data.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str) and value.lstrip("-").isdecimal():
            value = int(value[:LONGEST_NUMBER])
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(**{name: ["Invalid integer"]})
        if value < 0:
            raise Refused(**{name: ["Must be a natural number"]})
        return value if most is None else min(value, most)

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no, in any of the words CKAN knows."""
        value = self.data.get(name)
        if value is None:
            return default
        said = str(value).strip().lower()
        if said not in YES | NO:
            raise Refused(**{name: ["Must be true or false"]})
        return said in YES

    def listed(self, name: str) -> list[str]:
        """Texts of a list, of a JSON list in a text, or one text."""
        value = self.data.get(name)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = msgspec.json.decode(value)
            except (msgspec.DecodeError, UnicodeEncodeError) as error:
                raise Refused(**{name: [f"Could not parse as valid JSON: {error}"]}) from error
        if value is None or value == "":
            return []
        found = value if isinstance(value, list) else [value]
        if len(found) > MOST or not all(isinstance(each, str) for each in found):
            raise Refused(**{name: [f"Not a list of at most {MOST} strings"]})
        return [str(each) for each in found]


async def call_of(request: Request, *, writes: bool, language: str) -> Call:
    """The call a request is. BadRequest when its body cannot be read."""
    if writes and request.method != "POST":
        raise BadRequest("JSON Error: Invalid request. Please use POST method for your request")
    settings = request.app.state.platform.settings
    if request.method == "POST":
        data = await _posted(request, settings)
    else:
        data = _mixed(list(request.query_params.multi_items()))
    data.pop("callback", None)
    data.pop("__no_cache__", None)
    return Call(request.app.state.platform, request.state.subject, data, language)


async def _posted(request: Request, settings: Settings) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MULTIPART:
        return _fields(await read_form(request, settings))
    body = await request.body()
    text = body.strip()
    if kind == FORM and not text.startswith(b"{"):
        text = _json_in_form(text, settings)
        if not text.startswith(b"{"):
            return _mixed(_pairs(text, settings))
    if not text:
        return {}
    try:
        found: Any = decode_json(text, settings)
    except LimitExceeded:
        raise
    except InvalidInput as error:
        raise BadRequest(f"JSON Error: Error decoding JSON data. {error}") from error
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise BadRequest(f"JSON Error: Request data JSON decoded to {kind}, not a dictionary.")
    return found


def _json_in_form(text: bytes, settings: Settings) -> bytes:
    """Old clients send JSON as the one name of a form."""
    if not text.startswith(b"%7"):
        return text
    pairs = _pairs(text, settings)
    return pairs[0][0].encode() if len(pairs) == 1 and pairs[0][1] in ("", "1") else text


def _pairs(text: bytes, settings: Settings) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=settings.form_fields)
    except UnicodeDecodeError as error:
        raise BadRequest("JSON Error: The form is not UTF-8.") from error
    except ValueError as error:
        raise LimitExceeded(
            f"The form has more than {settings.form_fields} fields (setting form_fields).",
            f"Das Formular hat mehr als {settings.form_fields} Felder (Einstellung form_fields).",
        ) from error


def _fields(form: Mapping[str, Any]) -> dict[str, Any]:
    pairs: list[tuple[str, Any]] = list(getattr(form, "multi_items", lambda: form.items())())
    return _mixed(pairs)


def _mixed(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names given once have a value, names given more often a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: given[0] if len(given) == 1 else given for name, given in found.items()}


def uploads(data: Mapping[str, Any]) -> list[UploadFile]:
    """The files among the parameters."""
    return [each for each in data.values() if isinstance(each, UploadFile)]
