# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A table as a person hands it in: a file, a web address or pasted text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from starlette.datastructures import UploadFile

from allmende.core import drafts
from allmende.errors import InvalidInput
from allmende.portal.page import Page

PIECE = 1 << 20


async def content_of(page: Page, form: Mapping[str, Any]) -> tuple[str, Iterator[bytes]]:
    """The name and the bytes of the file, the address or the text, whichever was given.

    Raises InvalidInput when nothing was, and what fetching the address raises.
    """
    file, address, text = form.get("file"), form.get("address"), form.get("text")
    if isinstance(file, UploadFile) and file.filename:
        return file.filename, _pieces(file.file)
    if isinstance(address, str) and address.strip():
        body = await drafts.fetched(page.platform, address.strip())
        return address.strip(), iter([body])
    if isinstance(text, str) and text.strip():
        return "table.csv", iter([text.strip("\r\n").encode()])
    raise InvalidInput(
        "Choose a file, give an address or paste a table.",
        "Bitte wählen Sie eine Datei, geben Sie eine Adresse an oder fügen Sie eine Tabelle ein.",
    )


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    source.seek(0)
    while part := source.read(PIECE):
        yield part
