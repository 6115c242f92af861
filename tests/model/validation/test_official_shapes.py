# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The official shapes: our engine finds what pySHACL finds, finding by finding."""

from pathlib import Path

import pytest
from tests.model.validation.oracle import data_of, official, official_text, ours, pyshacl_finds

CATALOGUES = ("brandenburg", "bremen", "destatis", "rostock")
SAMPLES = ("eudata01", "dcat_ap_de-RefImp_RDF_SIMPLE_V1.1", "sample01")


def read(shared_data: Path, name: str) -> bytes:
    ending = "-catalog-original-input.rdf" if name in CATALOGUES else ".rdf"
    return (shared_data / "catalogue" / f"{name}{ending}").read_bytes()


@pytest.mark.parametrize("profile", ["dcat-ap", "dcat-ap-de"])
@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_german_catalogues(shared_data: Path, catalogue: str, profile: str) -> None:
    content = read(shared_data, catalogue)
    found = ours(official(shared_data, profile), data_of(content))
    assert found == pyshacl_finds(official_text(shared_data, profile), content)
    assert len(found) > 100


@pytest.mark.parametrize("profile", ["dcat-ap", "dcat-ap-de", "hvd"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_sample_files(shared_data: Path, sample: str, profile: str) -> None:
    content = read(shared_data, sample)
    found = ours(official(shared_data, profile), data_of(content))
    assert found == pyshacl_finds(official_text(shared_data, profile), content)
    assert found


@pytest.mark.parametrize("profile", ["hvd", "ranges"])
def test_other_shapes_on_one_catalogue(shared_data: Path, profile: str) -> None:
    content = read(shared_data, "destatis")
    found = ours(official(shared_data, profile), data_of(content))
    assert found == pyshacl_finds(official_text(shared_data, profile), content)
    assert len(found) > 100


def test_shapes_without_a_path_are_left_out_and_named(shared_data: Path) -> None:
    """Two of them stand in the file of DCAT-AP 3.0.1; others stop at them."""
    dropped = official(shared_data, "dcat-ap").dropped
    assert len(dropped) == 2
    assert all("dcat:DataServiceShape" in each for each in dropped)
