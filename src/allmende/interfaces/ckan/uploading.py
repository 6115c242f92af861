# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions that make or change a resource, with or without a file in `upload`."""

from __future__ import annotations

import copy
import hashlib
import mimetypes
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import anyio.to_thread
from starlette.datastructures import UploadFile

from allmende.core import files, scanning
from allmende.core.catalogue import Record
from allmende.errors import LimitExceeded
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.package import Package, package_of
from allmende.interfaces.ckan.packages import changed, resolved
from allmende.interfaces.ckan.refusals import Refused, missing
from allmende.interfaces.ckan.resources import resource_of
from allmende.interfaces.ckan.searching import viewed
from allmende.interfaces.ckan.sent import resource as whole
from allmende.model import uuids

LONGEST_NAME = 100
PIECE = 1 << 20
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")


@action("upload")
async def resource_create(call: Call) -> Package:
    """Adds a resource to the dataset package_id; a file comes as multipart field `upload`."""
    if not call.text("package_id"):
        raise missing("package_id")
    record = await resolved(call, call.text("package_id"))
    package = copy.deepcopy(package_of(record, await viewed(call)))
    ident = call.text("id")
    taken = {each["id"] for each in package["resources"]}
    if ident and ident in taken:
        raise Refused(id=["Resource id already exists."])
    new = whole({**call.data, "id": ident if uuids.is_uuid(ident) else str(uuid4())})
    package["resources"].append(new)
    return await _stored(call, record, package, new)


@action("upload")
async def resource_update(call: Call) -> Package:
    """Replaces a resource by what is sent; a file comes as multipart field `upload`."""
    if not call.text("id"):
        raise missing("id")
    record, package, old = await resource_of(call, call.text("id"))
    new = whole({**call.data, "id": old["id"]})
    if _upload(call) is None and not new.get("url"):
        new["url"] = old["url"]
    package["resources"][old["position"]] = new
    return await _stored(call, record, package, new)


@action("upload")
async def resource_patch(call: Call) -> Package:
    """Changes only the fields of a resource that are sent."""
    if not call.text("id"):
        raise missing("id")
    record, package, old = await resource_of(call, call.text("id"))
    new = whole({**old, **call.data, "id": old["id"]})
    package["resources"][old["position"]] = new
    return await _stored(call, record, package, new)


def _upload(call: Call) -> UploadFile | None:
    given = call.data.get("upload")
    if given in (None, ""):
        return None
    if not isinstance(given, UploadFile):
        raise Refused(upload=["A file is sent as multipart/form-data"])
    return given


async def _stored(call: Call, record: Record, package: Package, new: Package) -> Package:
    """Brings the file to the disk, writes the dataset, which asks for the right, and then
    gives it the file."""
    file = _upload(call)
    if file is None:
        return _named(await changed(call, record, package), new["id"])
    name, size = _name(file.filename or "", new["id"], package), file.size or 0
    limit = call.platform.settings.upload_limit
    if size > limit:
        raise LimitExceeded(
            f"The file is larger than {limit} bytes (setting upload_limit).",
            f"Die Datei ist größer als {limit} Bytes (Einstellung upload_limit).",
        )
    with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
        kept = Path(folder) / "upload"
        digest = await anyio.to_thread.run_sync(_copied, file.file, kept)
        await scanning.scan(call.platform, _pieces(kept))
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        new |= {
            "url": files.address(call.platform, record.id, name),
            "size": size,
            "hash": digest,
            "hash_algorithm": "sha256",
            "mimetype": kind,
            "name": new.get("name") or file.filename or name,
            "format": new.get("format") or (name.rpartition(".")[2] if "." in name else ""),
        }
        new.pop("access_url", None)
        new.pop("download_url", None)
        content = await files.keep(call.platform, kept)
        shown = await changed(call, record, package)
        await files.store(call.platform, call.subject, record.id, name, content, kind)
    return _named(shown, new["id"])


def _named(package: Package, ident: str) -> Package:
    found: Any = next(each for each in package["resources"] if each["id"] == ident)
    return dict(found)


def _copied(source: IO[bytes], target: Path) -> str:
    """Copies the upload to a file; its SHA-256."""
    source.seek(0)
    with target.open("wb") as out:
        shutil.copyfileobj(source, out, PIECE)
    with target.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            yield piece


def _name(given: str, ident: str, package: Package) -> str:
    """A file name of plain letters, without any path, that no other resource has."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    stem = re.sub(r"\.{2,}", ".", _UNUSUAL.sub("-", plain)).strip("._-") or "file"
    name = stem[-LONGEST_NAME:].strip("._-") or "file"
    others = (each for each in package["resources"] if each["id"] != ident)
    if any(str(each.get("url") or "").endswith(f"/{name}") for each in others):
        return f"{ident[:8]}-{name}"
    return name
