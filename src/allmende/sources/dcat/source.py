# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads DCAT catalogues: a file or an address, any RDF syntax, in Hydra pages or at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

from allmende.core.fetch import Fetcher
from allmende.core.harvest.rdf import ACCEPT, rdf_page
from allmende.core.harvest.types import HarvestRequest, Page


async def read(request: HarvestRequest, fetch: Fetcher) -> AsyncIterator[Page]:
    """The pages of a catalogue; the next one is where hydra:next says."""
    token: str | None = request.token or request.address
    while token:
        body = await request.body(fetch, token, accept=ACCEPT)
        page = request.unchanged(token, body) or await rdf_page(token, body)
        yield page
        token = page.next_token
