# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The Storage Integration of The Things Stack v3: messages it has kept, for after an outage.

GET /api/v3/as/applications/{application}/devices/{device}/packages/storage/uplink_message with
`after`, `before`, `limit` and `order`, a key in Authorization, and `text/event-stream` as the
answer's form: one JSON object a line, with the message in `result`
(ApplicationUpStorage.GetStoredApplicationUp).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from allmende.core.fetch import Fetcher
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.model.sensing.uplink import Uplink
from allmende.sources.lorawan.reading import read

PAGE = 1_000
MOST_PAGES = 100  # of one device in one run
LARGEST_LINE = 256 << 10
TYPE = "text/event-stream"
_PREFIX = b"data:"


async def stored(
    fetch: Fetcher, address: str, key: str, names: tuple[str, str], after: str, before: str
) -> AsyncIterator[Uplink]:
    """The uplinks of a device that were kept between two times (RFC 3339), the oldest first.

    `names` are the ids of the application and the device in The Things Stack. A message that
    cannot be read is passed over. SourceUnavailable when the storage refuses or breaks off.
    """
    application, device = (quote(each, safe="") for each in names)
    place = f"{address.rstrip('/')}/api/v3/as/applications/{application}/devices/{device}"
    for _ in range(MOST_PAGES):
        query = urlencode({"limit": PAGE, "order": "received_at", "after": after, "before": before})
        body = await fetch.get(
            f"{place}/packages/storage/uplink_message?{query}",
            accept=TYPE,
            headers={"Authorization": f"Bearer {key}"},
        )
        last, count = after, 0
        for result in lines(body.data):
            count += 1
            last = str(result.get("received_at", last))
            uplink = _read(result)
            if uplink is not None:
                yield uplink
        if count < PAGE or last == after:
            return
        after = last


def _read(result: dict[str, Any]) -> Uplink | None:
    try:
        return read("tts", msgspec.json.encode(result))
    except InvalidInput:
        return None


def lines(data: bytes) -> Iterator[dict[str, Any]]:
    """The results of an answer. SourceUnavailable for an error in it, or what is no such line."""
    for line in data.splitlines():
        text = line.removeprefix(_PREFIX).strip()
        if not text:
            continue
        found = _decoded(text)
        if "error" in found:
            said = found["error"]
            told = said.get("message", "") if isinstance(said, dict) else said
            raise SourceUnavailable(
                f"The storage of the network answered with an error: {str(told)[:200]}",
                f"Der Speicher des Netzes antwortet mit einem Fehler: {str(told)[:200]}",
                code="source-storage",
            )
        result = found.get("result")
        if isinstance(result, dict):
            yield result


def _decoded(text: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text) if len(text) <= LARGEST_LINE else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise SourceUnavailable(
            "The storage of the network sent something that is no message; check its address.",
            "Der Speicher des Netzes hat etwas gesendet, das keine Nachricht ist; bitte die "
            "Adresse prüfen.",
            code="source-storage",
        )
    return found
