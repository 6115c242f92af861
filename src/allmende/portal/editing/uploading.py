# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An uploaded file becomes a distribution, and what it says of itself becomes suggestions."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import anyio.to_thread
from starlette.datastructures import UploadFile

from allmende.core import files, scanning, uploads
from allmende.core.uploads import Facts, Kind
from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.catalogue import Checksum, Dataset, Distribution, Location, Period
from allmende.model.vocabulary import vocabulary
from allmende.portal.editing.values import number, rectangle
from allmende.portal.page import Page

FACTS = ("box", "start", "end", "language", "rows", "columns", "encoding")
LONGEST = 600  # characters of the columns in an address
PIECE = 1 << 20
LANGUAGES = {"de": "DEU", "en": "ENG"}


@asynccontextmanager
async def taken(page: Page, file: UploadFile) -> AsyncIterator[tuple[Path, Kind, Facts]]:
    """The content as a file, once its kind is allowed and the scanner has nothing against it."""
    limit, name = page.platform.settings.upload_limit, file.filename or ""
    with tempfile.TemporaryDirectory(prefix="allmende-") as folder:
        path = Path(folder) / "upload"
        size = await anyio.to_thread.run_sync(_copied, file.file, path, limit)
        if size > uploads.LOOKED_AT:
            kind = await anyio.to_thread.run_sync(uploads.kind_of_large, path, name)
            await scanning.scan(page.platform, _pieces(path))
            yield path, kind, Facts()
            return
        data = await anyio.to_thread.run_sync(path.read_bytes)
        kind = await anyio.to_thread.run_sync(uploads.kind_of, data, name)
        await scanning.scan(page.platform, (data,))
        yield path, kind, await uploads.look(page.platform, data, kind, name)


def _copied(source: IO[bytes], path: Path, limit: int) -> int:
    size = 0
    source.seek(0)
    with path.open("wb") as target:
        while part := source.read(PIECE):
            size += len(part)
            if size > limit:
                raise LimitExceeded(
                    f"The file is larger than {limit} bytes (setting upload_limit).",
                    f"Die Datei ist größer als {limit} Bytes (Einstellung upload_limit).",
                )
            target.write(part)
    return size


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while part := source.read(PIECE):
            yield part


async def keep(
    page: Page,
    ident: str,
    dataset: Dataset,
    file: UploadFile,
    replaced: int | None,
    *,
    reuse: bool,
) -> tuple[Dataset, int, Facts]:
    """Keeps the file and puts it into the dataset, as a new distribution or in place of one.

    The dataset with the distribution, its number, and what the file says of itself. With
    `reuse` a file that replaces another keeps its address, and the old content is gone.
    """
    old = dataset.distribution[replaced] if replaced is not None else None
    async with taken(page, file) as (path, kind, facts):
        base = files.address(page.platform, ident, "")
        name = _own_name(dataset, base, kind, replaced) if reuse else ""
        if not name:
            wanted = uploads.file_name(file.filename or "", kind)
            name = await _free_name(page, ident, dataset, wanted, secret=not reuse)
        stored = await files.store(page.platform, page.subject, ident, name, path, kind.media_type)
    address = files.address(page.platform, ident, stored.name)
    made = distribution(dataset, kind, address, stored.size, stored.sha256, facts, old)
    if old is None:
        made.title = {page.platform.settings.language: _title(file.filename or "")}
    listed = list(dataset.distribution)
    place = len(listed) if replaced is None else replaced
    listed[place : place + 1] = [made]
    from msgspec.structs import replace

    return replace(dataset, distribution=listed, modified=_today()), place, facts


def _own_name(dataset: Dataset, base: str, kind: Kind, replaced: int | None) -> str:
    """The name of the file that is replaced, when the new one has the same ending."""
    if replaced is None:
        return ""
    old = dataset.distribution[replaced]
    for address in (*old.download_url, *old.access_url):
        if address.startswith(base) and address.endswith(f".{kind.ending}"):
            return address.removeprefix(base)
    return ""


async def _free_name(page: Page, ident: str, dataset: Dataset, wanted: str, *, secret: bool) -> str:
    """A name no file of the dataset has. A `secret` one cannot be guessed: the file belongs to
    a working copy, and the data of the record may be open."""
    base = files.address(page.platform, ident, "")
    there = {each.name for each in await files.listing(page.platform, page.subject, ident)}
    for each in dataset.distribution:  # also those whose files the subject may not read
        there |= {address.removeprefix(base) for address in (*each.download_url, *each.access_url)}
    stem, _, ending = wanted.rpartition(".")
    if secret:
        stem = f"{stem}-{secrets.token_hex(6)}"
    found, count = f"{stem}.{ending}", 1
    while found in there:
        count += 1
        found = f"{stem}-{count}.{ending}"
    return found


