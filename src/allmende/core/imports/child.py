# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The process that reads binary formats; see `confined`."""

from __future__ import annotations

import resource
import struct
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGE = "allmende.core.imports"
WRITTEN = 64 << 20  # what libraries may write, such as a journal


def main() -> None:
    """Set the limits, call the module that the request names, send what it yields.

    The face of the package would load the whole platform; readers need small modules of it only.
    """
    face = ModuleType(PACKAGE)
    face.__path__ = [str(Path(__file__).parent)]
    sys.modules[PACKAGE] = face
    import msgspec

    from allmende.core.imports.confined import send
    from allmende.errors import AllmendeError

    given = msgspec.json.decode(sys.stdin.buffer.read())
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN, WRITTEN))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    output = sys.stdout.buffer
    try:
        module = import_module(given["module"])
        for value in module.answer(Path(given["path"]), given["request"]):
            send(output, {"value": value})
    except AllmendeError as error:
        told = [error.text["en"].rstrip("."), error.text["de"].rstrip(".")]
        begun = ("The file cannot be read: ", "Die Datei ist nicht lesbar: ")
        bare = [each.removeprefix(head) for each, head in zip(told, begun, strict=True)]
        send(output, {"error": bare})
    output.write(struct.pack("<I", 0))
    output.flush()


if __name__ == "__main__":
    main()
