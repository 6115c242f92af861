# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What to do first for more quality points: each deed with the points it gains.

The gains of all deeds, the points there are and those that wait for a measurement make up
405; so nothing is promised twice and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from allmende.model.catalogue import Dataset, Distribution
from allmende.model.mqa import METRIC, METRICS, NOTHING, Fulfilled, Measured, of_dataset, of_file
from allmende.model.mqa_words import DEEDS

MOST_PATHS = 50
"""Fields that are named for one deed."""


class Advice(Struct, frozen=True):
    """One deed: its key, the points it gains, and the fields of the record it is about."""

    key: str
    points: float
    paths: tuple[str, ...]  # as in findings: "distribution[2].license"
    files: int = 0  # how many files it concerns; 0 when it is about the dataset

    @property
    def title(self) -> dict[str, str]:
        """What to do in a few words, in German and English."""
        return DEEDS[self.key][0]

    @property
    def text(self) -> dict[str, str]:
        """How to do it, in German and English."""
        return DEEDS[self.key][1]


# What several metrics gain by one deed stands together under one key.
_OF_DATASET: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("keyword", "keyword", ("keywordAvailability",)),
    ("theme", "theme", ("categoryAvailability",)),
    ("spatial", "spatial", ("spatialAvailability",)),
    ("temporal", "temporal", ("temporalAvailability",)),
    ("compliance", "", ("dcatApCompliance",)),
    (
        "access-rights",
        "access_rights",
        ("accessRightsAvailability", "accessRightsVocabularyAlignment"),
    ),
    ("contact", "contact_point", ("contactPointAvailability",)),
    ("publisher", "publisher", ("publisherAvailability",)),
    ("issued", "issued", ("dateIssuedAvailability",)),
    ("modified", "modified", ("dateModifiedAvailability",)),
)
_OPENNESS = ("formatMediaTypeNonProprietary", "formatMediaTypeMachineInterpretable")
_LICENCE = ("licenceAvailability", "knownLicence")
_DOWNLOAD = ("downloadUrlAvailability", "downloadUrlStatusCode")


def advice(dataset: Dataset, measured: Measured = NOTHING) -> list[Advice]:
    """Everything that would gain points, the greatest gain first."""
    found = [*_about_dataset(dataset, measured), *_about_files(dataset, measured)]
    return sorted(found, key=lambda each: (-each.points, each.key))


def _about_dataset(dataset: Dataset, measured: Measured) -> Iterator[Advice]:
    names = [each.name for each in METRICS if not each.of_files]
    stand = dict(zip(names, of_dataset(dataset, measured.compliant), strict=True))
    for key, path, metrics in _OF_DATASET:
        gain = sum(_gain(name, stand[name]) for name in metrics)
        if gain:
            yield Advice(key, gain, (path,) if path else ())


def _about_files(dataset: Dataset, measured: Measured) -> Iterator[Advice]:
    names = [each.name for each in METRICS if each.of_files]
    number = len(dataset.distribution)
    if not number:
        yield Advice("file", float(sum(METRIC[name].points for name in names)), ("distribution",))
        return
    gains: dict[str, list[tuple[float, str]]] = {}
    for at, file in enumerate(dataset.distribution):
        stand = dict(zip(names, of_file(file, measured.answers), strict=True))
        for key, field, gain in _of_one_file(file, stand):
            gains.setdefault(key, []).append((gain / number, f"distribution[{at}].{field}"))
    for key, parts in gains.items():
        paths = tuple(path for _, path in parts[:MOST_PATHS])
        yield Advice(key, sum(gain for gain, _ in parts), paths, len(parts))


def _of_one_file(
    file: Distribution, stand: dict[str, Fulfilled]
) -> Iterator[tuple[str, str, float]]:
    """Key, field and gain (of this file alone) of every deed for one file."""
    for key, field, names in _deeds(file, stand):
        gain = sum(_gain(name, stand[name]) for name in names)
        if gain:
            yield key, field, gain
    half = METRIC["formatMediaTypeVocabularyAlignment"].points / 2
    missing = 1.0 - (stand["formatMediaTypeVocabularyAlignment"] or 0.0)
    for key, field, name in (
        ("format", "format", "formatAvailability"),
        ("media-type", "media_type", "mediaTypeAvailability"),
    ):
        gain = _gain(name, stand[name])
        if gain:
            yield key, field, gain + half
            missing -= 0.5
    if missing > 0:
        yield "format-list", "format", missing * half * 2


def _deeds(
    file: Distribution, stand: dict[str, Fulfilled]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The deeds that are simple sums of metrics."""
    access = "access-broken" if file.access_url else "access-url"
    yield access, "access_url", ("accessUrlStatusCode",)
    if file.download_url:
        yield "download-broken", "download_url", ("downloadUrlStatusCode",)
    else:
        yield "download-url", "download_url", _DOWNLOAD
    yield "open-format", "format", _OPENNESS
    yield "licence-list" if file.license else "licence", "license", _LICENCE
    yield "rights", "rights", ("rightsAvailability",)
    yield "size", "byte_size", ("byteSizeAvailability",)


def _gain(name: str, fulfilled: Fulfilled) -> float:
    """The points a metric still lacks; none while it waits for its measurement."""
    return 0.0 if fulfilled is None else METRIC[name].points * (1.0 - fulfilled)
