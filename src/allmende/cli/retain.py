# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende retain`: do what the rules of retention say, or say what they would do."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, text
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.model.sensing.retention import Policy
    from allmende.store.sensing.releasing import Due

MOST_LINES = 50


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help=text("only say what would happen", "nur sagen, was geschehen würde"),
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help=text(
            "bring in rules from a TOML file first, as /retention.toml shows them",
            "zuerst Regeln aus einer TOML-Datei holen, wie /retention.toml sie zeigt",
        ),
    )
    parser.add_argument(
        "--reason",
        default="",
        help=text("why the rules change", "warum die Regeln sich ändern"),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Retain."""
    rules = _read(options.rules) if options.rules else []
    settings = shared.settings(options)
    if options.dry_run:
        data, lines = on_platform(settings, lambda platform: _look(platform, rules), existing=True)
    else:
        data, lines = on_platform(
            settings, lambda platform: _do(platform, rules, options.reason), existing=True
        )
    console.result(data, *lines)
    return 0


def _read(path: Path) -> "list[Policy]":
    """The rules of a file. InvalidInput when they cannot be read."""
    import tomllib

    import msgspec

    from allmende.errors import InvalidInput
    from allmende.model.sensing.retention import from_toml

    try:
        return from_toml(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InvalidInput(
            f"There is no file {path}.", f"Die Datei {path} gibt es nicht.", code="no-such-file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InvalidInput(
            f"{path} holds no rules: {error}", f"{path} enthält keine Regeln: {error}"
        ) from error


async def _look(
    platform: "Platform", rules: "Sequence[Policy]"
) -> tuple[dict[str, Any], list[str]]:
    from allmende.core.sensing import retaining
    from allmende.policy import SYSTEM

    if rules:
        found = [
            due for each in rules for due in (await retaining.preview(platform, SYSTEM, each)).due
        ]
    else:
        found = await retaining.everything_due(platform, SYSTEM)
    return {"due": [_plain(each) for each in found]}, _lines(found)


def _plain(due: "Due") -> dict[str, Any]:
    from allmende.model.sensing.moments import written

    return {
        "datastream": due.datastream,
        "action": due.action,
        "observations": due.n,
        "from": written(due.first_time),
        "until": written(due.until),
        "rule": due.policy,
    }


def _lines(found: "Sequence[Due]") -> list[str]:
    if not found:
        return [text("Nothing is due.", "Nichts ist fällig.")]
    verbs = {
        "archived": text("would go into the archive", "kämen ins Archiv"),
        "deleted": text("would be deleted", "würden gelöscht"),
    }
    lines = []
    for each in found[:MOST_LINES]:
        plain = _plain(each)
        stream = text("datastream", "Messreihe")
        lines.append(
            f"{stream} {each.datastream}: {each.n} {verbs[each.action]} "
            f"({plain['from'][:10]} – {plain['until'][:10]}, {each.policy})"
        )
    if len(found) > MOST_LINES:
        lines.append("…")
    total = sum(each.n for each in found)
    lines.append(
        text(
            f"{total} observations of {len(found)} datastreams",
            f"{total} Messwerte aus {len(found)} Messreihen",
        )
    )
    return lines


async def _do(
    platform: "Platform", rules: "Sequence[Policy]", reason: str
) -> tuple[dict[str, Any], list[str]]:
    import msgspec

    from allmende.core.sensing import archiving, retaining
    from allmende.policy import SYSTEM

    for each in rules:
        await retaining.save(platform, SYSTEM, each, reason)
    done = await archiving.run(platform)
    lines = [
        text(f"Rules brought in: {len(rules)}", f"Regeln geholt: {len(rules)}"),
        text(f"Single values deleted: {done.deleted}", f"Einzelwerte gelöscht: {done.deleted}"),
        text(f"Archived: {done.archived}", f"Archiviert: {done.archived}"),
        text(
            f"Deleted from the archive: {done.expired}", f"Aus dem Archiv gelöscht: {done.expired}"
        ),
        text(f"Figures deleted: {done.figures}", f"Zusammenfassungen gelöscht: {done.figures}"),
    ]
    return msgspec.to_builtins(done), lines if rules else lines[1:]
