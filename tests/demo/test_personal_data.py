# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""No personal data is shipped: no names of persons, initials, addresses, keys or tokens.

Names that stand in the raw files are kept here as hashes only.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from allmende.demo.shipped import content, manifest

FORBIDDEN_FIELDS = {
    "namlr",
    "key",
    "s_n",
    "sessionkeyid",
    "session_key_id",
    "uplink_token",
    "correlation_ids",
    "appskey",
    "nwkskey",
    "app_key",
    "email",
    "e-mail",
    "phone",
    "telefon",
    "ansprechpartner",
    "contact:email",
    "contact:phone",
    "contact:fax",
    "contact:mobile",
    "fax",
    "note",
    "fixme",
    "created_by",
    "user",
}

# blake2b-8 of "first last", lower case: persons who stand in the raw files.
FORBIDDEN_NAMES = {
    "11676fbc2c1e9182",
    "5f0899bfbec136fe",
    "676420b24b5ab487",
    "682eb513e074535a",
    "8366eee3500c4f11",
    "b10e56e38116ade6",
    "ea6ca7fdf86b7eed",
    "02035d2295e33e7b",
    "07226c1d185a143a",
    "134bf75dc7ad5fb8",
    "149888270e73d2b8",
    "3968bd039c22e487",
    "3df2d11ebb61514d",
    "57dcd8fbe0a97df0",
    "6eb696c9ecf69795",
    "85a863dfc933e9db",
    "9764b2ef7de63476",
    "aa829543d7431cef",
    "bfad2903b29cdf78",
    "c5e85516b05e333f",
    "d4c9895df2c23971",
    "d5dffd0d85c89773",
    "ea542ee3b9552a5e",
    "f34be8c72a9e56be",
    "f8e1ff4008290416",
}

MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", re.IGNORECASE)
PHONE = re.compile(r"\+49[ \d/-]{6,}|\b0?3641[ /-]?\d{2,}-?\d{2,}")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def digest(name: str) -> str:
    return hashlib.blake2b(name.lower().encode(), digest_size=8).hexdigest()


@cache
def pairs() -> frozenset[str]:
    """Every pair of neighbouring words in the shipped files, lower case."""
    found: set[str] = set()
    for path in manifest():
        for line in set(content(path).decode().splitlines()):
            words = WORD.findall(line.lower())
            found.update(f"{first} {second}" for first, second in pairwise(words))
    return frozenset(found)


def fields(path: str) -> Iterator[str]:
    text = content(path).decode()
    if path.endswith(".csv"):
        yield from next(csv.reader(io.StringIO(text)))
    else:
        yield from members(json.loads(text))


def members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from members(part)
    elif isinstance(value, list):
        for part in value:
            yield from members(part)


@pytest.mark.parametrize("path", manifest())
def test_no_field_for_personal_data_or_secrets(path: str) -> None:
    assert not {name.lower() for name in fields(path)} & FORBIDDEN_FIELDS


@pytest.mark.parametrize("path", manifest())
def test_no_mail_address_and_no_telephone_number(path: str) -> None:
    text = content(path).decode()
    assert not MAIL.search(text)
    assert not PHONE.search(text)


def test_no_name_of_a_person_from_the_raw_files() -> None:
    assert not [pair for pair in pairs() if digest(pair) in FORBIDDEN_NAMES]


def test_the_check_would_find_a_name() -> None:
    words = WORD.findall("Grundschule am Stadion".lower())
    assert digest(" ".join(words[:2])) == digest("grundschule am")
    assert "heinrich heine" in pairs()


def test_names_in_the_raw_files_are_all_gone(shared_data: Path) -> None:
    raw = json.loads((shared_data / "council/jena_vorhabenliste_2015-06-25.json").read_bytes())
    with zipfile.ZipFile(shared_data / "sensors/jena_regeln_sensordaten.xlsx") as archive:
        author = re.search(rb"<dc:creator>(.*?)</dc:creator>", archive.read("docProps/core.xml"))
    assert author is not None
    names = (
        raw["DataSource"]["Autor"]["Ansprechpartner"],
        raw["DataLiberator"]["Name"],
        author.group(1).decode(),
    )
    for name in names:
        assert digest(name) in FORBIDDEN_NAMES
        assert name.lower() not in pairs()
