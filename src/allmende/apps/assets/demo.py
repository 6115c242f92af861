# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The assets of the demo city, from the registers that come with the program."""

from __future__ import annotations

from functools import partial

from allmende.apps.assets import holding
from allmende.apps.assets.guest import guests
from allmende.apps.assets.sync import Synced, sync
from allmende.core.platform import Platform
from allmende.core.projecting import Progress

LICENCE = "http://dcat-ap.de/def/licenses/odbl"
CREDIT = {
    "de": "Zusammengestellt aus: Stadt Jena, Kommunalservice Jena: Baumkataster, Stand 11.11.2022, "
    "Datenlizenz Deutschland – Namensnennung – Version 2.0 (https://www.govdata.de/dl-de/by-2-0); "
    "© OpenStreetMap-Mitwirkende, ODbL 1.0, Auszug Dezember 2014; Offenes Jena: Parken in Jena",
    "en": "Compiled from: City of Jena, Kommunalservice Jena: tree register as of 2022-11-11, Data "
    "licence Germany – attribution – version 2.0 (https://www.govdata.de/dl-de/by-2-0); "
    "© OpenStreetMap contributors, ODbL 1.0, extract of December 2014; Offenes Jena: parking",
}


async def load(platform: Platform, progress: Progress) -> dict[str, Synced]:
    """Makes the collections and takes every guest whose collection is there."""
    await holding.prepare(platform, licence=LICENCE, credit=CREDIT)
    done: dict[str, Synced] = {}
    for guest in guests(platform.settings):
        if await holding.source_of(platform, guest) is not None:
            report = partial(progress, guest.id)
            done[guest.id] = await sync(platform, guest, report)
    return done
