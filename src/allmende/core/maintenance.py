# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Does the platform still agree with itself? Checks, and what can be made anew."""

from __future__ import annotations

import hashlib
from pathlib import Path

import anyio.to_thread
from msgspec import Struct

from allmende.core.files import CHUNK, content_path
from allmende.core.platform import Platform
from allmende.core.projecting import Progress
from allmende.store import check as rows
from allmende.store import files as file_rows

TEXTS: dict[str, dict[str, str]] = {
    "engine": {
        "en": "The database file is damaged; restore the last backup.",
        "de": "Die Datenbankdatei ist beschädigt; spielen Sie die letzte Sicherung ein.",
    },
    "revisions": {
        "en": "The history of the record is not complete.",
        "de": "Die Versionsgeschichte des Eintrags ist unvollständig.",
    },
    "orphan-file": {
        "en": "The file belongs to no dataset.",
        "de": "Die Datei gehört zu keinem Datensatz.",
    },
    "file-missing": {
        "en": "The content of the file is missing; restore it from a backup.",
        "de": "Der Inhalt der Datei fehlt; spielen Sie ihn aus einer Sicherung ein.",
    },
    "file-damaged": {
        "en": "The content of the file does not match its checksum; restore it from a backup.",
        "de": "Der Inhalt der Datei passt nicht zur Prüfsumme; spielen Sie ihn aus einer "
        "Sicherung ein.",
    },
    "search": {
        "en": "The search index differs from the catalogue; run `allmende rebuild`.",
        "de": "Der Suchindex weicht vom Katalog ab; führen Sie `allmende rebuild` aus.",
    },
    "archive": {
        "en": "The file of the archive is missing or damaged; restore it from a backup.",
        "de": "Die Datei des Archivs fehlt oder ist beschädigt; spielen Sie sie aus einer "
        "Sicherung ein.",
    },
    "collection": {
        "en": "Count, index or ready-made texts of the collection differ from its rows; run "
        "`allmende rebuild`.",
        "de": "Anzahl, Index oder fertige Texte der Sammlung weichen von ihren Zeilen ab; führen "
        "Sie `allmende rebuild` aus.",
    },
    "collection-dataset": {
        "en": "The collection belongs to no dataset, so nobody sees it; restore the dataset.",
        "de": "Die Sammlung gehört zu keinem Datensatz, also sieht sie niemand; stellen Sie den "
        "Datensatz wieder her.",
    },
}


class Problem(Struct, frozen=True):
    """Something found wrong: a code of `TEXTS` and what it is about."""

    code: str
    subject: str


async def check(platform: Platform) -> list[Problem]:
    """Everything that is found wrong; an empty list is good news. Reads all files."""
    found: list[Problem] = []
    for code, query in (
        ("engine", rows.engine_problems),
        ("revisions", rows.revision_gaps),
        ("orphan-file", rows.files_without_dataset),
    ):
        found += [Problem(code, each) for each in await platform.store.read_slow(query)]
    used = await platform.store.read_slow(file_rows.checksums)
    found += await anyio.to_thread.run_sync(_file_problems, platform.files, sorted(used))
    for code, audit in platform.audits:
        found += [Problem(code, each) for each in await audit()]
    return found


async def rebuild(platform: Platform, progress: Progress) -> None:
    """Makes every projection anew from the truth while the platform goes on answering."""
    for make in platform.rebuilds:
        await make(progress)


def _file_problems(folder: Path, checksums: list[str]) -> list[Problem]:
    found = []
    for sha256 in checksums:
        path = content_path(folder, sha256)
        if not path.is_file():
            found.append(Problem("file-missing", sha256))
        elif _sha256(path) != sha256:
            found.append(Problem("file-damaged", sha256))
    return found


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
