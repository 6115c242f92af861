# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the demo city sets about its pages, unless somebody has set it already."""

from __future__ import annotations

from msgspec.structs import replace

from allmende.core.settings import Settings

CATALOGUE = "jena"
PORTAL = {"city_name": "Jena", "bbox": [11.49, 50.85, 11.68, 51.0]}  # EPSG:4326


def with_city(settings: Settings) -> Settings:
    """The settings with the name, place and catalogue of Jena."""
    own = settings.extra.get("portal", {})
    catalogue = CATALOGUE if settings.catalogue == Settings().catalogue else settings.catalogue
    portal = {**PORTAL, **own}
    return replace(settings, catalogue=catalogue, extra={**settings.extra, "portal": portal})
