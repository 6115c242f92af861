# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Allmende over HTTP: assembly of all rooms behind one ASGI application."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.settings import Settings
    from allmende.web.app import Application


def create_app(source: "Platform | Settings") -> "Application":
    """The application of an open platform, or of settings it opens and closes itself."""
    from allmende.core.settings import Settings
    from allmende.web.app import Application
    from allmende.web.rooms import rooms

    if isinstance(source, Settings):
        return Application(source, rooms())
    return Application(source.settings, rooms(), source)
