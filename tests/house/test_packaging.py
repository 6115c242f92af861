# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Dependencies, lock files and the descriptions of the project agree."""

import re
import subprocess
import tomllib

import pytest
from tests.house.files import ROOT, text

LOCKS = ("requirements.lock", "requirements-test.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=~! ;]", requirement, maxsplit=1)[0].lower()


def direct() -> dict[str, list[str]]:
    project = PROJECT["project"]
    return {
        "run": [name_of(line) for line in project["dependencies"]],
        "test": [name_of(line) for line in project["optional-dependencies"]["test"]],
        "browser": [name_of(line) for line in project["optional-dependencies"]["map"]],
        "build": [name_of(line) for line in PROJECT["build-system"]["requires"]],
    }


def locked(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), re.M))


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_versions_and_hashes_only(lock: str) -> None:
    content = (ROOT / lock).read_text("utf-8")
    assert "://" not in content
    for line in content.splitlines():
        shape = r"#.*|[a-z0-9-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
        assert re.fullmatch(shape, line), f"{lock}: {line}"


def test_locks_cover_every_direct_dependency() -> None:
    wanted = direct()
    assert set(wanted["run"] + wanted["build"]) <= set(locked(LOCKS[0]))
    assert set(wanted["test"]) <= set(locked(LOCKS[1]))


def test_test_lock_extends_the_other() -> None:
    assert locked(LOCKS[0]).items() <= locked(LOCKS[1]).items()


def test_dependencies_are_sorted() -> None:
    for names in direct().values():
        assert names == sorted(names)


def test_documentation_names_every_dependency() -> None:
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    documented = re.findall(r"^\| ([a-z0-9-]+) \|", page, re.M)
    documented = [name for name in documented if name != "package"]
    wanted = direct()
    assert documented == wanted["run"] + wanted["test"] + wanted["browser"] + wanted["build"]


def test_every_dependency_states_licence_and_life() -> None:
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    for row in re.findall(r"^\| [a-z0-9-]+ \|.*$", page, re.M):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5
        assert all(cells), row


def test_versions_agree() -> None:
    version = PROJECT["project"]["version"]
    assert f"softwareVersion: {version}\n" in text(ROOT / "publiccode.yml")
    assert f"version: {version}\n" in text(ROOT / "CITATION.cff")


def test_licence_is_the_official_text() -> None:
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert licence.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert licence == (ROOT / "LICENSES/EUPL-1.2.txt").read_text("utf-8")


@pytest.mark.parametrize("script", [".ci/run", "tools/lock.sh"])
def test_scripts_are_sound(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    shell = (ROOT / script).read_text("utf-8").splitlines()[0].rsplit("/", 1)[1].split()[-1]
    done = subprocess.run([shell, "-n", ROOT / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
