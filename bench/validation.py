# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Validation: of one record as each write does it, and of a whole catalogue as one document.

    python -m bench.validation [--count 2000]

The records are the 500 datasets of four German catalogues, as they are; the document is made of
`--count` of them, multiplied (17,800 is the size of the national catalogue). Reading the document
is not counted: only the checking is.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from allmende.model import rdf
from allmende.model.catalogue import Resource
from allmende.model.validation import profiles
from allmende.model.validation.data import Data
from allmende.model.validation.record import asked_of, check
from bench import synthetic
from bench.figures import Figure, show

NATIONAL = 17_800  # datasets of the national catalogue
ROUNDS = 3
CHOICES = (("dcat-ap",), ("dcat-ap-de",), ("govdata",), ("dcat-ap-de", "govdata"))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    options = parser.parse_args()
    resources = [each.resource for each in synthetic.real_records()]
    figures = [_compiling()]
    for names in CHOICES:
        figures += _records(resources, names)
    figures += _document(options.count)
    show("Validation", figures)


def _compiling() -> Figure:
    """Once in the life of a process."""
    profiles.compiled.cache_clear()
    start = time.perf_counter()
    for name in ("dcat-ap-de", "hvd"):
        profiles.compiled(name)
    return Figure("tables to checks, once", (time.perf_counter() - start) * 1000, "ms")


def _records(resources: list[Resource], names: tuple[str, ...]) -> list[Figure]:
    """Every record in its best of some rounds: the middle and the slowest of a hundred."""
    wanted = [(each, asked_of(each, names)) for each in resources]
    best = [float("inf")] * len(wanted)
    for _ in range(ROUNDS):
        for place, (resource, asked) in enumerate(wanted):
            start = time.perf_counter()
            check(resource, asked)
            best[place] = min(best[place], (time.perf_counter() - start) * 1000)
    said = ", ".join(names)
    return [
        Figure(f"a record, {said}", statistics.fmean(best), "ms", 1.0),
        Figure(f"the slowest of a hundred, {said}", statistics.quantiles(best, n=100)[98], "ms"),
    ]


def _document(count: int) -> list[Figure]:
    """One document of many datasets against DCAT-AP.de."""
    with TemporaryDirectory(prefix="allmende-bench-") as folder:
        path = Path(folder) / "catalogue.nt"
        synthetic.write_ntriples(path, count)
        graph = rdf.parse(path.read_bytes(), "nt")
    start = time.perf_counter()
    found = list(profiles.compiled("dcat-ap-de").validate(Data.of_graph(graph)))
    seconds = time.perf_counter() - start
    assert found
    return [
        Figure(f"a document of {count:,} datasets ({graph.size:,} statements)", seconds, "s"),
        Figure(
            f"as many as the national catalogue has ({NATIONAL:,}), at this speed",
            seconds * NATIONAL / count,
            "s",
            15.0,
            peer="pySHACL, extrapolated",
            peer_value=540.0,
        ),
    ]


if __name__ == "__main__":
    main()
