# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""MapLibre as a static file: found in an installed package, served by this server.

The package `maplibre` carries the released script and style sheet; nothing of it is
imported or run here. Where it is not installed the pages have no map and say so. The
script starts its worker from a `blob:` address; to keep the pages' policy free of that, the
worker is served as a file of its own, made of the two parts of the script it consists of.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

SCRIPT, STYLE, WORKER = "maplibre-gl.js", "maplibre-gl.css", "maplibre-gl-worker.js"

_SHARED, _MAIN = b'define("shared"', b'define("index"'
_BEFORE = b"const parts={};function define(name,_,made){parts[name]=made;}\n"
_AFTER = b"\nconst shared={};parts.shared(shared);parts.worker(shared);\n"


@cache
def library() -> dict[str, bytes]:
    """MapLibre's files by name; empty where the package is not installed or not as known."""
    folder = _folder()
    if folder is None:
        return {}
    script = _without_map(folder.joinpath(SCRIPT).read_bytes())
    worker = worker_of(script)
    if worker is None:
        return {}
    return {SCRIPT: script, STYLE: folder.joinpath(STYLE).read_bytes(), WORKER: worker}


def worker_of(script: bytes) -> bytes | None:
    """The worker's own script: the parts `shared` and `worker`; None when they are not there."""
    begin, end = script.find(_SHARED), script.find(_MAIN)
    if not 0 <= begin < end:
        return None
    return _BEFORE + script[begin:end] + _AFTER


def _without_map(script: bytes) -> bytes:
    """The script without the address of its source map, which is not in the package."""
    return script.replace(b"//# sourceMappingURL=maplibre-gl.js.map", b"")


def _folder() -> Path | None:
    found = find_spec("maplibre")
    places = list(found.submodule_search_locations or ()) if found else []
    folder = Path(places[0], "srcjs") if places else Path()
    here = places and all(folder.joinpath(name).is_file() for name in (SCRIPT, STYLE))
    return folder if here else None
