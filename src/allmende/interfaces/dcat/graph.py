# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records as RDF statements, each with its entry in the catalogue it stands in."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.pages import Root
from allmende.core.platform import Platform
from allmende.errors import InvalidInput
from allmende.model import catalogue as model
from allmende.model.catalogue import Node
from allmende.model.namespaces import DCAT
from allmende.model.profile import PROFILES, profile
from allmende.model.rdf import Statement, node_statements, statements
from allmende.model.rdf.page import Page, member_property, page_statements
from allmende.model.rdf.plan import plan_of

PROFILE_IRIS = {
    "dcat-ap": "http://data.europa.eu/r5r/",
    "dcat-ap-de": "http://dcat-ap.de/def/dcatde/3.0/",
    "hvd": "http://data.europa.eu/r5r/hvd/",
}


class Graphs:
    """Writes records of one platform as statements, in one profile or with everything known."""

    def __init__(self, platform: Platform, profile_name: str | None = None) -> None:
        self.platform = platform
        self.dropped = _not_in(profile_name) if profile_name else frozenset[str]()

    def record(self, record: Record) -> list[Statement]:
        """What the record says, without its entry. Blank nodes are unique by the key."""
        subject = pages.iri_of(self.platform, record)
        return self._kept(statements(record.resource, subject, scope=f"r{record.key}n"))

    def entry(self, record: Record, parent: str) -> list[Statement]:
        """That the catalogue with the IRI `parent` has the record, and since when."""
        subject = pages.iri_of(self.platform, record)
        name = catalogue.address(self.platform, record) + "#record"
        return [
            (parent, member_property(record.resource), subject),
            (parent, DCAT + "record", name),
            *node_statements(pages.entry(self.platform, record), name),
        ]

    def members(
        self, records: Iterable[Record], parents: Mapping[str, str], root: str
    ) -> list[Statement]:
        """The records with their entries, each in its own catalogue or in the root."""
        found: list[Statement] = []
        for record in records:
            found += self.entry(record, parents.get(record.catalogue or "", root))
            found += self.record(record)
        return found

    def root(self, root: Root) -> list[Statement]:
        """The root catalogue without its members."""
        if root.record is not None:
            return self.record(root.record)
        return self._kept(statements(root.catalogue, root.iri, scope="root"))

    def page(
        self, root: Root, records: Sequence[Record], parents: Mapping[str, Record], page: Page
    ) -> list[Statement]:
        """One page: the paging, the root, the other catalogues involved, and the members."""
        names = {ident: pages.iri_of(self.platform, each) for ident, each in parents.items()}
        found = [*page_statements(page), *self.root(root)]
        for parent in parents.values():
            if parent not in records and names[parent.id] != root.iri:
                found += self.record(parent)
        return found + self.members(records, names, root.iri)

    def _kept(self, found: list[Statement]) -> list[Statement]:
        if not self.dropped:
            return found
        return [each for each in found if each[1] not in self.dropped]


def profile_named(name: str | None) -> str | None:
    """The name of a profile, checked. Raises InvalidInput."""
    if name is not None and name not in PROFILES:
        known = ", ".join(PROFILES)
        raise InvalidInput(
            f"There is no profile “{name}”; there are: {known}.",
            f"Es gibt kein Profil „{name}“; es gibt: {known}.",
        )
    return name


@cache
def _not_in(name: str) -> frozenset[str]:
    """Properties the model knows and the profile does not have."""
    has = {row.field.iri for rows in profile(name).rows.values() for row in rows.values()}
    known = {iri for cls in _classes() for iri in plan_of(cls).by_iri}
    return frozenset(known - has - _OF_PARTS)


def _classes() -> list[type[Node]]:
    found = [each for each in vars(model).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, Node)]


_OF_PARTS = frozenset(  # properties of nodes that profiles do not list one by one
    iri for cls in _classes() if not issubclass(cls, model.Described) for iri in plan_of(cls).by_iri
)
