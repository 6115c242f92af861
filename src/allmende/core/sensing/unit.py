# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One transaction of changes to entities by one subject: what it sees, may do, and how much.

What a subject cannot see is for it as if it were not there: a path to it is NotFound, a link
to it InvalidInput, in the same words.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from allmende.core.sensing.checking import ORGANISATION, Checked
from allmende.core.sensing.registering import not_allowed
from allmende.errors import AllmendeError, InvalidInput, LimitExceeded, NotAuthenticated, NotFound
from allmende.model.filter import Everything, Filter, all_of
from allmende.model.sensing.entities import TYPES, Kind, Link
from allmende.model.sensing.observation import Observation, split_id
from allmende.model.sensing.path import Path, Step
from allmende.policy import (
    EVERY_ORGANISATION,
    Action,
    Grant,
    Subject,
    may,
    read_condition,
    roles_for,
)
from allmende.policy.subject import Role, Scope
from allmende.store import Connection, accounts
from allmende.store.sensing import entities, reading, streams
from allmende.store.sensing.entities import STREAMS, Found
from allmende.store.sensing.registering import stricter
from allmende.store.sensing.streams import Stream

MOST_DEPTH = 12  # levels of a deep insert
MOST_ENTITIES = 10_000  # entities and observations of one deep insert


class Owner(Struct, frozen=True):
    """Whose a new entity is and who may see it."""

    organisation: str
    metadata_access: str = "open"
    data_access: str = "open"

    @staticmethod
    def of(found: Found) -> Owner:
        """That of an entity."""
        return Owner(found.organisation, found.metadata_access, found.data_access)

    def columns(self) -> dict[str, str]:
        """As columns of a row."""
        return {
            "organisation": self.organisation,
            "metadata_access": self.metadata_access,
            "data_access": self.data_access,
        }

    def closed_by(self, access: str | None) -> Owner:
        """At most as open as `access`."""
        if access is None:
            return self
        return Owner(
            self.organisation,
            stricter(self.metadata_access, access),
            stricter(self.data_access, access),
        )


@lru_cache(maxsize=1_000)
def _conditions(
    scopes: frozenset[Scope],
    roles: tuple[tuple[str, frozenset[Role]], ...],
    grants: tuple[Grant, ...],
) -> tuple[Filter, Filter]:
    """What a row must fulfil so that such a subject may see it, and a stream to be read."""
    subject = Subject(kind="token", roles=dict(roles), scopes=scopes, grants=grants)
    metadata = read_condition(subject)
    return metadata, all_of(metadata, read_condition(subject, "data"))


def check_writer(subject: Subject) -> None:
    """Raises NotAuthenticated or NotAllowed when the subject may write measurements nowhere."""
    writer = bool(_organisations(subject)) or subject.own is not None
    if Scope.SENSORS_WRITE not in subject.scopes or not writer:
        raise refused(subject)


def refused(subject: Subject, organisation: str = "") -> AllmendeError:
    """The error for a subject that may not write there; nobody has to sign in first."""
    if subject.kind == "anonymous":
        return NotAuthenticated("Please sign in first.", "Bitte melden Sie sich zuerst an.")
    return not_allowed(organisation or "*")


def _organisations(subject: Subject) -> tuple[str, ...]:
    return subject.organisations(*roles_for(Action.OBSERVE))


