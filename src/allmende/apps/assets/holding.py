# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The collections of this application: assets, their inspections, and how far guests are taken."""

from __future__ import annotations

from typing import Any

from allmende.apps.assets.guest import Guest, model
from allmende.core import collections
from allmende.core.collections import Change, Collection, CollectionEntry
from allmende.core.platform import Platform
from allmende.errors import NotFound
from allmende.model.catalogue import Agent, Dataset, Distribution
from allmende.policy import ANONYMOUS, SYSTEM, Level, Status, Subject

ASSETS = "assets"
INSPECTIONS = "inspections"
GUESTS = "asset-guests"
GRADE_COLOURS = ("#2166ac", "#67a9cf", "#c9a227", "#e07b39", "#a50f26")
UNKNOWN_COLOUR = "#8b958f"
STYLE: dict[str, Any] = {
    "color_by": "condition",
    "classes": [
        *({"value": at, "color": color} for at, color in enumerate(GRADE_COLOURS, 1)),
        {"color": UNKNOWN_COLOUR, "label": {"de": "Zustand unbekannt", "en": "condition unknown"}},
    ],
    "radius": 4,
}
_ABOUT = {
    ASSETS: (
        "Asset",
        {"de": "Anlagen der Stadt", "en": "Urban assets"},
        {
            "de": "Bäume, Spielplätze, Bänke und andere Anlagen der Stadt mit gemeinsamen Angaben "
            "zu Lage, Zustand, Alter, Zuständigkeit und Kontrollen. Die Angaben kommen aus den "
            "Verzeichnissen der einzelnen Arten und folgen ihnen.",
            "en": "Trees, playgrounds, benches and other assets of the city with place, condition, "
            "age, responsibility and inspections said in common. They come from the registers of "
            "each kind and follow them.",
        },
    ),
    INSPECTIONS: (
        "Inspection",
        {"de": "Kontrollen der Anlagen", "en": "Inspections of assets"},
        {
            "de": "Kontrollen der Anlagen der Stadt: Tag, Art und festgestellter Zustand.",
            "en": "Inspections of the city's assets: day, kind and the condition found.",
        },
    ),
    GUESTS: (
        "Guest",
        {"de": "Verzeichnisse der Anlagen", "en": "Registers of assets"},
        {
            "de": "Wie weit die Verzeichnisse in die Anlagen übernommen sind. Für den Betrieb.",
            "en": "How far the registers have been taken over into the assets. For operation.",
        },
    ),
}


async def prepare(
    platform: Platform, *, licence: str = "", credit: dict[str, str] | None = None
) -> None:
    """Makes the collections that are not there yet, with this licence and these credits."""
    for ident, (entity, title, description) in _ABOUT.items():
        try:
            await collections.get(platform, SYSTEM, ident)
        except NotFound:
            inner = ident == GUESTS
            level = Level.INTERNAL if inner else Level.OPEN
            dataset = _dataset(platform, ident, title, description)
            if licence:
                dataset.distribution[0].license = licence
                dataset.distribution[0].license_attribution = credit or {}
            entry = CollectionEntry(
                id=ident,
                model=model("asset-guest" if inner else "urban-asset"),
                entity=entity,
                organisation=platform.settings.catalogue,
                dataset=dataset,
                catalogue=platform.settings.catalogue,
                metadata_access=level,
                data_access=level,
                legal_basis="Betriebsdaten der Plattform · operational data" if inner else "",
                style=STYLE if ident == ASSETS else None,
                origin="assets",
            )
            await collections.create(platform, SYSTEM, entry)


def _dataset(
    platform: Platform, ident: str, title: dict[str, str], description: dict[str, str]
) -> Dataset:
    base = platform.settings.base_url
    page = f"{base}/{ASSETS}" if ident == ASSETS else f"{base}/collections/{ident}"
    operator = platform.settings.operator or platform.settings.site_name
    return Dataset(
        title=dict(title),
        description=dict(description),
        publisher=Agent(name={"de": operator, "en": operator}),
        distribution=[
            Distribution(
                title={"de": "Übersicht", "en": "Overview"},
                access_url=[page],
                license_attribution={},
            )
        ],
    )


async def source_of(platform: Platform, guest: Guest) -> tuple[Collection, Subject] | None:
    """The guest's collection with the subject it is read as; None when it may not be taken.

    What all may see of the assets must not hold more than all may see of the guest. Internal
    fields go over only within one organisation.
    """
    assets = await collections.get(platform, SYSTEM, ASSETS)
    public = await seen(platform, ANONYMOUS, guest.collection)
    if public is not None and public.organisation != assets.organisation:
        return public, ANONYMOUS
    if public is None and await seen(platform, ANONYMOUS, ASSETS) is not None:
        return None
    found = await seen(platform, SYSTEM, guest.collection)
    if found is None or found.organisation != assets.organisation:
        return None
    if public is None and (
        found.status != Status.PUBLISHED
        or Level.RESTRICTED in (found.data_access, found.metadata_access)
    ):
        return None
    return found, SYSTEM


async def seen(platform: Platform, subject: Subject, ident: str) -> Collection | None:
    """The collection, or None when it is not there for this subject."""
    try:
        return await collections.get(platform, subject, ident)
    except NotFound:
        return None


async def recorded(platform: Platform, guest: str) -> dict[str, Any]:
    """How far a guest has been taken over; empty when it is new."""
    try:
        return (await collections.row(platform, SYSTEM, GUESTS, guest)).values
    except NotFound:
        return {}


async def record(platform: Platform, guest: str, **values: Any) -> None:
    """Notes how far a guest has been taken over; what is not named stays."""
    before = await recorded(platform, guest)
    change = Change("upsert", values={**before, **values, "guest": guest})
    await collections.write(platform, SYSTEM, GUESTS, [change], source="assets")
