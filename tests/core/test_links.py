# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Links are asked politely by a real client of real servers, and what they say is scored."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.sources.servers import LOOPBACK, Site, endless, running_site, silent
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue, files, links, links_files, scoring
from allmende.core.catalogue import Entry
from allmende.core.fetch_guard import Guard
from allmende.core.links_ask import Answer, Asker, LinkLimits
from allmende.core.links_own import APPLICATION
from allmende.core.platform import Platform
from allmende.errors import NotAllowed
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level
from allmende.store import links as rows
from allmende.store import now
from allmende.store.links import Link

CSV = "http://publications.europa.eu/resource/authority/file-type/CSV"
QUICK = LinkLimits(delay_seconds=0.0, total_seconds=30.0, file_bytes=50_000)
HERE = Guard(LOOPBACK)
Run = Callable[[Callable[[Platform], Awaitable[None]]], None]


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def run(engine: str, tmp_path: Path) -> Run:
    """Runs a scenario on a fresh platform."""
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


def ask(*addresses: str, limits: LinkLimits = QUICK, guard: Guard = HERE) -> list[Answer]:
    async def main() -> list[Answer]:
        async with Asker(limits, guard) as asker:
            return [await asker.ask(each) for each in addresses]

    return anyio.run(main)


# --- one question ----------------------------------------------------------------------------


def test_a_head_is_enough(site: Site) -> None:
    site.serve("/a.csv", b"a;b\n1;2\n", "text/csv", etag='"7"')
    (answer,) = ask(site.address + "/a.csv")
    assert (answer.status, answer.media_type, answer.size, answer.stamp) == (
        200, "text/csv", 8, '"7"',
    )  # fmt: skip
    assert site.log == ["/robots.txt", "/a.csv"]
    assert all("Allmende/" in each["user-agent"] for each in site.headers)


def test_who_refuses_head_is_asked_for_the_first_bytes(site: Site) -> None:
    asked: list[tuple[str, str]] = []

    @site("/only-get")
    async def handler(request: Request) -> Response:
        asked.append((request.method, request.headers.get("range", "")))
        if request.method == "HEAD":
            return PlainTextResponse("no", status_code=405)
        return Response(
            b"x" * 1024, status_code=206, headers={"content-range": "bytes 0-1023/999999"}
        )

    (answer,) = ask(site.address + "/only-get")
    assert (answer.status, answer.size) == (206, 999_999)
    assert asked == [("HEAD", ""), ("GET", "bytes=0-1023")]


def test_redirects_are_followed_and_told(site: Site) -> None:
    site.serve("/new", b"here")

    @site("/old")
    async def old(request: Request) -> Response:
        return RedirectResponse("/new", 301)

    @site("/round")
    async def round_(request: Request) -> Response:
        return RedirectResponse("/round", 302)

    @site("/out")
    async def out(request: Request) -> Response:
        return RedirectResponse("file:///etc/passwd", 302)

    found = ask(*(site.address + path for path in ("/old", "/round", "/out", "/none")))
    assert [each.status for each in found] == [200, 0, 0, 404]
    assert found[0].target == site.address + "/new"
    assert [each.trouble for each in found] == ["", "redirects", "bad-redirect", "status"]


def test_private_addresses_are_never_called(site: Site) -> None:
    site.serve("/a", b"secret")
    (answer,) = ask(site.address + "/a", guard=Guard())
    assert (answer.status, answer.trouble) == (0, "source-address-refused")
    assert site.log == []


def test_robots_are_heeded(site: Site) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /secret\n\nUser-agent: x\nDisallow: /\n")
    site.serve("/secret/a", b"a")
    site.serve("/open", b"a")
    closed, opened = ask(site.address + "/secret/a", site.address + "/open")
    assert (closed.status, closed.trouble, opened.status) == (None, "robots", 200)
    assert "/secret/a" not in site.log


def test_a_failing_robots_file_means_leave_me_alone(site: Site) -> None:
    @site("/robots.txt")
    async def handler(request: Request) -> Response:
        return PlainTextResponse("broken", status_code=503)

    site.serve("/a", b"a")
    (answer,) = ask(site.address + "/a")
    assert (answer.status, answer.trouble) == (None, "robots")


def test_a_long_crawl_delay_is_not_waited_for(site: Site) -> None:
    site.serve("/robots.txt", "User-agent: *\nCrawl-delay: 3600\n")
    (answer,) = ask(site.address + "/a")
    assert (answer.status, answer.trouble) == (None, "robots")


