# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The page of all settings, written from the list in `allmende.core.settings`:

python -m allmende.core.settings_page > docs/reference/settings.md
"""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

from msgspec import Struct
from msgspec.structs import fields

from allmende.core.settings import Settings

SECTIONS: dict[str, str] = {  # the first setting of each section of the table
    "base_url": "The place",
    "data": "Storage",
    "host": "Server",
    "url_limit": "Limits of a request",
    "writes_per_minute": "Rates",
    "session_hours": "Sign-in",
    "metrics_token": "Watching",
    "sparql_seconds": "SPARQL",
    "harvest_seconds": "Harvest",
    "event_days": "Upkeep",
    "mqtt_broker": "MQTT",
    "smtp_host": "Mail",
    "citizens": "Citizens' sensors",
    "extra": "Applications",
}


class Described(Struct, frozen=True):
    """One row of the documented table."""

    name: str
    type: str
    default: object
    about: str
    secret: bool


def described() -> Iterator[Described]:
    """Every setting with its type, default and meaning, in the order of the list."""
    hints = get_type_hints(Settings, include_extras=True)
    for each in fields(Settings):
        base, *metas = get_args(hints[each.name])
        about = next(meta for meta in metas if meta.description)
        default = {} if each.name == "extra" else each.default
        yield Described(
            each.name, _type_name(base), default, about.description, bool(about.extra["secret"])
        )


def _type_name(base: object) -> str:
    names = {str: "text", int: "number", float: "number", bool: "true or false", Path: "path"}
    if get_origin(base) is tuple:
        return "list of text"
    return names.get(base, "table") if isinstance(base, type) else "table"


def reference() -> str:
    """The page docs/reference/settings.md as Markdown."""
    lines = [_HEAD]
    for each in described():
        if each.name in SECTIONS:
            lines += ["", f"## {SECTIONS[each.name]}", "", "| setting | type | default | meaning |"]
            lines.append("|---|---|---|---|")
        secret = " **Secret**: environment or file only." if each.secret else ""
        lines.append(f"| `{each.name}` | {each.type} | {_shown(each)} | {each.about}{secret} |")
    return "\n".join([*lines, "", _TAIL]) + "\n"


def _shown(each: Described) -> str:
    if isinstance(each.default, bool):
        return f"`{str(each.default).lower()}`"
    if isinstance(each.default, tuple):
        return ", ".join(f"`{part}`" for part in each.default) or "–"
    if isinstance(each.default, float):
        return f"`{each.default:g}`"
    return f"`{each.default}`" if each.default else "–"


_HEAD = """# Settings

This page is written from the program (`python -m allmende.core.settings_page`); a test fails when
it is not up to date.

Values come from, weakest first: the defaults below, the file `allmende.toml` in the working
folder (or the one `ALLMENDE_CONFIG` names), the environment, and the options of the command.
In the environment a setting is called `ALLMENDE_` and its name in capitals:

```
ALLMENDE_BASE_URL=https://daten.example.de ALLMENDE_WORKERS=4 allmende serve
```

Lists are separated by commas there. Secrets may not stand in `allmende.toml`; give them in the
environment, or name a file that holds the secret: `ALLMENDE_METRICS_TOKEN_FILE=/run/secrets/m`.
A name that does not exist (in the environment: one that is nearly a setting) and a value of the
wrong kind stop the program with exit code 2 and a sentence that names the setting. Sizes are in
bytes, times in seconds."""

_TAIL = """Signing in with a provider, the second factor and invitations are set in
`[extra.identity]`: [all of its settings](../how-to/sign-in-with-openid-connect.md#all-settings)."""

if __name__ == "__main__":
    import sys

    sys.stdout.write(reference())
