# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The access log, request ids and metrics."""

import logging
import re

import pytest

from allmende.errors import InvalidInput
from allmende.web.metrics import BUCKETS, Family, Requests, Sample, process, text

LINE = re.compile(r"[A-Z]+ \S+ \d{3} \d+ \d+\.\d [0-9a-f]{16}")


def lines(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "allmende.access"]


def test_a_line_per_request_without_anything_personal(client, caplog):
    caplog.set_level(logging.INFO, "allmende.access")
    client.get("/refuse/NotFound?q=my+illness", headers={"user-agent": "Mine/1.0"})
    client.get("/nested/42")
    client.get("/somewhere/else")
    found = lines(caplog)
    assert all(LINE.fullmatch(line) for line in found)
    assert [line.split()[1] for line in found] == ["/refuse/{name}", "/nested/{id}", "(none)"]
    for secret in ("illness", "127.0.0.1", "Mine", "somewhere", "42 "):
        assert secret not in "\n".join(found)


def test_the_log_can_be_turned_off(start, caplog):
    caplog.set_level(logging.INFO, "allmende.access")
    start(access_log=False).get("/thing")
    assert lines(caplog) == []


def test_request_ids_are_new_each_time(client):
    given = {"x-request-id": "mine"}
    idents = {client.get("/thing", headers=given).headers["x-request-id"] for _ in range(3)}
    assert len(idents) == 3
    assert "mine" not in idents


def test_metrics(client):
    client.get("/thing")
    client.get("/none")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'allmende_requests_total{method="GET",route="/thing",status="200"} 1' in answer.text
    assert 'allmende_requests_total{method="GET",route="(none)",status="404"} 1' in answer.text
    assert 'allmende_request_seconds_count{route="/thing"} 1' in answer.text
    assert "allmende_writes_waiting 0" in answer.text
    assert "process_resident_memory_bytes" in answer.text
    families = re.findall(r"^# TYPE (\S+) ", answer.text, re.MULTILINE)
    assert len(families) == len(set(families))


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {}, 200),
        ({"metrics_networks": ()}, {}, 401),
        ({"metrics_networks": (), "metrics_token": "t"}, {"authorization": "Bearer t"}, 200),
        ({"metrics_networks": (), "metrics_token": "t"}, {"authorization": "Bearer u"}, 401),
        ({}, {"x-forwarded-for": "203.0.113.7"}, 401),
        ({"trusted_proxies": ("127.0.0.1",)}, {"x-forwarded-for": "203.0.113.7"}, 200),
    ],
)
def test_who_may_read_metrics(start, settings, headers, status):
    assert start(**settings).get("/metrics", headers=headers).status_code == status


def test_a_wrong_network_is_told_at_the_start(start):
    with pytest.raises(InvalidInput, match="metrics_networks"):
        start(metrics_networks=("not-a-network",))


def test_the_histogram_is_cumulative():
    requests = Requests()
    for seconds in (0.0005, 0.002, 0.002, 99.0):
        requests.add("GET", "/x", 200, seconds, 1)
    found = requests.histogram()
    assert '{route="/x",le="0.001"} 1' in found
    assert '{route="/x",le="0.0025"} 3' in found
    assert f'{{route="/x",le="{BUCKETS[-1]:g}"}} 3' in found
    assert '{route="/x",le="+Inf"} 4' in found


def test_methods_nobody_knows_are_one():
    requests = Requests()
    requests.add("BREW", "/x", 405, 0.1, 1)
    assert 'method="other"' in text(requests.families())


def test_labels_are_escaped():
    family = Family("a", "gauge", "A.", [Sample(1, {"b": 'c"\\\n'})])
    assert r'a{b="c\"\\\n"} 1' in text([family])


def test_process_figures():
    figures = {family.name: next(iter(family.samples)).value for family in process()}
    assert figures["process_resident_memory_bytes"] > 1_000_000
    assert figures["process_cpu_seconds_total"] > 0
