# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende rules …`: rules over measurements from files, so that they can be kept with others."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.people import moment
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.platform import Platform
    from allmende.core.sensing.rules import Stored, Trial
    from allmende.errors import AllmendeError

DAY = 86_400 * 1_000_000
MOST_LINES = 20
"""Results of a group that a person is shown, the newest."""

Said = tuple[dict[str, Any], list[str], int]
"""The outcome for programs, the lines for people, and the exit code."""


def arguments(parser: ArgumentParser) -> None:
    """The deeds and their options."""
    deeds = parser.add_subparsers(dest="deed", required=True, metavar=text("DEED", "TAT"))

    def deed(name: str, en: str, de: str) -> ArgumentParser:
        return deeds.add_parser(name, help=text(en, de), description=text(en, de))

    listing = deed("list", "list all with their state", "alle mit ihrem Zustand auflisten")
    show = deed("show", "print the text of a rule", "den Text einer Regel ausgeben")
    show.add_argument("id")
    show.add_argument(
        "--outputs",
        action="store_true",
        help=text("what it writes instead", "stattdessen, was sie schreibt"),
    )
    check = deed("check", "say what is wrong in files", "sagen, was in Dateien falsch ist")
    check.add_argument("files", type=Path, nargs="+", metavar=text("FILE", "DATEI"))
    apply = deed(
        "apply",
        "save files as rules; the name of a file is the id",
        "Dateien als Regeln speichern; der Dateiname ist die Kennung",
    )
    _saving(apply)
    trial = deed(
        "try",
        "show what a file or a saved rule would have written; nothing is",
        "zeigen, was eine Datei oder Regel geschrieben hätte; nichts wird geschrieben",
    )
    _trying(trial)
    remove = deed(
        "remove", "forget a rule; what it wrote stays", "eine Regel vergessen; Geschriebenes bleibt"
    )
    remove.add_argument("id")
    key = deed(
        "key",
        "the key by which an address checks the alerts it gets",
        "der Schlüssel, mit dem eine Adresse ihre Meldungen prüft",
    )
    key.add_argument("address")
    shared.common(check)
    for sub in (listing, show, apply, trial, remove, key):
        shared.place(sub)
    shared.with_usages(parser, deeds)


def _saving(apply: ArgumentParser) -> None:
    apply.add_argument("files", type=Path, nargs="+", metavar=text("FILE", "DATEI"))
    apply.add_argument("--organisation", metavar="ID", help=text("owner", "Eigentümerin"))
    switch = apply.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", help=text("switch on", "einschalten"))
    switch.add_argument("--off", action="store_true", help=text("switch off", "ausschalten"))


def _trying(trial: ArgumentParser) -> None:
    trial.add_argument("rule", help=text("file or id", "Datei oder Kennung"))
    trial.add_argument("--organisation", metavar="ID", help=text("owner", "Eigentümerin"))
    trial.add_argument(
        "--days",
        type=_days,
        default=7,
        metavar="N",
        help=text("so many days, at most 31 (7)", "so viele Tage, höchstens 31 (7)"),
    )
    trial.add_argument(
        "--until",
        type=_date,
        metavar=text("DATE", "DATUM"),
        help=text("the day behind the last, UTC (now)", "der Tag nach dem letzten, UTC (jetzt)"),
    )


def _days(given: str) -> int:
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 31:
        raise ArgumentTypeError(text("1 to 31 days", "1 bis 31 Tage"))
    return int(given)


def _date(given: str) -> int:
    """The beginning of a day in UTC, µs."""
    from datetime import UTC, datetime

    try:
        found = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise ArgumentTypeError(
            text(f"{given} is no date: 2026-06-30", f"{given} ist kein Datum: 2026-06-30")
        ) from error
    return int(found.timestamp()) * 1_000_000


def run(options: Namespace, console: Console) -> int:
    """Do the deed; 1 when a rule is wrong or was refused, and says why."""
    if options.deed == "check":
        data, lines, code = _check(options.files)
    else:
        deeds = {"list": _list, "show": _show, "apply": _apply, "try": _try, "remove": _remove}
        settings = shared.settings(options)
        work = deeds.get(options.deed, _key)
        data, lines, code = on_platform(settings, lambda platform: work(platform, options))
    console.result(data, *lines)
    return code


# --- files ----------------------------------------------------------------------------------


def _read(path: Path) -> str:
    """The text of a file. InvalidInput when there is none or it is too long to be a rule."""
    from allmende.errors import InvalidInput
    from allmende.model.sensing.rules import LARGEST

    if not path.is_file():
        raise InvalidInput(
            f"There is no file {path}.", f"Die Datei {path} gibt es nicht.", code="no-such-file"
        )
    with path.open("rb") as content:
        given = content.read(4 * LARGEST + 1)
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path} is not written in UTF-8.", f"{path} ist nicht in UTF-8 geschrieben."
        ) from error


def _check(files: Sequence[Path]) -> Said:
    from allmende.errors import AllmendeError
    from allmende.model.sensing.rules import read_rule

    found: list[dict[str, Any]] = []
    lines: list[str] = []
    for path in files:
        document = _read(path)
        try:
            read_rule(document)
        except AllmendeError as error:
            told, said = _refused(path, error)
        else:
            told, said = {"file": str(path), "valid": True}, [f"{path}: {text('fine', 'gut')}"]
        found.append(told)
        lines += said
    return {"files": found}, lines, int(not all(each["valid"] for each in found))


