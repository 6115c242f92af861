# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A string that never ends costs as much time as any other text, not its square.

The texts are so long that a pattern that starts anew at every quote would not come to an end.
"""

import pytest

from allmende.core.payload import check_json
from allmende.errors import LimitExceeded
from allmende.projections.rdf.words import MAX_TEXT, Form, form_of

ENDLESS = b'"' + b'\\"' * 2_000_000


@pytest.mark.parametrize("end", [b"", b"\\"])
def test_json_with_an_endless_string_is_looked_at_once(end: bytes) -> None:
    check_json(b'{"a":' * 3 + ENDLESS + end, 64, 1_000_000)
    check_json(b"[]" * 100 + ENDLESS + b"," * 1_000 + end, 64, 500)
    with pytest.raises(LimitExceeded):
        check_json(b"[" * 100 + ENDLESS + end, 64, 1_000_000)


def test_what_stands_in_strings_of_json_neither_nests_nor_counts() -> None:
    text = rb'{"a": "[[[[,,,,::::\"[[[[", "b": "\\"}'
    check_json(text, 1, 3)
    with pytest.raises(LimitExceeded):
        check_json(text, 1, 2)
    with pytest.raises(LimitExceeded):
        check_json(text, 0, 100)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
@pytest.mark.parametrize("end", ["", "\\"])
def test_a_query_with_an_endless_string_is_looked_at_once(quote: str, end: str) -> None:
    begin = f"SELECT {quote}"
    filling = f"\\{quote[0]}" * ((MAX_TEXT - len(begin) - len(end)) // 2)
    assert form_of(begin + filling + end) == Form.SELECT
