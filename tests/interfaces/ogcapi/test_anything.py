# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whatever is asked, the answer is a proper one: never an inner error."""

from datetime import datetime
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.interfaces.ogcapi.city import City
from tests.interfaces.ogcapi.test_core import ITEMS

from allmende.core.crs import OFFERED, crs
from allmende.errors import InvalidInput, LimitExceeded
from allmende.interfaces.ogcapi import moments
from allmende.interfaces.ogcapi.asking import MANY, box

pytestmark = pytest.mark.anyio

CRUMBS = st.sampled_from(
    [
        "", "1", "-1", "0", "1e400", "nan", "1,2,3,4", "11,50,12,51", "..", "../..", "/", "2026",
        "2026-02-30", "0000-01-01", "9999-12-31T23:59:60Z", "2026-01-01T00:00:00+25:00", "true",
        "species", "species = 'a'", "S_INTERSECTS(place, POINT(1 1))", "(", "'", "\x00", "%", "_",
        "'; DROP TABLE x; --", "ä" * 300, "EPSG:25832", *OFFERED, "cql2-json", '{"op":"="}',
        "W10", "WzFd", "WyJhIl0", "\ud7ff", "١",
    ]
)  # fmt: skip
NAMES = st.sampled_from([*MANY, "species", "number", "height", "healthy", "inspected", "nope"])


async def test_any_query(api: City) -> None:
    queries: list[list[tuple[str, str]]] = []

    @settings(max_examples=250, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(NAMES, CRUMBS | st.text(max_size=12)), max_size=4))
    def gather(pairs: list[tuple[str, str]]) -> None:
        queries.append(pairs)

    gather()
    for pairs in queries:
        query = urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs])
        for path in (ITEMS, f"{ITEMS}/1", "/ogc/collections/catalogue/items"):
            answer = await api.get(f"{path}?{query}")
            assert answer.status_code in (200, 303, 304, 400, 404, 406, 413, 414), (
                path,
                pairs,
                answer.text,
            )


@given(st.text(max_size=40) | CRUMBS)
def test_any_time(text: str) -> None:
    for read in (moments.interval, moments.instant, moments.microseconds):
        try:
            read(text)
        except InvalidInput:
            continue


@given(st.text(max_size=40) | CRUMBS, st.sampled_from(OFFERED))
def test_any_box(text: str, uri: str) -> None:
    try:
        west, south, east, north = box(text, crs(uri))
    except (InvalidInput, LimitExceeded):
        return
    assert south <= north
    assert west <= east or crs(uri).geographic


@given(st.datetimes())
def test_moments_come_back(moment: datetime) -> None:
    text = moment.isoformat(timespec="microseconds") + "Z"
    at = moments.microseconds(text)
    assert moments.microseconds(moments.said(at)) == at
