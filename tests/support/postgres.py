# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A throw-away PostgreSQL cluster for tests: own folder, Unix socket only, nothing synced."""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

USER = "allmende"
TEMPLATE = "with_postgis"
EXTENSIONS = "extensions"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "timezone": "UTC",
}


def has_postgis(binaries: Path) -> bool:
    """Whether PostGIS is installed for this server."""
    told = subprocess.run(
        [binaries / "pg_config", "--sharedir"], capture_output=True, text=True, check=False
    )
    folder = told.stdout.strip() or f"/usr/share/postgresql/{binaries.parent.name}"
    return (Path(folder) / "extension" / "postgis.control").exists()


def find_binaries() -> Path | None:
    """The folder with initdb and postgres, newest version first, or None."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _owner() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as this user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


class Cluster:
    """One cluster in a folder of its own; databases are made and dropped per test."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._admin: Any = None
        self._free: list[str] = []
        self._template = False

    def start(self) -> None:
        """Create the cluster and wait until it answers; RuntimeError with its log if not."""
        owner = self._as_user()
        if owner:
            shutil.chown(self.folder, owner["user"], owner["group"])
        self._initialise(owner)
        arguments = [self.binaries / "postgres", "-D", self.data, "-k", self.folder]
        for name, value in SETTINGS.items():
            arguments += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._dies_with_us(), *arguments], stdout=log, stderr=log, cwd="/", **owner
            )
        self._admin = self._connect_when_ready(time.monotonic() + 60)

    def stop(self) -> None:
        """Close our connection and end the server at once; its data are of no more use."""
        if self._admin is not None:
            self._admin.close()
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def url(self, database: str) -> str:
        """The address of a database of this cluster."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def create(self) -> str:
        """An empty database; one that was used and emptied again when there is one."""
        if self._free:
            return self._free.pop()
        self._make_template()
        name = f"t_{secrets.token_hex(6)}"
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
        self._admin.execute(f'ALTER DATABASE "{name}" SET search_path = public, {EXTENSIONS}')
        return name

    def _make_template(self) -> None:
        """A database with PostGIS, made once: adding it to each would take half a second."""
        import psycopg

        if self._template:
            return
        self._admin.execute(f"CREATE DATABASE {TEMPLATE}")
        with psycopg.connect(self.url(TEMPLATE), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {EXTENSIONS}")
            connection.execute(f"CREATE EXTENSION postgis SCHEMA {EXTENSIONS}")
        self._template = True

    def drop(self, database: str) -> None:
        """Ends connections that a test has left open and empties the database.

        That takes a sixth of the time of making a new one.
        """
        import psycopg

        end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        self._admin.execute(end, (database,))
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("DROP SCHEMA IF EXISTS geo CASCADE")
            connection.execute("DROP SCHEMA IF EXISTS obs CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._free.append(database)

    def _initialise(self, owner: dict[str, Any]) -> None:
        done = subprocess.run(
            [
                *(self.binaries / "initdb", "-D", self.data, "-U", USER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **owner,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _connect_when_ready(self, deadline: float) -> Any:
        import psycopg

        while True:
            try:
                return psycopg.connect(self.url("postgres"), autocommit=True)
            except psycopg.OperationalError:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = self.log.read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL does not start:\n{log}") from None
                time.sleep(0.02)

    @staticmethod
    def _as_user() -> dict[str, Any]:
        owner = _owner()
        if owner is None:
            return {}
        return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []}

    @staticmethod
    def _dies_with_us() -> list[str]:
        """A prefix that ends the server when the test run is killed, where it exists."""
        setpriv = shutil.which("setpriv")
        return [setpriv, "--pdeathsig", "INT"] if setpriv else []
