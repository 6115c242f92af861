# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The kinds of devices that are known: those that come with the program and the city's own.

The city's own lie in the folder `devices` of its data: `NAME.yaml` and the `NAME.js` it names.
One with the id of a shipped one stands in its place. A file that is not usable is told about
and costs nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.platform import Platform
from allmende.core.sensing.codecs import LARGEST_CODE, Codec
from allmende.errors import InvalidInput, NotFound
from allmende.model.sensing.device_description import (
    NETWORK,
    NORMALIZED,
    Description,
    read_description,
)
from allmende.model.sensing.device_mapping import at_path
from allmende.model.sensing.device_yaml import LARGEST
from allmende.model.sensing.uplink import Uplink

SHIPPED = Path(__file__).with_name("descriptions")
MOST = 2_000  # descriptions in the city's folder

_WEIGHTS = {"eui": 16, "fields": 8, "tags": 4, "profiles": 2, "models": 1}


class DeviceKind(Struct, frozen=True, kw_only=True):
    """A description with its codec, if it has one of its own, and a mark of both."""

    description: Description
    codec: Codec | None
    mark: str
    text: str  # of the description, as it was written
    own: bool = False  # of the city, not shipped


class Library(Struct, frozen=True):
    """All usable kinds by id, and what is wrong with the files of the others."""

    kinds: dict[str, DeviceKind]
    faults: dict[str, InvalidInput]

    def kind(self, ident: str) -> DeviceKind:
        """The kind with an id. NotFound."""
        found = self.kinds.get(ident)
        if found is None:
            raise NotFound(
                f"There is no description “{ident}” of a kind of device.",
                f"Es gibt keine Beschreibung „{ident}“ einer Geräteart.",
            )
        return found

    def match(self, uplink: Uplink) -> tuple[DeviceKind | None, list[str]]:
        """The kind a message is of, by its strongest signs, and the ids of all that fit so well.

        None when no kind fits or several fit equally well.
        """
        scores = {ident: score(kind.description, uplink) for ident, kind in self.kinds.items()}
        best = max(scores.values(), default=0)
        if not best:
            return None, []
        fitting = sorted(ident for ident, found in scores.items() if found == best)
        return (self.kinds[fitting[0]] if len(fitting) == 1 else None), fitting


def score(description: Description, uplink: Uplink) -> int:
    """How strongly the signs of a message speak for a kind; 0 is not at all."""
    match = description.match
    tags = {name: value.lower() for name, value in uplink.tags.items()}
    model = f"{uplink.brand}/{uplink.model}".lower()
    met = {
        "eui": any(uplink.eui.startswith(each.lower()) for each in match.eui),
        "fields": bool(match.fields)
        and all(at_path(uplink.object, each) is not None for each in match.fields),
        "tags": bool(match.tags)
        and all(tags.get(name) == value.lower() for name, value in match.tags.items()),
        "profiles": uplink.profile.lower() in {each.lower() for each in match.profiles},
        "models": model in {each.lower() for each in match.models},
    }
    return sum(_WEIGHTS[name] for name, fits in met.items() if fits)


def library(platform: Platform) -> Library:
    """The kinds as they are now; files that changed are read again."""
    folder = platform.settings.data / "devices"
    state = _state(folder)
    kept = platform.caches.get("device-kinds")
    if kept is None or kept[0] != state:
        kept = platform.caches["device-kinds"] = (state, _read(folder))
    found: Library = kept[1]
    return found


def kind_of(text: str, code: str | None = None) -> DeviceKind:
    """A kind from the text of its description and, when it names a file, of its codec.

    InvalidDescription; InvalidInput when the codec is missing.
    """
    description = read_description(text)
    if description.codec in (NETWORK, NORMALIZED):
        code = None
    elif not code:
        raise InvalidInput(
            f"The codec {description.codec} is missing.",
            f"Der Codec {description.codec} fehlt.",
        )
    mark = hashlib.sha256(f"{text}\0{code or ''}".encode()).hexdigest()[:16]
    codec = Codec(code) if code else None
    return DeviceKind(description=description, codec=codec, mark=mark, text=text)


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    if not folder.is_dir():
        return ()
    found = [(path, path.stat()) for path in sorted(folder.iterdir()) if path.is_file()]
    return tuple((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found[: MOST * 2])


def _read(folder: Path) -> Library:
    made = Library({}, {})
    for place, own in ((SHIPPED, False), (folder, True)):
        for path in sorted(place.glob("*.yaml"))[:MOST]:
            try:
                kind = _kind(path)
            except InvalidInput as error:
                made.faults[path.name] = error
                continue
            made.kinds[kind.description.id] = replace(kind, own=own)
    return made


def _kind(path: Path) -> DeviceKind:
    text = _text(path, LARGEST)
    wanted = read_description(text).codec
    code = None
    if wanted not in (NETWORK, NORMALIZED):
        file = path.with_name(wanted)
        code = _text(file, LARGEST_CODE) if file.is_file() else None
    return kind_of(text, code)


def _text(path: Path, most: int) -> str:
    if path.stat().st_size > 4 * most:
        raise InvalidInput(f"{path.name} is too large.", f"{path.name} ist zu groß.")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path.name} is not UTF-8 text.", f"{path.name} ist kein UTF-8-Text."
        ) from error


def reported(uplink: Uplink) -> Mapping[str, object]:
    """What the network says a device is, to be shown to people."""
    said: dict[str, object] = {
        "name": uplink.name,
        "application": uplink.application,
        "profile": uplink.profile,
        "brand": uplink.brand,
        "model": uplink.model,
        "tags": uplink.tags,
        "gateway": uplink.radio.gateway,
        "spreading": uplink.radio.spreading,
        "place": list(uplink.place) if uplink.place else None,
    }
    return {name: value for name, value in said.items() if value}
