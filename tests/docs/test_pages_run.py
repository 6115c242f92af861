# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a page tells the reader to type works, and shows what the page says it shows."""

import shutil
from pathlib import Path

import pytest
from tests.docs.pages import SERVED, demo_city, free_port, missing_lines, pages_to_run, run
from tests.house.files import text


@pytest.mark.parametrize("page", pages_to_run(), ids=str)
def test_the_page_can_be_followed_literally(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    body = text(page)
    for tool in ("curl", "psql"):
        if f"\n{tool} " in body and shutil.which(tool) is None:
            pytest.skip(f"needs {tool}: it is not on the PATH")
    more = {}
    if "postgresql:///allmende" in body:
        more["POSTGRES"] = request.getfixturevalue("postgres_url")
    if SERVED in body:
        with demo_city(tmp_path) as port:
            done = run(page, tmp_path, port, **more)
    else:
        done = run(page, tmp_path, free_port(), **more)
    for block, output in done:
        lost = missing_lines(block.promised, output)
        assert not lost, f"{page}:{block.line} promises {lost}\nbut shows\n{output}"


def test_the_tutorial_is_run() -> None:
    assert Path("docs/tutorial/first-steps.md") in pages_to_run()


def test_promises_are_compared_line_by_line() -> None:
    output = "created 2\nfile /tmp/x.ttl of 5 bytes\nend\n"
    assert missing_lines(("created 2", "file … bytes"), output) == []
    assert missing_lines(("end", "created 2"), output) == ["created 2"]
    assert missing_lines(("created",), output) == ["created"]