def test_between_two_requests_there_is_a_pause(site: Site) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def main() -> None:
        limits = LinkLimits(delay_seconds=700.0, longest_delay_seconds=700.0)
        async with Asker(limits, HERE, sleep=sleep) as asker:
            await asker.ask(site.address + "/a")

    anyio.run(main)
    assert len(slept) == 2  # between robots.txt, HEAD and GET
    assert all(0.0 < each <= 700.0 for each in slept)


def test_who_asks_to_wait_is_left_alone(site: Site) -> None:
    @site("/busy")
    async def handler(request: Request) -> Response:
        return PlainTextResponse("later", status_code=429, headers={"retry-after": "600"})

    first, second = ask(site.address + "/busy", site.address + "/other")
    assert (first.status, first.wait) == (429, 600)
    assert (second.status, second.trouble) == (None, "asked-to-wait")
    assert site.log == ["/robots.txt", "/busy"]


def test_no_server_and_no_end(site: Site) -> None:
    site.handlers["/endless"] = endless
    site.handlers["/silent"] = silent
    found = ask(site.address + "/endless", site.address + "/silent", "http://127.0.0.1:9/x")
    assert [each.status for each in found] == [200, 200, 0]
    assert found[2].trouble == "no-connection"

    async def main() -> tuple[bytes, bool]:
        async with Asker(QUICK, HERE) as asker:
            return await asker.read(site.address + "/endless")

    data, whole = anyio.run(main)
    assert (len(data), whole) == (50_000, False)


# --- when to ask again -----------------------------------------------------------------------

FINE, GONE, DOWN = Answer(status=200), Answer(status=404), Answer(status=503)


def test_fine_links_rest_for_two_weeks_and_bad_ones_longer_each_time() -> None:
    at, link = 0, Link(address="x", status=200)
    assert 12 * links.DAY < links.after(link, FINE, at).due < 16 * links.DAY
    rests = []
    for _ in range(5):
        link = links.after(link, GONE, at)
        rests.append(link.due)
    assert (link.failures, link.answers) == (5, False)
    assert rests[0] < rests[1] < rests[2] < rests[3]
    assert rests[0] < links.DAY
    assert 12 * links.DAY < rests[4] < 16 * links.DAY
    assert links.after(link, FINE, at).failures == 0


def test_one_passing_failure_does_not_count() -> None:
    link = links.after(Link(address="x", status=200), DOWN, 0)
    assert (link.answers, link.failures, link.due < links.DAY) == (True, 1, True)
    assert links.after(link, DOWN, 0).answers is False
    assert links.after(Link(address="x"), DOWN, 0).answers is False  # nothing good known
    assert links.after(Link(address="x", status=200), GONE, 0).answers is False


# --- a whole run -----------------------------------------------------------------------------


def trees(*files_: Distribution) -> Entry:
    return Entry(
        kind=ResourceKind.DATASET,
        resource=Dataset(title={"de": "Bäume"}, distribution=list(files_)),
        organisation="jena",
        id="trees",
    )


def test_a_run_stores_scores_and_looks_inside(run: Run, site: Site) -> None:
    content = "Baum;Höhe\nLinde;1,5\nEiche;2,5\n".encode("cp1252")
    site.serve("/trees.csv", content, "text/csv")
    site.serve("/page", "<!doctype html><html>Gone</html>", "text/html")
    file = Distribution(
        access_url=[site.address + "/trees.csv"],
        download_url=[site.address + "/trees.csv"],
        format=CSV,
    )
    other = Distribution(
        access_url=[site.address + "/gone"], download_url=[site.address + "/page"], format=CSV
    )

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, trees(file, other))
        _, before = await scoring.find(platform, ANONYMOUS, "trees")
        assert before.score.pending == 50 + 30
        report = await links.check(platform, limits=QUICK, guard=HERE)
        assert (report.asked, report.fine, report.broken) == (3, 2, 1)
        assert (report.rescored, report.files) == (1, 2)
        record, after = await scoring.find(platform, ANONYMOUS, "trees")
        assert after.score.points == before.score.points + 25 + 30
        assert after.score.pending == 0
        found = await links_files.of_record(platform, record)
        inside = found[site.address + "/trees.csv"].found
        assert (inside.parses, inside.encoding, inside.delimiter, inside.decimal) == (
            True, "cp1252", ";", ",",
        )  # fmt: skip
        assert (inside.columns, inside.rows, inside.size) == (2, 3, len(content))
        assert inside.sha256 == hashlib.sha256(content).hexdigest()
        page = found[site.address + "/page"].found
        assert (page.parses, page.trouble, page.detected) == (False, "other-format", "HTML")
        # nothing is due now; a person may have it asked again
        assert (await links.check(platform, limits=QUICK, guard=HERE)).asked == 0
        with pytest.raises(NotAllowed):
            await links.ask_again(platform, ANONYMOUS, "trees")
        assert await links.ask_again(platform, SYSTEM, "trees") == 3
        site.serve("/gone", b"back")
        again = await links.check(platform, limits=QUICK, guard=HERE)
        assert (again.asked, again.rescored, again.files) == (3, 1, 0)
        _, last = await scoring.find(platform, ANONYMOUS, "trees")
        assert last.score.points == after.score.points + 25
        past = await scoring.history(platform, ANONYMOUS, record)
        assert [each.points for each in past] == [last.score.points]  # one row a day
        # addresses nobody uses are forgotten
        await catalogue.put(platform, SYSTEM, trees())
        await links.work(platform, {})
        assert (await links.totals(platform)).all == 0

    run(scenario)


