# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What city applications bring to the pages: templates and sentences, found by their folders.

The portal knows nothing else of them: `apps/<name>/templates` is reached as
`<name>/page.html`, the keys of `apps/<name>/messages/{de,en}.po` begin with `<name>.`.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def apps() -> dict[str, Path]:
    """The folders of the applications by name."""
    room = Path(str(files("allmende"))) / "apps"
    folders = (each for each in sorted(room.iterdir()) if (each / "manifest.toml").is_file())
    return {each.name: each for each in folders}
