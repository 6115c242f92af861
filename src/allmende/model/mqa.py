# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Metadata Quality Assessment (MQA) of data.europa.eu: 405 points in five dimensions.

    score(dataset, Measured(answers={"https://…": True}, compliant=True)).points

Pure and fast (some tens of microseconds): what a form holds can be scored while somebody
types. A metric about files gives its points in proportion to the files that fulfil it, as
the assessment of a whole catalogue does. What was not measured yet gives no points and is
counted as `pending`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from allmende.model.catalogue import Dataset, Distribution
from allmende.model.vocabulary import Concept, vocabulary

Band = Literal["excellent", "good", "sufficient", "bad"]
Dimension = Literal[
    "findability", "accessibility", "interoperability", "reusability", "contextuality"
]

BANDS: tuple[tuple[Band, int], ...] = (
    ("excellent", 351), ("good", 221), ("sufficient", 121), ("bad", 0),
)  # fmt: skip
"""The bands with the points they begin at, the best first."""
DIMENSIONS: dict[Dimension, int] = {
    "findability": 100,
    "accessibility": 100,
    "interoperability": 110,
    "reusability": 75,
    "contextuality": 20,
}
"""The most points of each dimension."""
MOST = 405


class Metric(Struct, frozen=True):
    """One indicator under the name data.europa.eu gives it, and its most points."""

    name: str
    dimension: Dimension
    of_files: bool  # measured on distributions, else on the dataset
    points: int


METRICS: tuple[Metric, ...] = (
    Metric("keywordAvailability", "findability", False, 30),
    Metric("categoryAvailability", "findability", False, 30),
    Metric("spatialAvailability", "findability", False, 20),
    Metric("temporalAvailability", "findability", False, 20),
    Metric("accessUrlStatusCode", "accessibility", True, 50),
    Metric("downloadUrlAvailability", "accessibility", True, 20),
    Metric("downloadUrlStatusCode", "accessibility", True, 30),
    Metric("formatAvailability", "interoperability", True, 20),
    Metric("mediaTypeAvailability", "interoperability", True, 10),
    Metric("formatMediaTypeVocabularyAlignment", "interoperability", True, 10),
    Metric("formatMediaTypeNonProprietary", "interoperability", True, 20),
    Metric("formatMediaTypeMachineInterpretable", "interoperability", True, 20),
    Metric("dcatApCompliance", "interoperability", False, 30),
    Metric("licenceAvailability", "reusability", True, 20),
    Metric("knownLicence", "reusability", True, 10),
    Metric("accessRightsAvailability", "reusability", False, 10),
    Metric("accessRightsVocabularyAlignment", "reusability", False, 5),
    Metric("contactPointAvailability", "reusability", False, 20),
    Metric("publisherAvailability", "reusability", False, 10),
    Metric("rightsAvailability", "contextuality", True, 5),
    Metric("byteSizeAvailability", "contextuality", True, 5),
    Metric("dateIssuedAvailability", "contextuality", False, 5),
    Metric("dateModifiedAvailability", "contextuality", False, 5),
)
"""All indicators in the order they are shown."""
METRIC = {each.name: each for each in METRICS}

Fulfilled = float | None
"""How far a metric is fulfilled, 0 to 1; None when that was not measured yet."""


class Measured(Struct, frozen=True):
    """What has to be tried out: which addresses answer, and whether DCAT-AP is met.

    An address that is not named was not asked yet; `compliant` None means not checked.
    """

    answers: Mapping[str, bool] = {}
    compliant: bool | None = None


NOTHING = Measured()


