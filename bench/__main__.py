# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`make bench`: all benchmarks one after the other. `make bench ARGS="search sparql"`: some."""

from __future__ import annotations

import subprocess
import sys

from bench import synthetic

MODULES = (
    "server", "search", "sparql", "harvest", "relevance", "features", "tiles", "observations",
    "sensorthings", "codecs", "ckan", "validation",
)  # fmt: skip


def main() -> int:
    """Runs each benchmark in a process of its own; the number of those that failed."""
    if not synthetic.folder().is_dir():
        print(f"The real catalogues are not at {synthetic.folder()}; set ALLMENDE_SHARED.")
        return 2
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")] or list(MODULES)
    unknown = set(wanted) - set(MODULES)
    if unknown:
        print(f"There are no benchmarks {sorted(unknown)}; known are {', '.join(MODULES)}.")
        return 2
    commands = [[sys.executable, "-m", f"bench.{name}"] for name in wanted]
    return sum(subprocess.run(command, check=False).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main())
