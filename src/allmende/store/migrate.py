# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Numbered migrations with a checksum, applied under the writer's lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from allmende.errors import AllmendeError
from allmende.store.connection import MIGRATIONS, Connection, EngineName, Session, now


class SchemaMismatch(AllmendeError):
    """The database was made by another version of the program."""

    code = "schema-mismatch"


class Migration(Struct, frozen=True):
    """One numbered script of one engine."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the script."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations(engine: EngineName) -> list[Migration]:
    """All scripts of an engine in their order."""
    files = sorted((MIGRATIONS / engine).glob("[0-9]*.sql"))
    return [_read(path) for path in files]


def _read(path: Path) -> Migration:
    number, _, name = path.stem.partition("_")
    return Migration(int(number), name, path.read_text("utf-8"))


def migrate(session: Session, *, up_to: int | None = None) -> list[Migration]:
    """Applies what is missing in one transaction; returns what was applied.

    Raises SchemaMismatch when an applied script has changed since or is unknown.
    """
    session.begin_write()
    try:
        session.script(_TABLE)
        applied = applied_checksums(session)
        known = migrations(session.dialect.name)
        _verify(applied, known)
        pending = [m for m in known if m.number not in applied and m.number <= (up_to or m.number)]
        for migration in pending:
            _apply(session, migration)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    return pending


_TABLE = """
create table if not exists schema_migration (
    number integer primary key, name text not null, checksum text not null,
    applied bigint not null)
"""


def applied_checksums(db: Connection) -> dict[int, str]:
    """Checksum of every applied migration by number."""
    rows = db.rows("select number, checksum from schema_migration order by number")
    return {number: checksum for number, checksum in rows}


def _verify(applied: dict[int, str], known: list[Migration]) -> None:
    scripts = {migration.number: migration for migration in known}
    for number, checksum in applied.items():
        script = scripts.get(number)
        if script is None:
            raise SchemaMismatch(
                f"The database has migration {number}, which this program does not know; "
                "install the newer version of Allmende.",
                f"Die Datenbank enthält die Migration {number}, die dieses Programm nicht kennt; "
                "bitte installieren Sie die neuere Version von Allmende.",
            )
        if script.checksum != checksum:
            raise SchemaMismatch(
                f"Migration {number} ({script.name}) was changed after it was applied.",
                f"Die Migration {number} ({script.name}) wurde nach der Anwendung verändert.",
            )


def _apply(session: Session, migration: Migration) -> None:
    session.script(migration.sql)
    session.run(
        "insert into schema_migration (number, name, checksum, applied) "
        "values (:number, :name, :checksum, :applied)",
        number=migration.number,
        name=migration.name,
        checksum=migration.checksum,
        applied=now(),
    )
