# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The values of datastreams as a workbook (XLSX): a sheet for each, one about them.

Rows are written to disk as they are read; only those at hand are in memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anyio import CapacityLimiter, WouldBlock, open_file, to_thread
from starlette.responses import Response, StreamingResponse

from allmende.core.formats.document import PIECE, XLSX
from allmende.core.operations import Parameter, operation
from allmende.core.sensing.listing import Valued
from allmende.errors import Busy, LimitExceeded
from allmende.portal import sensing_words as words
from allmende.portal.page import Page
from allmende.portal.sensing_period import Span
from allmende.portal.sensing_rows import Head, Shaper, head, parts
from allmende.portal.views.sensing_data import ASKS, asked, wanted

MOST_ROWS = 200_000  # of one workbook
AT_ONCE = 2  # workbooks that are written at a time
MAX_TEXT = 32_767  # characters of a cell
_turns = CapacityLimiter(AT_ONCE)


@operation(
    "The values of a datastream in a time as XLSX",
    tag="Measurements",
    about=f"At most {MOST_ROWS} rows; names and words in the language of the address.",
    parameters=ASKS,
    produces=(XLSX.media_type,),
    seconds="upload_seconds",
)
async def as_xlsx(page: Page) -> Response:
    """Values of one datastream as a workbook."""
    return await _answer(page, [page.request.path_params["id"]])


@operation(
    "The values of up to six datastreams in a time as XLSX",
    tag="Measurements",
    about=f"A sheet for each datastream, at most {MOST_ROWS} rows together.",
    parameters=(Parameter("stream", "query", "Id of a datastream, up to six times"), *ASKS),
    produces=(XLSX.media_type,),
    seconds="upload_seconds",
)
async def compared_xlsx(page: Page) -> Response:
    """Values of several datastreams as one workbook."""
    return await _answer(page, asked(page))


async def _answer(page: Page, idents: list[int]) -> Response:
    found, span = await wanted(page, idents)
    turn = object()
    try:
        _turns.acquire_on_behalf_of_nowait(turn)
    except WouldBlock:
        raise Busy(
            "Others are having workbooks made. Try again in a minute, or take CSV.",
            "Gerade lassen andere Arbeitsmappen schreiben. Bitte gleich noch einmal versuchen "
            "oder CSV nehmen.",
        ) from None
    folder = TemporaryDirectory(prefix="allmende-")
    try:
        path = await _write(page, found, span, Path(folder.name))
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _turns.release_on_behalf_of(turn)
    name = "-".join(["values", *(str(each.stream.id) for each in found)])
    headers = {
        "content-disposition": f'attachment; filename="{name}.xlsx"',
        "content-length": str(path.stat().st_size),
    }
    return StreamingResponse(_sent(path, folder), media_type=XLSX.media_type, headers=headers)


async def _sent(path: Path, folder: TemporaryDirectory[str]) -> AsyncIterator[bytes]:
    with folder:
        async with await open_file(path, "rb") as file:
            while piece := await file.read(PIECE):
                yield piece


async def _write(page: Page, found: list[Valued], span: Span, folder: Path) -> Path:
    """The finished workbook. LimitExceeded when there are too many rows."""
    path = folder / "values.xlsx"
    book = Book(path)
    try:
        heads = []
        for at, valued in enumerate(found, 1):
            top = await head(page, valued, span)
            heads.append((top, valued))
            shaper = Shaper(page, valued, top, span)
            book.begin(f"{at} {top.name}" if len(found) > 1 else top.name, top.columns)
            async for rows in parts(page, valued, span):
                await to_thread.run_sync(book.write, [shaper.row(row) for row in rows])
        await to_thread.run_sync(book.close, *_about(page, heads, span))
    except BaseException:
        book.drop()
        raise
    return path


def _about(
    page: Page, heads: list[tuple[Head, Valued]], span: Span
) -> tuple[str, list[tuple[str, str]]]:
    """Name and lines of the sheet that says what the others hold."""
    said = page.words
    lines = [
        (
            str(said("sense.period")),
            f"{words.moment(page, span.start)} – {words.moment(page, span.end - 1)}",
        ),
        (str(said("sense.grain")), str(said(f"sense.grain.{span.grain}"))),
        (str(said("sense.sheet-zone")), page.platform.settings.timezone),
    ]
    for top, valued in heads:
        lines += [
            ("", ""),
            (str(said("sense.series")), top.name),
            (str(said("sense.thing")), top.thing),
            (str(said("sense.unit")), top.unit),
            (str(said("sense.licence")), top.licence or str(said("sense.no-licence"))),
            (str(said("sense.sheet-address")), _address(page, valued)),
        ]
    return str(said("sense.sheet-about")), lines


def _address(page: Page, valued: Valued) -> str:
    return str(page.absolute(page.at(f"/datastreams/{valued.stream.id}")))


class Book:
    """A workbook that grows row by row, a sheet after the other."""

    def __init__(self, path: Path) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
            "tmpdir": str(path.parent),
        }
        self.book = xlsxwriter.Workbook(str(path), options)
        self.bold = self.book.add_format({"bold": True})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.names: set[str] = set()
        self.sheet: Any = None
        self.line = self.written = 0

    def begin(self, name: str, columns: list[str]) -> None:
        """Begins a sheet with the names of its columns."""
        self.sheet = self.book.add_worksheet(self._free(name))
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, 1, 20)
        for at, column in enumerate(columns):
            self.sheet.write_string(0, at, column[:MAX_TEXT], self.bold)
        self.line = 0

    def _free(self, name: str) -> str:
        """A name that a sheet may have and no other has: 31 characters, few signs."""
        clean = "".join(" " if each in "[]:*?/\\'" else each for each in name if each >= " ")
        clean = " ".join(clean.split())[:28] or "values"
        found, number = clean, 2
        while found.casefold() in self.names | {"history"}:
            found, number = f"{clean} {number}", number + 1
        self.names.add(found.casefold())
        return found

    def write(self, rows: list[list[Any]]) -> None:
        """Adds rows to the sheet that was begun last. LimitExceeded."""
        self.written += len(rows)
        if self.written > MOST_ROWS:
            raise LimitExceeded(
                f"A workbook holds at most {MOST_ROWS} values. Choose a shorter time or take CSV.",
                f"Eine Arbeitsmappe enthält höchstens {MOST_ROWS} Messwerte. Bitte eine kürzere "
                "Zeit wählen oder CSV nehmen.",
            )
        for row in rows:
            self.line += 1
            for at, value in enumerate(row):
                self._cell(at, value)

    def _cell(self, at: int, value: Any) -> None:
        match value:
            case None:
                return
            case datetime() if value.year > 1900:  # spreadsheets know no days before
                self.sheet.write_datetime(self.line, at, value, self.moment)
            case bool():
                self.sheet.write_boolean(self.line, at, value)
            case int() | float() if abs(value) < 1e300:
                self.sheet.write_number(self.line, at, value)
            case _:
                self.sheet.write_string(self.line, at, str(value)[:MAX_TEXT])

    def close(self, name: str, about: list[tuple[str, str]]) -> None:
        """Writes the sheet about the others and finishes the file."""
        self.begin(name, [])
        for line, pair in enumerate(about):
            for at, text in enumerate(pair):
                self.sheet.write_string(line, at, text[:MAX_TEXT], None if at else self.bold)
        self.book.close()

    def drop(self) -> None:
        """Gives the unfinished file up."""
        for sheet in self.book.worksheets():
            sheet.row_data_fh.close()