class Value(Struct, frozen=True, array_like=True):
    """How one metric stands: fulfilled by so many (in halves) of so many, some not measured."""

    have: float
    of: int
    pending: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; without a file a metric about files is not fulfilled."""
        return self.have / self.of if self.of else 0.0


class Score(Struct, frozen=True):
    """The score of one dataset; `values` stand in the order of METRICS."""

    values: tuple[Value, ...]

    @property
    def points(self) -> int:
        """All points, rounded, 0 to 405."""
        return rounded(self.exact)

    @property
    def exact(self) -> float:
        """All points, not rounded."""
        return sum(each.points * value.share for each, value in self.pairs())

    @property
    def band(self) -> Band:
        """Excellent, good, sufficient or bad."""
        return band(self.points)

    @property
    def dimensions(self) -> dict[Dimension, float]:
        """The points of each dimension, not rounded."""
        found = dict.fromkeys(DIMENSIONS, 0.0)
        for metric, value in self.pairs():
            found[metric.dimension] += metric.points * value.share
        return found

    @property
    def pending(self) -> float:
        """The points that depend on what was not measured yet."""
        return sum(
            each.points * value.pending / value.of for each, value in self.pairs() if value.of
        )

    def pairs(self) -> Iterable[tuple[Metric, Value]]:
        """Every metric with its value."""
        return zip(METRICS, self.values, strict=True)


@lru_cache(maxsize=1024)
def band(points: float) -> Band:
    """The band of so many points."""
    return next(name for name, least in BANDS if rounded(points) >= least)


def rounded(points: float) -> int:
    """The nearest whole number of points, halves up."""
    return int(points + 0.5 + 1e-9)


def score(dataset: Dataset, measured: Measured = NOTHING) -> Score:
    """The score of a dataset, with what was measured of it."""
    own = iter(of_dataset(dataset, measured.compliant))
    files = [of_file(each, measured.answers) for each in dataset.distribution]
    columns = iter(zip(*files, strict=True)) if files else None
    values = []
    for metric in METRICS:
        if not metric.of_files:
            values.append(_value((next(own),)))
        else:
            values.append(_value(next(columns) if columns is not None else ()))
    return Score(tuple(values))


def _value(found: tuple[Fulfilled, ...]) -> Value:
    have = sum(each for each in found if each)
    return Value(have, len(found), sum(1 for each in found if each is None))


# --- one metric after the other ------------------------------------------------------------


def of_dataset(dataset: Dataset, compliant: bool | None) -> tuple[Fulfilled, ...]:
    """The metrics about the dataset itself, in the order of METRICS."""
    rights = dataset.access_rights
    known = rights is not None and vocabulary("access-right").has(rights)
    return (
        float(any(dataset.keyword.values())),
        float(bool(dataset.theme)),
        float(bool(dataset.spatial)),
        float(bool(dataset.temporal)),
        None if compliant is None else float(compliant),
        float(bool(rights)),
        float(known),
        float(bool(dataset.contact_point)),
        float(dataset.publisher is not None),
        float(bool(dataset.issued)),
        float(bool(dataset.modified)),
    )


def of_file(file: Distribution, answers: Mapping[str, bool]) -> tuple[Fulfilled, ...]:
    """The metrics about one distribution, in the order of METRICS."""
    terms = file_terms(file.format, file.media_type)
    return (
        answering(file.access_url, answers),
        float(bool(file.download_url)),
        answering(file.download_url, answers),
        float(bool(file.format)),
        float(bool(file.media_type)),
        terms.aligned,
        float(terms.open),
        float(terms.machine),
        float(bool(file.license)),
        float(bool(file.license) and known_licence(file.license or "")),
        float(bool(file.rights)),
        float(file.byte_size is not None),
    )


def answering(addresses: Iterable[str], answers: Mapping[str, bool]) -> Fulfilled:
    """Whether all addresses answer; 0 without an address, None when one was not asked yet."""
    found = [answers.get(each) for each in addresses]
    if False in found or not found:
        return 0.0
    return None if None in found else 1.0


class FileTerms(Struct, frozen=True):
    """What the format and the media type of a file say together."""

    aligned: float  # half for a format, half for a media type of the lists
    open: bool
    machine: bool


@lru_cache(maxsize=4096)
def file_terms(format_: str | None, media_type: str | None) -> FileTerms:
    """What follows from a format and a media type; the format decides when both are given."""
    formats = vocabulary("file-type")
    listed = formats.concepts.get(format_) if format_ else None
    concept = listed or (formats.get(format_) if format_ else None) or _by_text(format_)
    concept = concept or _by_text(media_type)
    known = bool(media_type and _MEDIA_TYPE.match(media_type))
    facts = concept.facts if concept else {}
    aligned = (0.5 if listed else 0.0) + (0.5 if known else 0.0)
    return FileTerms(aligned, bool(facts.get("open")), bool(facts.get("machine_readable")))


_MEDIA_TYPE = re.compile(
    r"https?://www\.iana\.org/assignments/media-types/(application|audio|font|haptics|image|"
    r"message|model|multipart|text|video)/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\Z"
)


def _by_text(value: str | None) -> Concept | None:
    """The file type that the end of an IRI or a text names."""
    if not value:
        return None
    formats = vocabulary("file-type")
    media_type = value.partition("media-types/")[2]
    if media_type:
        return formats.match(media_type)
    return formats.match(value) or formats.match(re.split(r"[/#]", value.rstrip("/"))[-1])


@lru_cache(maxsize=4096)
def known_licence(iri: str) -> bool:
    """Whether a licence is one of the lists (dcat-ap.de, EU, Creative Commons …)."""
    return vocabulary("licence").get(iri) is not None
