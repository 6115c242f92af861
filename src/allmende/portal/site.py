# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a city sets about its pages: names, contact, colours; the table `[extra.portal]`."""

from functools import cache
from typing import Annotated

from msgspec import Meta, Struct, ValidationError, convert

from allmende.core.settings import Settings
from allmende.errors import InvalidInput
from allmende.portal.static_files import Asset, asset

Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]

MAP_BASE = ("districts", "city-boundary", "roads", "speed-limits", "water", "land-use")


class PortalSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The portal's own settings; all have a default, colours are `#rrggbb`."""

    city_name: str = ""
    claim_de: str = ""  # one sentence under the title of the home page
    claim_en: str = ""
    accent: Colour = "#1d6349"  # links and buttons on light ground, at least 4.5:1 on #ffffff
    accent_dark: Colour = "#8fd0ae"  # the same on dark ground, at least 4.5:1 on #171d1a
    represented_by: str = ""
    phone: str = ""
    register: str = ""  # register and number, VAT id or the like
    supervisory_authority: str = ""
    privacy_officer: str = ""
    accessibility_contact: str = ""
    enforcement_body: str = ""  # who arbitrates on accessibility, name and address
    accessibility_checked: str = ""  # ISO date of the last check
    bbox: tuple[float, float, float, float] | None = None  # the city: west, south, east, north
    map_base: tuple[str, ...] = MAP_BASE  # collections under all layers, the lowest last
    map_layers: tuple[str, ...] = ()  # collections the map begins with
    map_tiles: str = ""  # address of a foreign base map with {z}, {x}, {y}; sends visitors there
    map_attribution: str = ""  # whom to name for it


class Site(Struct, frozen=True, kw_only=True):
    """The platform as the pages name it."""

    name: str
    base_url: str
    operator: str
    address: tuple[str, ...]
    email: str
    portal: PortalSettings

    @property
    def city(self) -> str:
        """The city, unless the platform's name holds it already."""
        city = self.portal.city_name
        return "" if city in self.name else city

    @property
    def title(self) -> str:
        """Name of the platform, with the city when one is set: `Allmende Jena`."""
        return f"{self.name} {self.city}".strip()

    def claim(self, language: str) -> str:
        """The city's own sentence for the home page, or nothing."""
        return self.portal.claim_de if language == "de" else self.portal.claim_en


def site(settings: Settings) -> Site:
    """The site of these settings; InvalidInput names what is wrong in `[extra.portal]`."""
    try:
        portal = convert(settings.extra.get("portal", {}), PortalSettings)
    except ValidationError as error:
        raise InvalidInput(f"A setting of the portal is wrong: {error}") from error
    return Site(
        name=settings.site_name,
        base_url=settings.base_url,
        operator=settings.operator,
        address=tuple(line.strip() for line in settings.operator_address.splitlines() if line),
        email=settings.operator_email,
        portal=portal,
    )


@cache
def city_style(portal: PortalSettings) -> Asset:
    """The city's colours as a small style sheet of their own."""
    return asset("city.css", colours(portal).encode())


def colours(portal: PortalSettings) -> str:
    """A style sheet with the city's colours, for light and dark."""
    return (
        f":root{{--accent:{portal.accent}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{portal.accent_dark}}}}}\n"
    )
