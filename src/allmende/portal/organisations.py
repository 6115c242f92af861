# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Organisations by their names."""

from __future__ import annotations

from allmende.core import accounts
from allmende.model.catalogue import local
from allmende.policy import EVERY_ORGANISATION
from allmende.portal.page import Page


async def organisation_names(page: Page) -> dict[str, str]:
    """The names of all organisations by their ids, in the language of the page."""
    found = await accounts.organisations(page.platform, page.subject)
    names = {each.id: local(each.name, page.language) or each.id for each in found}
    return {EVERY_ORGANISATION: str(page.words("account.everywhere")), **names}
