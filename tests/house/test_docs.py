# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documentation does not lie: links lead somewhere, commands exist, pages can be reached."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.house.files import ROOT, text, with_endings

PAGES = [page for page in with_endings(".md") if not str(page).startswith(("tests/", "src/"))]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    body = re.sub(r"^```.*?^```", "", text(page), flags=re.M | re.S)
    return [link for link in LINK.findall(body) if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        target, _, anchor = link.partition("#")
        path = (ROOT / page.parent / target) if target else ROOT / page
        assert path.exists(), f"{page} points to {link}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path.resolve().relative_to(ROOT)), f"{page} points to {link}"


def test_every_page_is_reachable() -> None:
    seen: set[Path] = set()
    todo = [ROOT / "README.md", ROOT / "docs/index.md"]
    while todo:
        page = todo.pop().resolve()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        todo += [page.parent / link.partition("#")[0] for link in links(page.relative_to(ROOT))]
    lost = [page for page in PAGES if str(page).startswith("docs/") and ROOT / page not in seen]
    assert not lost, f"no page links to {lost}"


def commands(program: str) -> list[tuple[Path, str]]:
    found = []
    for page in PAGES:
        for block in BLOCK.findall(text(page)):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(page, line) for line in lines if re.search(rf"(^|bin/){program} ", line)]
    return found


@cache
def help_of(command: str) -> str:
    program = Path(sys.executable).parent / "allmende"
    words = [word for word in command.split() if word]
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"allmende {command}: {done.stderr}"
    return done.stdout


def test_documented_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text(Path("Makefile")), re.M))
    for page, line in commands("make"):
        target = line.split("make ", 1)[1].split()[0]
        assert target in targets, f"{page}: make {target}"


@pytest.mark.skipif(not (ROOT / "src/allmende/cli").exists(), reason="no command line yet")
def test_documented_commands_and_options_exist() -> None:
    for page, line in commands("allmende"):
        words = re.split(r"(?:^|bin/)allmende ", line, maxsplit=1)[1].split("#")[0].split()
        described = help_of(words[0])
        for option in (word for word in words if word.startswith("--")):
            name = option.partition("=")[0]
            assert name in described, f"{page}: allmende {words[0]} has no {name}"
