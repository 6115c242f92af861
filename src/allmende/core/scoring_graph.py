# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality of a dataset as RDF statements (W3C DQV), for every interface that speaks RDF."""

from __future__ import annotations

from allmende.core import catalogue, links, pages, scoring
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.model.catalogue import Dataset
from allmende.model.mqa_dqv import DQV, PV, Quality, statements
from allmende.model.namespaces import PREFIXES
from allmende.model.rdf import Statement
from allmende.policy import Subject

__all__ = ["NAMESPACES", "graph"]

NAMESPACES = {**PREFIXES, "dqv": DQV, "pv": PV}
"""The prefixes such a document is written with."""


async def graph(
    platform: Platform, subject: Subject, record: Record, *, past: bool = False
) -> list[Statement]:
    """The measurements of a record that was read for the subject, with the past if wanted.

    Empty for other kinds than datasets, which have no score.
    """
    rating = await scoring.of_record(platform, record)
    if rating is None or not isinstance(record.resource, Dataset):
        return []
    known = await links.of_record(platform, record.resource)
    moments = await scoring.history(platform, subject, record) if past else []
    about = Quality(
        record.resource,
        pages.iri_of(platform, record),
        catalogue.address(platform, record) + "/quality",
        rating.scored or record.updated,
        {each.address: each.status for each in known.values() if each.status is not None},
        tuple((each.day, each.points) for each in moments),
    )
    return statements(about, rating.measured)
