# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The quality score as RDF: the Data Quality Vocabulary (W3C DQV), with piveau's metrics.

Each metric is a `dqv:QualityMeasurement` computed on the dataset or on one distribution, as
data.europa.eu publishes them: a boolean, for addresses the status they answered with; the sum
is `pv:scoring`. What was not measured is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from allmende.model.catalogue import Dataset, Distribution
from allmende.model.mqa import DIMENSIONS, METRICS, Fulfilled, Measured, of_dataset, of_file, score
from allmende.model.mqa_words import DIMENSION_WORDS, METRIC_WORDS
from allmende.model.namespaces import DCAT, DCT, PROV, SKOS, XSD
from allmende.model.rdf.terms import LANG_STRING, TYPE, Literal, Object, Statement, is_blank

DQV = "http://www.w3.org/ns/dqv#"
PV = "https://piveau.eu/ns/voc#"
SCORING = PV + "scoring"
_EPOCH = date(1970, 1, 1)
_STATUS = {"accessUrlStatusCode": "access_url", "downloadUrlStatusCode": "download_url"}


class Quality(Struct, frozen=True):
    """What is described: the dataset, its IRI, the address of this document; `at` in µs UTC."""

    dataset: Dataset
    iri: str
    address: str
    at: int
    statuses: Mapping[str, int] = {}  # of addresses, as they answered
    past: tuple[tuple[int, int], ...] = ()  # days since 1970-01-01 UTC with the points of them


def statements(about: Quality, measured: Measured) -> list[Statement]:
    """The measurements of a dataset and its distributions, and what the metrics mean."""
    return [*_Writer(about).all(measured), *definitions()]


class _Writer:
    def __init__(self, about: Quality) -> None:
        self.about = about
        self.number = 0
        moment = datetime.fromtimestamp(about.at / 1_000_000, UTC)
        self.at = Literal(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), None, XSD + "dateTime")

    def all(self, measured: Measured) -> Iterator[Statement]:
        about = self.about
        yield about.address, TYPE, DQV + "QualityMetadata"
        yield about.address, DCT + "subject", about.iri
        yield about.iri, DQV + "hasQualityMetadata", about.address
        own = (each for each in METRICS if not each.of_files)
        for metric, value in zip(own, of_dataset(about.dataset, measured.compliant), strict=True):
            yield from self._fulfilled(about.iri, metric.name, value)
        for at, file in enumerate(about.dataset.distribution):
            yield from self._file(at, file, measured)
        points = score(about.dataset, measured).points
        yield from self._measurement(about.iri, SCORING, _integer(points), self.at)
        for day, then in about.past:
            moment = (_EPOCH + timedelta(days=day)).isoformat()
            yield from self._measurement(
                about.iri, SCORING, _integer(then), Literal(moment, None, XSD + "date")
            )

    def _file(self, at: int, file: Distribution, measured: Measured) -> Iterator[Statement]:
        node = file.iri or ""
        if not node or is_blank(node):
            node = f"{self.about.address}#file-{at + 1}"
            yield node, TYPE, DCAT + "Distribution"
            for address in file.access_url:
                yield node, DCAT + "accessURL", address
        names = [each.name for each in METRICS if each.of_files]
        for name, value in zip(names, of_file(file, measured.answers), strict=True):
            if name not in _STATUS:
                yield from self._fulfilled(node, name, value)
                continue
            for address in getattr(file, _STATUS[name]):
                status = self.about.statuses.get(address)
                if status is not None:
                    yield from self._measurement(node, PV + name, _integer(status), self.at)

    def _fulfilled(self, node: str, name: str, value: Fulfilled) -> Iterator[Statement]:
        if value is not None:
            said = Literal("true" if value == 1 else "false", None, XSD + "boolean")
            yield from self._measurement(node, PV + name, said, self.at)

    def _measurement(
        self, node: str, metric: str, value: Object, at: Literal
    ) -> Iterator[Statement]:
        self.number += 1
        blank = f"_:m{self.number}"
        yield node, DQV + "hasQualityMeasurement", blank
        yield blank, TYPE, DQV + "QualityMeasurement"
        yield blank, DQV + "computedOn", node
        yield blank, DQV + "isMeasurementOf", metric
        yield blank, DQV + "value", value
        yield blank, PROV + "generatedAtTime" if at is self.at else DCT + "date", at


def definitions() -> Iterator[Statement]:
    """What each metric asks, in which dimension."""
    for metric in METRICS:
        node = PV + metric.name
        kind = "integer" if metric.name in _STATUS else "boolean"
        yield node, TYPE, DQV + "Metric"
        yield node, DQV + "inDimension", PV + metric.dimension
        yield node, DQV + "expectedDataType", XSD + kind
        yield from _said(node, SKOS + "definition", METRIC_WORDS[metric.name])
    yield SCORING, TYPE, DQV + "Metric"
    yield SCORING, DQV + "expectedDataType", XSD + "integer"
    for dimension in DIMENSIONS:
        yield PV + dimension, TYPE, DQV + "Dimension"
        yield from _said(PV + dimension, SKOS + "prefLabel", DIMENSION_WORDS[dimension])


def _said(node: str, predicate: str, text: Mapping[str, str]) -> Iterable[Statement]:
    return ((node, predicate, Literal(each, tag, LANG_STRING)) for tag, each in text.items())


def _integer(number: int) -> Literal:
    return Literal(str(number), None, XSD + "integer")
