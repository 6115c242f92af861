# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers of foreign servers that are no HTTP end in a named refusal, not in a crash."""

import ipaddress

import pytest

from allmende.core.fetch import Body, Fetcher, FetchLimits, Known, _Again, retry_after
from allmende.core.fetch_guard import is_public
from allmende.errors import SourceUnavailable


class Redirecting(Fetcher):
    """A fetcher whose every answer is a redirect to one place."""

    location = ""

    async def _once(
        self, address: str, headers: dict[str, str], known: Known | None
    ) -> Body | _Again | str:
        return self.location


@pytest.mark.anyio
@pytest.mark.parametrize("location", ["http://[a", "//[", "file:///etc/passwd", "javascript:1"])
async def test_a_redirect_to_no_web_address_is_refused(location: str) -> None:
    fetch = Redirecting(FetchLimits(delay_seconds=0))
    fetch.location = location
    with pytest.raises(SourceUnavailable) as refused:
        await fetch.get("https://example.org/")
    assert refused.value.code == "source-redirects"


@pytest.mark.parametrize("text", ["²", "-1", "soon", "", "Mon, 99 Foo 99999 00:00:00 GMT"])
def test_a_wrong_retry_after_is_no_time(text: str) -> None:
    assert retry_after({"retry-after": text}) is None


@pytest.mark.parametrize(
    "address", ["::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::"]
)
def test_private_addresses_in_disguise_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
