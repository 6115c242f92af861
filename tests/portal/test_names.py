# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names people read for concepts."""

from allmende.portal import names


def test_an_unknown_concept_is_shown_readable() -> None:
    address = "https://example.org/themes/Transport%20und%20Verkehr"
    assert names.tail(address) == "Transport und Verkehr"
    assert names.tail("https://example.org/#") == "example.org"