def _refused(path: Path, error: AllmendeError) -> tuple[dict[str, Any], list[str]]:
    """What is wrong with a file, place by place where it is known."""
    from allmende.model.sensing.rules import InvalidRule

    if isinstance(error, InvalidRule):
        wrong = [(each.place, each.text[language()]) for each in error.findings]
    else:
        wrong = [("", error.text[language()])]
    told = {
        "file": str(path),
        "valid": False,
        "findings": [{"place": place, "text": said} for place, said in wrong],
    }
    return told, [f"{path}: {place + ': ' if place else ''}{said}" for place, said in wrong]


# --- deeds ----------------------------------------------------------------------------------


async def _list(platform: Platform, _options: Namespace) -> Said:
    from allmende.core.sensing import rules
    from allmende.policy import SYSTEM

    found = await rules.listing(platform, SYSTEM)
    lines = [line for each in found for line in _lines(each)]
    return {"rules": [_plain(each) for each in found]}, lines, 0


def _plain(rule: Stored) -> dict[str, Any]:
    return {
        "id": rule.id,
        "organisation": rule.organisation,
        "title": rule.title,
        "version": rule.version,
        "on": rule.enabled,
        "problem": rule.problem,
        "changed": rule.changed,
    }


def _lines(rule: Stored) -> Iterator[str]:
    state = text("on", "an") if rule.enabled else text("off", "aus")
    title = rule.title.get(language()) or next(iter(rule.title.values()), "")
    changed = text("changed ", "geändert ") + moment(rule.changed)
    yield f"{rule.id}  {state}  {rule.organisation}  v{rule.version}  {title}  {changed}"
    if rule.problem:
        yield f"  {rule.problem.get(language(), '')}"


async def _show(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import rules
    from allmende.policy import SYSTEM

    found = await rules.get(platform, SYSTEM, options.id)
    written = await rules.outputs(platform, SYSTEM, options.id)
    outputs = [
        {"datastream": stream, "output": output, "group": group}
        for stream, output, group in written
    ]
    data = {**_plain(found), "document": found.document, "outputs": outputs}
    if options.outputs:
        return data, [f"{stream}  {output}  {group}" for stream, output, group in written], 0
    return data, [found.document.rstrip("\n")], 0


async def _apply(platform: Platform, options: Namespace) -> Said:
    from allmende.errors import AllmendeError

    documents = [(path, _read(path)) for path in options.files]
    saved: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    lines: list[str] = []
    for path, document in documents:
        try:
            rule = await _save(platform, options, path, document)
        except AllmendeError as error:
            told, said = _refused(path, error)
            refused.append(told)
            lines += said
        else:
            saved.append(_plain(rule))
            lines += _lines(rule)
    return {"saved": saved, "refused": refused}, lines, int(bool(refused))


async def _save(platform: Platform, options: Namespace, path: Path, document: str) -> Stored:
    from allmende.core.sensing import rules
    from allmende.policy import SYSTEM

    owner = options.organisation or platform.settings.catalogue
    known = {each.id: each for each in await rules.listing(platform, SYSTEM)}
    if path.stem in known and not options.organisation:
        owner = known[path.stem].organisation
    rule = await rules.save(platform, SYSTEM, path.stem, owner, document)
    wanted = True if options.on else False if options.off else rule.enabled
    if rule.enabled != wanted:
        rule = await rules.switch(platform, SYSTEM, path.stem, wanted)
    return rule


async def _try(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import rules
    from allmende.errors import AllmendeError
    from allmende.policy import SYSTEM
    from allmende.store import now

    path = Path(options.rule)
    owner = options.organisation or platform.settings.catalogue
    if path.is_file():
        document = _read(path)
    else:
        stored = await rules.get(platform, SYSTEM, options.rule)
        document, owner = stored.document, options.organisation or stored.organisation
    end = options.until or now() + 1
    start = end - options.days * DAY
    try:
        trial = await rules.trial(platform, SYSTEM, owner, document, start, end)
    except AllmendeError as error:
        told, lines = _refused(path, error)
        return told, lines, 1
    return _tried(trial), list(_trial_lines(trial)), 0


def _tried(trial: Trial) -> dict[str, Any]:
    from allmende.model.sensing.moments import written

    groups = [
        {
            "name": group.name,
            "members": group.members,
            "written": [
                {"time": written(time), "output": output, "result": result}
                for time, output, result in group.written
            ],
        }
        for group in trial.groups
    ]
    return {"groups": groups, "total": trial.total, "skipped": trial.skipped}


def _trial_lines(trial: Trial) -> Iterator[str]:
    from allmende.model.sensing.moments import written

    for group in trial.groups:
        streams = text(f"{group.members} datastreams", f"{group.members} Messreihen")
        results = text(f"{len(group.written)} results", f"{len(group.written)} Ergebnisse")
        yield f"{group.name}: {streams}, {results}"
        for time, output, result in group.written[-MOST_LINES:]:
            yield f"  {written(time)}  {output}  {result}"
    more = trial.total - len(trial.groups)
    if more > 0:
        yield text(f"… and {more} more groups", f"… und {more} weitere Gruppen")
    if not trial.total:
        yield text("Nothing goes into it.", "Es geht nichts hinein.")
    if trial.skipped:
        yield text(
            f"{trial.skipped} datastreams have a unit that does not fit.",
            f"{trial.skipped} Messreihen haben eine Einheit, die nicht passt.",
        )


async def _remove(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import rules
    from allmende.policy import SYSTEM

    await rules.remove(platform, SYSTEM, options.id)
    return {"removed": options.id}, [text("Removed.", "Entfernt.")], 0


async def _key(platform: Platform, options: Namespace) -> Said:
    from allmende.core.sensing import alert_sending

    key = alert_sending.key(platform.settings, options.address)
    return {"address": options.address, "key": key}, [key], 0
