# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is inside a ZIP file, with limits on number and real size."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from allmende.core.imports.types import Limits, over, unreadable

STEP = 1 << 20
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}


class Packed:
    """A ZIP file in memory. Only what is asked for is unpacked, and counted while it is."""

    def __init__(self, data: bytes, limits: Limits, name: str = "") -> None:
        self.limits, self.name = limits, name
        self.left = limits.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise unreadable(name, "the ZIP is broken", "das ZIP ist defekt") from error
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > limits.members:
            raise over("members", limits.members)
        self._infos = {info.filename: info for info in infos}

    @property
    def names(self) -> list[str]:
        """Names of the files inside, without the clutter of operating systems."""
        return [
            name
            for name in self._infos
            if not name.startswith("__MACOSX/") and not PurePosixPath(name).name.startswith(".")
        ]

    def read(self, name: str) -> bytes:
        """One file. InvalidInput when it is broken or locked, LimitExceeded when too large."""
        return b"".join(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[bytes]:
        info = self._infos[name]
        if info.flag_bits & 1 or info.compress_type not in METHODS:
            raise unreadable(self.name, f"{name} is encrypted", f"{name} ist verschlüsselt")
        try:
            with self._zip.open(info) as source:
                while part := source.read(STEP):
                    self.left -= len(part)
                    if self.left < 0:
                        raise over("unpacked_bytes", self.limits.unpacked_bytes)
                    yield part
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise unreadable(self.name, f"{name} is broken", f"{name} ist defekt") from error

    def check(self) -> None:
        """Unpack everything once to know its real size; what the ZIP says may be a lie."""
        for name in self._infos:
            for _ in self._pieces(name):
                pass
        self.left = self.limits.unpacked_bytes

    def unpack(self, folder: Path, names: list[str], stem: str) -> None:
        """Write files beside each other as stem + their ending."""
        for name in names:
            (folder / f"{stem}{PurePosixPath(name).suffix.lower()}").write_bytes(self.read(name))
