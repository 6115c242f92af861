# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality score of every dataset, written in the transaction that writes the record.

Stands behind the projection of findings, which it reads, and before everything that reads
points. What the links of a dataset answered is taken from what is known at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from allmende.model.catalogue import Dataset, local
from allmende.model.filter import Everything
from allmende.model.mqa import Measured, score
from allmende.model.mqa_compliance import meets
from allmende.model.mqa_links import sorted_out
from allmende.projections.validation import CHECKS
from allmende.store import Connection, catalogue, links, scores
from allmende.store.records import Entry

SCORING = "1"  # to be raised when points are worked out differently
BATCH = 200
LONGEST_NAME = 300  # characters of a publisher that are kept


class Asked(Struct, frozen=True):
    """What is worked out of a dataset before the writer's turn."""

    addresses: list[tuple[str, str]]  # with their hosts
    hopeless: dict[str, bool]
    publisher: str
    files: list[str]  # addresses of files of our own


class ScoringProjection:
    """Keeps the points in step with the records, their findings and their links."""

    def __init__(self, language: str = "de", base_url: str = "") -> None:
        self.language = language
        self.files = f"{base_url}/files/"

    @property
    def made_by(self) -> str:
        """What the stored points depend on; when it changes, they are made anew."""
        return f"{SCORING}/{CHECKS}/{self.language}"

    def analyse(self, entry: Entry) -> Asked | None:
        """The addresses of a dataset; None for other kinds, which have no score."""
        return self._asked(entry.resource) if isinstance(entry.resource, Dataset) else None

    def _asked(self, dataset: Dataset) -> Asked:
        agent = dataset.publisher
        name = (local(agent.name, self.language) or agent.iri or "") if agent else ""
        askable, hopeless = sorted_out(dataset)
        own = [address for address, _ in askable if address.startswith(self.files)]
        return Asked(askable, hopeless, _plain(name), own)

    def write(self, db: Connection, key: int, entry: Entry, analysed: Asked | None) -> None:
        """Stores the score and the addresses of a dataset."""
        if analysed is None or not isinstance(entry.resource, Dataset):
            return
        known = scores.before(db, key)
        links.use(db, key, analysed.addresses, new=known.revision <= 1 and known.points is None)
        if analysed.files and known.revision > 1:  # perhaps a file was replaced
            links.ask_again(db, analysed.files)
        self._score(db, key, entry.resource, analysed, known)

    def _score(
        self, db: Connection, key: int, dataset: Dataset, asked: Asked, known: scores.Before
    ) -> bool:
        measured = self.measured(db, key, asked)
        return scores.put(
            db,
            key,
            self.made_by,
            score(dataset, measured),
            compliant=measured.compliant,
            publisher=asked.publisher,
            known=known,
        )

    def measured(self, db: Connection, key: int, asked: Asked) -> Measured:
        """What is known about the links and the findings of a record."""
        answers = links.answers(db, [address for address, _ in asked.addresses])
        found = scores.grave(db, key)
        return Measured({**answers, **asked.hopeless}, None if found is None else meets(found))

    def measured_of(self, db: Connection, key: int, dataset: Dataset) -> Measured:
        """The same for a dataset that was read."""
        return self.measured(db, key, self._asked(dataset))

    def outdated(self, db: Connection) -> list[int]:
        """Keys of datasets that were not scored by this scoring."""
        return scores.outdated(db, self.made_by)

    def rebuild(self, db: Connection, keys: Sequence[int]) -> int:
        """Scores datasets anew; how many of them have other values than before."""
        changed = 0
        for record in catalogue.by_keys(db, Everything(), keys):
            if isinstance(record.resource, Dataset):
                known = scores.before(db, record.key)
                asked = self._asked(record.resource)
                links.use(db, record.key, asked.addresses, new=False)
                if self._score(db, record.key, record.resource, asked, known):
                    scores.touch(db, record.key)
                    changed += 1
        return changed


def _plain(name: str) -> str:
    """A name without what databases do not take, and not endlessly long."""
    if not name.isprintable():
        name = "".join(each for each in name if each.isprintable())
    return name[:LONGEST_NAME].strip()