def distribution(
    dataset: Dataset,
    kind: Kind,
    address: str,
    size: int,
    sha256: str,
    facts: Facts,
    old: Distribution | None,
) -> Distribution:
    """The distribution of a file; of one that is replaced everything else stays."""
    from msgspec.structs import replace

    made = replace(old) if old is not None else like(dataset.distribution)
    concept = vocabulary("file-type").match(kind.code) if kind.code else None
    made.format = concept.iri if concept else None
    media = vocabulary("media-type").base
    made.media_type = media + kind.media_type
    made.compress_format = f"{media}application/zip" if kind.packed else None
    made.byte_size = size
    algorithm = vocabulary("checksum-algorithm").match("checksumAlgorithm_sha256")
    made.checksum = Checksum(algorithm=algorithm.iri if algorithm else None, value=sha256)
    made.modified = _today()
    made.access_url = made.download_url = [address]
    spoken = vocabulary("language").match(LANGUAGES.get(facts.language, ""))
    if spoken is not None and not made.language:
        made.language = [spoken.iri]
    return made


def like(known: list[Distribution]) -> Distribution:
    """A distribution with the terms of use that those there have in common."""
    made = Distribution()
    if known and len({each.license for each in known}) == 1:
        made.license = known[0].license
        made.license_attribution = known[0].license_attribution
        made.applicable_legislation = known[0].applicable_legislation
    return made


def _title(name: str) -> str:
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    text = (stem[0] or stem[2]).replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:200]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


# --- what the file says of itself, on its way through an address ------------------------------


def told(facts: Facts) -> list[tuple[str, str]]:
    """The facts as parameters of an address."""
    found = {
        "box": ",".join(str(each) for each in facts.box) if facts.box else "",
        "start": facts.start,
        "end": facts.end,
        "language": facts.language,
        "rows": str(facts.rows) if facts.rows is not None else "",
        "columns": "\n".join(facts.columns)[:LONGEST],
        "encoding": facts.encoding,
    }
    return [(name, text) for name, text in found.items() if text]


def offered(given: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """The facts that the dataset does not have yet, by name."""
    found = {name: text[:LONGEST] for name in FACTS if (text := given.get(name, ""))}
    if dataset.spatial or box_of(found.get("box", "")) is None:
        found.pop("box", None)
    if dataset.temporal:
        found.pop("start", None)
        found.pop("end", None)
    if dataset.language:
        found.pop("language", None)
    return found


def box_of(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a text with commas; None when it is none."""
    parts = [number(each) for each in text.split(",")]
    if len(parts) != 4:
        return None
    west, south, east, north = parts
    if west is None or south is None or east is None or north is None:
        return None
    fits = west <= east <= 180 and south <= north <= 90 and west >= -180 and south >= -90
    return (west, south, east, north) if fits else None


def accept(dataset: Dataset, given: Mapping[str, str]) -> Dataset:
    """The dataset with the facts that were ticked (`also-box`, `also-period`, `also-language`)."""
    from msgspec.structs import replace

    box = box_of(given.get("fact-box", ""))
    if given.get("also-box") and box is not None:
        place = Location(bbox=[rectangle(*box)])
        dataset = replace(dataset, spatial=[*dataset.spatial, place])
    start, end = given.get("fact-start", ""), given.get("fact-end", "")
    if given.get("also-period") and start and end:
        dataset = replace(dataset, temporal=[*dataset.temporal, Period(start=start, end=end)])
    spoken = vocabulary("language").match(LANGUAGES.get(given.get("fact-language", ""), ""))
    if given.get("also-language") and spoken is not None and spoken.iri not in dataset.language:
        dataset = replace(dataset, language=[*dataset.language, spoken.iri])
    return dataset


def with_columns(file: Distribution, columns: str, language: str) -> Distribution:
    """The distribution with the names of its columns at the end of its description."""
    from msgspec.structs import replace

    names = [each.strip() for each in columns[:LONGEST].splitlines() if each.strip()]
    if not names:
        return file
    begin = {"de": "Spalten", "en": "Columns"}[language]
    text = f"{begin}: {', '.join(names)}."
    before = file.description.get(language, "").strip()
    if text in before:
        return file
    return replace(file, description={**file.description, language: f"{before}\n{text}".strip()})


def no_file() -> InvalidInput:
    """The error for a form without a file."""
    return InvalidInput("Choose a file first.", "Bitte wählen Sie zuerst eine Datei.")
