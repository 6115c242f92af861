# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Compression: what is compressed, and that entity tags and ranges stay true."""

import zlib

import pytest
from tests.web.conftest import LONG, TAG

from allmende.core.negotiation import accepts_gzip

GZIP = {"accept-encoding": "gzip"}
PLAIN = {"accept-encoding": "identity"}


def test_a_long_text_is_compressed(client):
    answer = client.get("/thing", headers=GZIP)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) < len(LONG) / 10
    assert answer.text == LONG


def test_a_client_that_does_not_accept_it_gets_it_plain(client):
    answer = client.get("/thing", headers=PLAIN)
    assert "content-encoding" not in answer.headers
    assert answer.text == LONG


def test_the_compressed_form_has_its_own_tag_and_is_fresh_by_it(client):
    tag = client.get("/thing", headers=GZIP).headers["etag"]
    assert tag == f'{TAG[:-1]}--gzip"'
    again = client.get("/thing", headers={**GZIP, "if-none-match": tag})
    assert again.status_code == 304
    assert again.headers["etag"] == tag
    assert again.content == b""
    plain = client.get("/thing", headers={**PLAIN, "if-none-match": TAG})
    assert (plain.status_code, plain.headers["etag"]) == (304, TAG)


def test_a_write_may_name_either_tag(client):
    for tag in (TAG, f'{TAG[:-1]}--gzip"'):
        assert client.put("/change", headers={**GZIP, "if-match": tag}).status_code == 200
    assert client.put("/change", headers={"if-match": '"other"'}).status_code == 412


def test_a_stream_is_compressed_in_parts(client):
    with client.stream("GET", "/stream", headers=GZIP) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-length" not in answer.headers
    assert zlib.decompress(raw, 31).decode() == "".join(f"{n} {LONG}" for n in range(3))


@pytest.mark.parametrize("path", ["/image", "/health", "/refuse/NotFound"])
def test_short_and_compressed_things_stay_as_they_are(client, path):
    assert "content-encoding" not in client.get(path, headers=GZIP).headers


def test_parts_of_files_are_not_compressed(client):
    answer = client.get("/file", headers={**GZIP, "range": "bytes=2-26"})
    assert answer.status_code == 206
    assert "content-encoding" not in answer.headers
    assert answer.text == "SPDX-FileCopyrightText: 2"
    assert client.get("/file", headers=GZIP).headers["content-encoding"] == "gzip"


def test_pages_of_a_signed_in_person_are_not_compressed(client):
    assert client.get("/de/page", headers=GZIP).headers["content-encoding"] == "gzip"
    client.cookies.set("allmende", "secret")
    assert "content-encoding" not in client.get("/de/page", headers=GZIP).headers
    assert client.get("/thing", headers=GZIP).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("GZIP;q=1.0, br", True),
        ("*", True),
        ("*, gzip;q=0", False),
        ("identity", False),
        ("", False),
        ("gzip;q=0.000", False),
    ],
)
def test_accept_encoding(header, expected):
    assert accepts_gzip(header) is expected
