# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How text files with tables are written."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.sniff import read_rows, sniff_dialect

TABLE = "Straße;Höhe\r\nBöttchergäßchen;1,5\r\nMühle;2,5\r\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("cp850", "cp850"),
    ],
)
def test_encodings(written: str, found: str) -> None:
    data = TABLE.encode(written)
    dialect = sniff_dialect(data)
    assert dialect.encoding == found
    rows = list(read_rows(data, dialect))
    assert rows == [["Straße", "Höhe"], ["Böttchergäßchen", "1,5"], ["Mühle", "2,5"]]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1;2\n3;4\n", ";"),
        ("a,b\n1,2\n3,4\n", ","),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("12,5;13,5\n12,6;13,6\n", ";"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ('a,b\n"x;y",2\n"z;w",3\n', ","),
        ("sep=|\na|b\n1|2\n", "|"),
        ("a\nb\nc\n", ","),
        ("Adler\t1>2\t3>4\nAmsel\t1>2\nFink\t1>2\t3>4\t5>6\n", "\t"),
    ],
)
def test_separators(text: str, delimiter: str) -> None:
    assert sniff_dialect(text.encode()).delimiter == delimiter


def test_lines_above_the_table_are_passed_over() -> None:
    text = "# Stand 2024\nBaumkataster der Stadt\n\na;b;c\n1;2;3\n4;5;6\n7;8;9\n"
    dialect = sniff_dialect(text.encode())
    assert next(read_rows(text.encode(), dialect)) == ["a", "b", "c"]


def test_quotes_and_ragged_rows() -> None:
    text = "a;b\n'x;y';'2'\n'z';'3'\n'w';'4'\n"
    assert sniff_dialect(text.encode()).quote == "'"
    notes = sniff_dialect(b"a;b;c\n1;2;3\n1;2;3\n1;2\n").notes
    assert [each.code for each in notes] == ["ragged"]


def test_decimal_signs() -> None:
    assert sniff_dialect(b"a;b\n1,5;2\n").decimal == ","
    assert sniff_dialect(b"a;b\n1.5;2\n").decimal == "."
    assert sniff_dialect(b"a;b\n1;2\n").decimal == ""


def test_damage_is_told() -> None:
    assert [each.code for each in sniff_dialect("a;b\n�;1\n".encode()).notes] == [
        "destroyed-characters"
    ]
    twice = "a;b\nStraÃŸe Ã¤ Ã¶;1\n"
    assert [each.code for each in sniff_dialect(twice.encode()).notes] == ["twice-encoded"]


def test_large_cells() -> None:
    data = b"a;b\n1;" + b"x" * 2_000_000 + b"\n"
    assert len(list(read_rows(data, sniff_dialect(data)))[1][1]) == 2_000_000


@given(st.binary(max_size=400))
def test_no_bytes_upset_it(data: bytes) -> None:
    list(read_rows(data, sniff_dialect(data)))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_large_text_is_not_copied_to_be_looked_at(encoding: str) -> None:
    data = ("nr;straße;größe\r\n" + "1;Löbdergraben;12,5\r\n" * 1_500_000).encode(encoding)
    tracemalloc.start()
    try:
        found = sniff_dialect(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.encoding, found.delimiter, found.decimal) == (encoding, ";", ",")
    assert most < len(data) // 2
    assert "destroyed-characters" not in {each.code for each in found.notes}