def test_a_host_that_asks_to_wait_is_put_off_as_a_whole(run: Run, site: Site) -> None:
    @site("/busy")
    async def handler(request: Request) -> Response:
        return PlainTextResponse("later", status_code=429, headers={"retry-after": "86400"})

    paths = ("/busy", "/m", "/n")
    every = [Distribution(access_url=[site.address + path]) for path in paths]

    async def scenario(platform: Platform) -> None:
        await catalogue.put(platform, SYSTEM, trees(*every))
        report = await links.check(platform, limits=QUICK, guard=HERE)
        assert report.asked == 1
        waiting = await platform.store.read(rows.due, now() + links.HOUR, 10, 10)
        assert waiting == []

    run(scenario)


def test_closed_data_of_the_platform_itself_are_not_called_broken(run: Run) -> None:
    async def refusing(request: Request) -> Response:
        return PlainTextResponse("", 404)

    async def scenario(platform: Platform) -> None:
        base = platform.settings.base_url
        address = f"{base}/files/trees/trees.csv"
        file = Distribution(access_url=[f"{base}/files/trees/none.csv"], download_url=[address])
        entry = trees(file)
        entry.data_access, entry.legal_basis = Level.RESTRICTED, "§ 3"
        await catalogue.put(platform, SYSTEM, entry)
        await files.store(platform, SYSTEM, "trees", "trees.csv", b"a;b\n1;2\n", "text/csv")
        platform.caches[APPLICATION] = Starlette(routes=[Route("/{path:path}", refusing)])
        report = await links.check(platform, limits=QUICK, guard=Guard())
        assert (report.fine, report.broken, report.files) == (1, 1, 0)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        assert isinstance(record.resource, Dataset)
        known = await links.of_record(platform, record.resource)
        assert (known[address].status, known[address].trouble) == (200, "closed")

    run(scenario)


def test_own_addresses_and_files_need_no_network(run: Run) -> None:
    async def served(request: Request) -> Response:
        return PlainTextResponse("a;b\n1;2\n", headers={"x-method": request.method})

    async def scenario(platform: Platform) -> None:
        base = platform.settings.base_url
        address = f"{base}/files/trees/trees.csv"
        file = Distribution(access_url=[f"{base}/nowhere"], download_url=[address], format=CSV)
        await catalogue.put(platform, SYSTEM, trees(file))
        stored = await files.store(
            platform, SYSTEM, "trees", "trees.csv", b"a;b\n1;2\n", "text/csv"
        )
        report = await links.check(platform, limits=QUICK, guard=Guard())
        assert (report.asked, report.unknown) == (2, 2)  # nobody serves pages here
        platform.caches[APPLICATION] = Starlette(routes=[Route("/files/{a}/{b}", served)])
        await links.ask_again(platform, SYSTEM, "trees")
        report = await links.check(platform, limits=QUICK, guard=Guard())
        assert (report.fine, report.broken, report.files) == (1, 1, 1)
        record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, "trees")
        (state,) = (await links_files.of_record(platform, record)).values()
        assert (state.found.parses, state.found.sha256) == (True, stored.sha256)

    run(scenario)
