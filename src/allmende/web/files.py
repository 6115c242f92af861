# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Downloads of the files the platform holds: parts, checksums, conditional requests."""

import base64
from pathlib import Path

from msgspec import json
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from allmende.core import file_removal, files
from allmende.core.conditional import http_date, is_fresh
from allmende.core.files import StoredFile
from allmende.core.operations import Parameter, operation
from allmende.errors import NotFound
from allmende.web.headers import DATA_POLICY


def routes() -> list[Route]:
    """The address of every file."""
    return [
        Route("/files/{dataset}/{name}", download, methods=["GET"]),
        Route("/files/{dataset}/{name}", delete, methods=["DELETE"]),
    ]


@operation(
    "A file of a dataset",
    about="Parts by Range, unchanged copies by If-None-Match; ETag is the SHA-256.",
    tag="files",
    parameters=(
        Parameter("dataset", "path", "Id of the dataset"),
        Parameter("name", "path", "Name of the file"),
        Parameter("Range", "header", "`bytes=0-999` (RFC 9110 §14.2)"),
    ),
    produces=("*/*",),
)
async def download(request: Request) -> Response:
    """The bytes of a file the subject may read; NotFound otherwise."""
    platform, subject = request.app.state.platform, request.state.subject
    dataset, name = request.path_params["dataset"], request.path_params["name"]
    file, path = await files.locate(platform, subject, dataset, name)
    headers = _headers(file)
    if is_fresh(request.headers, headers["etag"], file.updated):
        return Response(status_code=304, headers=headers)
    if not path.exists():
        raise _lost(name)
    return _response(file, path, headers)


@operation(
    "Delete a file for good",
    about="Only a file that neither the dataset nor its working copy names any more; its address "
    "answers 410 with the reason. `content` is `kept` when another file has the same content.",
    tag="files",
    parameters=(
        Parameter("dataset", "path", "Id of the dataset", {}, True),
        Parameter("name", "path", "Name of the file", {}, True),
        Parameter("reason", "query", "Why; it stays readable", {}, True),
    ),
    secured=True,
)
async def delete(request: Request) -> Response:
    """DELETE /files/{dataset}/{name}?reason=…"""
    platform, subject = request.app.state.platform, request.state.subject
    dataset, name = request.path_params["dataset"], request.path_params["name"]
    reason = request.query_params.get("reason", "")
    last = await file_removal.delete(platform, subject, dataset, name, reason)
    body = json.encode({"deleted": name, "content": "deleted" if last else "kept"})
    return Response(body, media_type="application/json")


def _response(file: StoredFile, path: Path, headers: dict[str, str]) -> Response:
    return _File(path, headers=headers, media_type=file.media_type, filename=file.name)


class _File(FileResponse):
    """A file whose refusals of a Range become problem details like all others."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                named = Headers(raw=message["headers"])
                length = {n: v for n, v in named.items() if n == "content-range"}
                raise HTTPException(message["status"], headers=length)
            await send(message)

        await super().__call__(scope, receive, watched)


def _headers(file: StoredFile) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "etag": f'"{file.sha256}"',
        "last-modified": http_date(file.updated),
        "repr-digest": f"sha-256=:{digest}:",  # RFC 9530 §3
        "content-security-policy": DATA_POLICY,  # a page among the files runs nothing
    }


def _lost(name: str) -> NotFound:
    """The catalogue knows the file but its bytes are gone; `allmende check` tells."""
    return NotFound(
        f"The content of “{name}” is missing here. Please tell the operator.",
        f"Der Inhalt von „{name}“ fehlt hier. Bitte den Betreiber verständigen.",
        code="file-missing",
    )
