# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading the settings from file, environment and options; what there is, `settings` says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from msgspec import ValidationError, convert
from msgspec.structs import replace

from allmende.core.settings import FILE, PREFIX, Settings
from allmende.core.settings_page import described
from allmende.errors import InvalidInput

OPEN = tuple(f"{PREFIX}{name}_" for name in ("SOURCE", "NETWORK", "SERVICE", "MQTT"))
"""Beginnings of names that belong to somebody else: secrets of sources, services of a cluster."""
NEAR = 0.85
"""From which likeness on (0 to 1) an unknown name is taken for a mistyped one."""
_SECRETS = frozenset(each.name for each in described() if each.secret)


def load(
    path: Path | None = None, environ: Mapping[str, str] | None = None, **options: object
) -> Settings:
    """The settings from file, environment and options; an option that is None is not given.

    Without a path, `ALLMENDE_CONFIG` or `allmende.toml` in the working folder is read when
    it is there. Raises InvalidInput naming the setting that is wrong.
    """
    environ = os.environ if environ is None else environ
    values = _from_file(path, environ)
    values.update(_from_environment(environ))
    values.update({name: value for name, value in options.items() if value is not None})
    try:
        settings = convert(values, Settings, strict=False, dec_hook=_path)
    except ValidationError as error:
        raise InvalidInput(f"A setting is wrong: {error}") from error
    return replace(settings, base_url=settings.base_url.rstrip("/"))


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    raise TypeError(f"{value!r} is no path")


def _from_file(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    named = path or (Path(environ[f"{PREFIX}CONFIG"]) if f"{PREFIX}CONFIG" in environ else None)
    path = named or Path(FILE)
    if not named and not path.exists():
        return {}
    import tomllib

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The settings file {path} is not valid TOML: {error}.") from error
    _check_names(values, path)
    return values


def _check_names(values: Mapping[str, Any], path: Path) -> None:
    known = [each.name for each in described()]
    for name, value in values.items():
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InvalidInput(f"{path} sets {name}, which does not exist.{hint}")
        if name in _SECRETS and _is_secret(name, value):
            raise InvalidInput(
                f"{path} holds the secret {name}. Put it into the environment "
                f"({PREFIX}{name.upper()}) or into a file ({PREFIX}{name.upper()}_FILE)."
            )


def _is_secret(name: str, value: object) -> bool:
    """Whether a value may not stand in a file; a database address without a password may."""
    if name == "database":
        return ":" in str(value).partition("//")[2].rpartition("@")[0]
    return bool(value)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    _check_keys(environ)
    values: dict[str, Any] = {}
    types = get_type_hints(Settings)
    for each in described():
        if each.name == "extra":
            continue
        key = PREFIX + each.name.upper()
        text = environ.get(key)
        if f"{key}_FILE" in environ and each.secret:
            text = _read_secret(Path(environ[f"{key}_FILE"]))
        if text is not None:
            many = get_origin(types[each.name]) is tuple
            values[each.name] = _parts(text) if many else text.strip()
    return values


def _check_keys(environ: Mapping[str, str]) -> None:
    """Refuses a name that is nearly one of ours; others begin with the prefix for other reasons,
    such as the addresses that a cluster puts there."""
    import difflib

    known = [PREFIX + each.name.upper() for each in described()]
    known += [f"{PREFIX}{each.name.upper()}_FILE" for each in described() if each.secret]
    for key in environ:
        if key.startswith(PREFIX) and key not in known and not key.startswith(OPEN):
            near = difflib.get_close_matches(key, known, 1, cutoff=NEAR)
            if near:
                raise InvalidInput(
                    f"The environment sets {key}, which does not exist. Did you mean {near[0]}?"
                )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InvalidInput(f"The secret file {path} cannot be read: {error.strerror}.") from error
