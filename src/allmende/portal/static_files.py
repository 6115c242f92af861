# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Style sheet, scripts and pictures: read once, named by their content, cached for a year."""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from allmende.errors import NotFound
from allmende.portal.map_library import WORKER, library

STYLES = (
    "tokens.css", "base.css", "frame.css", "forms.css", "blocks.css", "pages.css", "print.css",
)  # fmt: skip
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_IMPORT = re.compile(rb'''\b(from\s+|import\(|import\s+)"\./([a-z0-9-]+\.js)"''')
A_YEAR = "public, max-age=31536000, immutable"
WORKERS = {WORKER: "default-src 'none'; connect-src 'self'"}
A_WHILE = "public, max-age=300"


class Asset(NamedTuple):
    """A file as it is sent: its bytes, content type and the mark of its content."""

    body: bytes
    content_type: str
    mark: str


def _root() -> Traversable:
    return files("allmende.portal").joinpath("static")


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its name; the parts of the style sheet are joined to `site.css`."""
    found = {"site.css": b"".join(_root().joinpath("css", n).read_bytes() for n in STYLES)}
    css = _root().joinpath("css")
    alone = [item for item in css.iterdir() if item.name not in STYLES]
    for item in (*alone, *_root().iterdir(), *_scripts(_root().joinpath("js"))):
        if item.is_file() and item.name.rpartition(".")[2] in TYPES:
            found[item.name] = item.read_bytes()
    made = {name: asset(name, body) for name, body in library().items()}
    for name in found:
        _marked(name, found, made)
    return made


def _scripts(folder: Traversable) -> Iterator[Traversable]:
    """The files of a folder and of those in it; their names are different from each other."""
    for item in folder.iterdir():
        if item.is_dir():
            yield from _scripts(item)
        else:
            yield item


def _marked(name: str, found: dict[str, bytes], made: dict[str, Asset]) -> Asset:
    """The asset, with the mark of each module that it imports in the import's address."""
    if name not in made:

        def address(match: re.Match[bytes]) -> bytes:
            imported = match[2].decode()
            return match[1] + f'"./{imported}?v={_marked(imported, found, made).mark}"'.encode()

        body = found[name]
        made[name] = asset(name, _IMPORT.sub(address, body) if name.endswith(".js") else body)
    return made[name]


def asset(name: str, body: bytes) -> Asset:
    """A static file with its content type by ending and twelve characters of its hash."""
    mark = hashlib.sha256(body).hexdigest()[:12]
    return Asset(body, TYPES[name.rpartition(".")[2]], mark)


def static(name: str) -> str:
    """The address of a static file; it changes with the content."""
    return f"/static/{name}?v={assets()[name].mark}"


async def serve(request: Request) -> Response:
    """A static file; NotFound for any name that is not in the package."""
    found = assets().get(request.path_params["name"])
    if found is None:
        raise NotFound("There is no such file.", "Diese Datei gibt es nicht.")
    return respond(request, found, WORKERS.get(request.path_params["name"]))


def respond(request: Request, found: Asset, policy: str | None = None) -> Response:
    """The file, or 304 when the client has it (RFC 9110 §13.1.2).

    `policy`: what a worker made of the file may do (a worker obeys its own answer's policy).
    """
    tag = f'"{found.mark}"'
    current = request.query_params.get("v") == found.mark
    headers = {
        "ETag": tag,
        "Cache-Control": A_YEAR if current else A_WHILE,
        "X-Content-Type-Options": "nosniff",
    }
    if policy is not None:
        headers["Content-Security-Policy"] = policy
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.content_type, headers=headers)
