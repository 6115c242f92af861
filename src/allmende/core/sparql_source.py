# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The public records of the catalogue as graphs, all of them or those that have changed."""

from collections.abc import AsyncIterator

from msgspec import Raw, json

from allmende.core import catalogue
from allmende.core.platform import Platform
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare
from allmende.policy import ANONYMOUS, read_condition
from allmende.projections.rdf.entry import subject_iri
from allmende.projections.rdf.protocol import Graph, Membership
from allmende.store import catalogue as rows
from allmende.store import events
from allmende.store.events import Event
from allmende.store.records import Record

PAGE = 200  # events read at a time


class CatalogueSource:
    """What anybody may see of a platform's catalogue (metadata open and published)."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.catalogues: dict[str, str] = {}  # id of a public catalogue → its IRI

    async def sequence(self) -> int:
        """Number of the newest change."""
        return await catalogue.sequence(self.platform)

    async def everything(self) -> AsyncIterator[Graph]:
        """The graph of every public record."""
        self.catalogues = await self._catalogues()
        async for record in catalogue.each(self.platform, ANONYMOUS):
            yield self.graph(record)

    async def changes(self, after: int, until: int) -> AsyncIterator[Graph]:
        """The graphs of records changed between two sequences; empty ones for hidden records.

        When a catalogue gets another IRI or is hidden, its members are changed as well.
        """
        before, self.catalogues = self.catalogues, await self._catalogues()
        seen: set[int] = set()
        while after < until:
            page = await self.platform.store.read(events.events_after, after, PAGE)
            if not page:
                break
            after = page[-1].sequence
            fresh = {each.key: each for each in page if each.topic == "resource"}
            new = {key: event for key, event in fresh.items() if key not in seen}
            seen |= new.keys()
            async for graph in self._of_events(new):
                yield graph
        for ident in before.keys() | self.catalogues.keys():
            if before.get(ident) != self.catalogues.get(ident):
                async for record in catalogue.each(
                    self.platform, ANONYMOUS, where=Compare("catalogue", "=", ident)
                ):
                    yield self.graph(record)

    async def _of_events(self, changed: dict[int, Event]) -> AsyncIterator[Graph]:
        condition = read_condition(ANONYMOUS)
        found = await self.platform.store.read(rows.by_keys, condition, list(changed))
        visible = {record.key: record for record in found}
        for key, event in changed.items():
            if key in visible:
                yield self.graph(visible[key])
            else:
                kind, _, ident = event.id.partition("/")
                yield Graph(self.platform.address(ResourceKind(kind), ident))

    async def _catalogues(self) -> dict[str, str]:
        found = catalogue.each(self.platform, ANONYMOUS, kind=ResourceKind.CATALOG)
        return {
            record.id: subject_iri(record.resource, catalogue.address(self.platform, record))
            async for record in found
        }

    def graph(self, record: Record) -> Graph:
        """The graph of a record, with its membership in a public catalogue."""
        return Graph(
            catalogue.address(self.platform, record),
            kind=str(record.kind),
            resource=Raw(json.encode(record.resource)),
            membership=Membership(
                record.created,
                record.updated,
                self.catalogues.get(record.catalogue or ""),
                record.original_id,
            ),
        )
