# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every kind of source keeps the promises of its manifest."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_args

import pytest

from allmende.core.harvest.readers import Grade, guess, kinds, reader

GRADES = get_args(Grade)


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_has_a_reader_and_texts_in_two_languages(kind: str) -> None:
    manifest = kinds()[kind]
    assert manifest.id == kind
    assert inspect.isasyncgenfunction(reader(kind))
    for texts in (manifest.title, manifest.reads, *manifest.options.values()):
        assert set(texts) == {"de", "en"}
        assert all(texts.values())


@pytest.mark.parametrize("kind", kinds())
def test_the_evidence_of_a_grade_exists(kind: str, repository: Path) -> None:
    manifest = kinds()[kind]
    claimed = GRADES[: GRADES.index(manifest.grade) + 1]
    assert set(manifest.evidence) == set(claimed)
    for grade in claimed:
        assert manifest.evidence[grade]
        for test in manifest.evidence[grade]:
            file, _, name = test.partition("::")
            assert f"def {name}(" in (repository / file).read_text("utf-8"), test


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://city.test/catalog.ttl", "dcat"),
        ("/data/catalog.rdf.gz", "dcat"),
        ("https://city.test/", "dcat"),
        ("https://city.test/api/3/action/package_search", "ckan"),
        ("https://city.test/api/hub/search/search", "piveau"),
        ("https://city.test/api/hub/repo/catalogues/a", "piveau"),
        ("liste.CSV", "table"),
    ],
)
def test_the_kind_is_guessed_from_the_address(address: str, kind: str) -> None:
    assert guess(address) == kind
