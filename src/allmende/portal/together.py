# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the page of a dataset shows of people: showcases, feedback, how often it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allmende.core import feedback, showcases, usage
from allmende.core.catalogue import Record
from allmende.core.participation import cares
from allmende.core.showcases import Showcase
from allmende.core.usage import Uses
from allmende.portal.page import Page
from allmende.portal.views.statistics import number_of


@dataclass(frozen=True, slots=True)
class Together:
    """Everything `together_panel.html` shows; `said` is how much feedback can be read."""

    id: str
    said: int
    showcases: list[Showcase]
    uses: Uses
    cares: bool
    shown: Any


async def together(page: Page, record: Record) -> Together:
    """The panel for a record that was read for the subject of the page."""
    return Together(
        id=record.id,
        said=len(await feedback.of_record(page.platform, record)),
        showcases=await showcases.of_record(page.platform, record),
        uses=await usage.of_record(page.platform, record),
        cares=cares(page.subject, record.organisation),
        shown=number_of(page),
    )
