# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""hub-search: the catalogue as JSON, searched, listed and fed."""

from starlette.routing import BaseRoute


def addresses(base: str) -> list[BaseRoute]:
    """The addresses of the search below `base`."""
    return []