class Unit:
    """The transaction."""

    def __init__(self, db: Connection, subject: Subject, zone: str) -> None:
        self.db, self.subject, self.zone = db, subject, zone
        self.made = 0
        self.new: set[tuple[Kind, int]] = set()  # made here, so known to the subject
        self.metadata, self.data = _conditions(
            subject.scopes, tuple(subject.roles.items()), subject.grants
        )
        self.streams: dict[int, Stream] = {}

    def count(self, more: int = 1) -> None:
        """Counts what is made. Raises LimitExceeded when it is too much for one request."""
        self.made += more
        if self.made > MOST_ENTITIES:
            raise LimitExceeded(
                f"One request makes at most {MOST_ENTITIES} entities; send the observations "
                "with CreateObservations.",
                f"Eine Anfrage legt höchstens {MOST_ENTITIES} Einträge an; bitte Messwerte mit "
                "CreateObservations senden.",
            )

    # --- what is there ---

    def find(self, kind: Kind, ident: int) -> Found | None:
        """The entity, if the subject may see it; of an observation the datastream."""
        if kind == Kind.OBSERVATION:
            return self.stream_of(ident)
        own = (kind, ident) in self.new
        return entities.find(self.db, kind, ident, Everything() if own else self.metadata)

    def seen(self, kind: Kind, ident: int) -> Found:
        """The entity. Raises NotFound."""
        found = self.find(kind, ident)
        if found is None:
            raise absent(kind, ident)
        return found

    def linkable(self, kind: Kind, ident: int) -> Found:
        """The entity to link with. Raises InvalidInput when the subject sees none."""
        found = self.find(kind, ident)
        if found is None:
            text = absent(kind, ident).text
            raise InvalidInput(text["en"], text["de"], code="unknown-link")
        return found

    def stream(self, ident: int) -> Stream | None:
        """A datastream of either kind, whoever sees it; for writing, where rights count."""
        if ident not in self.streams:
            self.streams.update(streams.of(self.db, [ident]))
        return self.streams.get(ident)

    def may_observe(self, kind: Kind, ident: int) -> bool:
        """Whether there is a stream of this kind that the subject may write to."""
        found = self.stream(ident)
        if found is None or bool(found.multi) != (kind == Kind.MULTI_DATASTREAM):
            return False
        return self.may_write(found.organisation)

    def stream_of(self, ident: int) -> Found | None:
        """The datastream of an observation that is there and may be seen."""
        stream = split_id(ident)[0]
        found = next(
            (
                each
                for each in (entities.find(self.db, kind, stream, self.data) for kind in STREAMS)
                if each is not None
            ),
            None,
        )
        if found is None or reading.one(self.db, ident) is None:
            return None
        return found

    def observation(self, ident: int) -> Observation:
        """The observation; its visibility was looked at before."""
        found = reading.one(self.db, ident)
        if found is None:
            raise absent(Kind.OBSERVATION, ident)
        return found

    def may_write(self, organisation: str) -> bool:
        """Whether the subject may write measurements of an organisation."""
        return may(self.subject, Action.OBSERVE, organisation)

    def allow(self, organisation: str) -> None:
        """Raises NotAllowed or NotAuthenticated when the subject may not write there."""
        if not self.may_write(organisation):
            raise refused(self.subject, organisation)

    def writable(self, kind: Kind, ident: int) -> Found:
        """The entity, which the subject may change. Raises NotFound, NotAllowed."""
        found = self.seen(kind, ident)
        self.allow(found.organisation)
        return found

    # --- whose it will be ---

    def owner(self, checked: Checked, parent: Found | None, context: Owner | None) -> Owner:
        """Whose a new entity is: its parent's, that of the insert, or the one that is named."""
        known = Owner.of(parent) if parent is not None else context
        if known is None:
            known = Owner(self._chosen(checked.organisation))
        elif checked.organisation not in (None, known.organisation):
            raise InvalidInput(
                f"It belongs to “{known.organisation}”, as what it is a part of.",
                f"Es gehört zu „{known.organisation}“ wie das, wovon es ein Teil ist.",
            )
        self.allow(known.organisation)
        return known.closed_by(checked.access)

    def _chosen(self, named: str | None) -> str:
        if named is not None:
            if named == EVERY_ORGANISATION or accounts.organisation(self.db, named) is None:
                self.allow(named)
                raise InvalidInput(
                    f"There is no organisation “{named[:80]}”.",
                    f"Eine Organisation „{named[:80]}“ gibt es nicht.",
                )
            return named
        held = _organisations(self.subject)
        if EVERY_ORGANISATION in held:
            held = tuple(each.id for each in accounts.organisations(self.db))
        if len(held) == 1:
            return held[0]
        if not held:
            raise refused(self.subject)
        raise InvalidInput(
            f"Say whose it is: put “{ORGANISATION}” into it, one of {', '.join(held)[:400]}.",
            f"Bitte angeben, wem es gehört: „{ORGANISATION}“, eines von {', '.join(held)[:400]}.",
            code="organisation-missing",
        )

    # --- paths ---

    def resolve(self, path: Path) -> tuple[Kind, int]:
        """The entity a path leads to. Raises NotFound when a step leads nowhere."""
        first, *others = path.steps
        if first.id is None:
            raise absent(first.entity.kind, 0)
        kind, ident = first.entity.kind, first.id
        self.seen(kind, ident)
        for step in others:
            ident = self._follow(kind, ident, step)
            kind = step.entity.kind
        return kind, ident

    def _follow(self, kind: Kind, ident: int, step: Step) -> int:
        assert step.link is not None  # noqa: S101
        if step.link.many and step.id is None:
            raise absent(step.entity.kind, 0)
        if step.link.many and step.entity.kind == Kind.OBSERVATION and not step.link.through:
            target = step.id if self._is_observed(kind, ident, step.id or 0) else None
        else:
            ids = self.targets(kind, ident, step.link)
            wanted = step.id if step.link.many else next(iter(ids), None)
            target = wanted if wanted in ids else None
        if target is None:
            raise absent(step.entity.kind, step.id or 0)
        self.seen(step.entity.kind, target)
        return target

    def _is_observed(self, kind: Kind, ident: int, observation: int) -> bool:
        """Whether an observation is one of a stream or of a feature."""
        if kind in STREAMS:
            return split_id(observation)[0] == ident
        return self.feature_of(observation) == ident

    def feature_of(self, observation: int) -> int | None:
        """The feature of an observation: its own or that of its stream."""
        stream = self.stream_of(observation)
        if stream is None:
            return None
        feature = self.observation(observation).feature or stream.values["feature"]
        return None if feature is None else int(feature)

    def targets(self, kind: Kind, ident: int, link: Link) -> list[int]:
        """Ids a link leads to, visible or not."""
        if kind != Kind.OBSERVATION or link.through:
            return entities.linked(self.db, kind, link, ident)
        if link.target == Kind.FEATURE:
            feature = self.feature_of(ident)
            return [] if feature is None else [feature]
        stream = self.stream_of(ident)
        return [stream.id] if stream is not None and stream.kind == link.target else []


def absent(kind: Kind, ident: int) -> NotFound:
    """The error for an entity that is not there or must not be seen."""
    shown = f"{TYPES[kind].collection}({ident})" if ident else TYPES[kind].collection
    return NotFound(f"There is no {shown} here.", f"{shown} gibt es hier nicht.")
