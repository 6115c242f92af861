# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The command line: `allmende COMMAND`.

Exit codes: 0 fine; 1 some records were refused or something was found wrong, and is listed;
2 the command cannot run. A command's module is imported only when it is called.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from allmende.cli.console import Console
from allmende.cli.outcome import Outcome

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("load the demo city Jena and serve it", "die Demostadt Jena laden und zeigen"),
    "serve": ("serve the platform", "die Plattform bereitstellen"),
    "harvest": ("bring in records from a file or address", "Einträge aus einer Quelle holen"),
    "import": ("bring rows into a collection", "Zeilen in eine Sammlung holen"),
    "observe": ("bring in measurements", "Messwerte holen"),
    "source": ("what is harvested, and how often", "was abgeholt wird, und wie oft"),
    "device": ("sensors and their networks", "Sensoren und ihre Netze"),
    "rules": ("rules over measurements from files", "Regeln über Messwerte aus Dateien"),
    "worker": ("work through the jobs", "Aufträge abarbeiten"),
    "backup": ("write a backup while everything runs", "im Betrieb eine Sicherung schreiben"),
    "restore": ("fill an empty place from a backup", "eine Sicherung einspielen"),
    "validate": (
        "check RDF or a catalogue by a profile",
        "RDF oder einen Katalog nach Profil prüfen",
    ),
    "quality": ("how good the metadata are", "wie gut die Metadaten sind"),
    "check": ("look for what is wrong", "nach Fehlern suchen"),
    "retain": ("archive and delete as the rules say", "nach Regeln archivieren und löschen"),
    "rebuild": ("make search and other projections anew", "Suche und anderes neu aufbauen"),
    "user": ("people who sign in, and their roles", "Personen und ihre Rollen"),
    "organisation": ("organisations that own data", "Organisationen, denen Daten gehören"),
    "token": ("keys for programs", "Schlüssel für Programme"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    from allmende.cli.parser import module, parse

    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parse(given, COMMANDS)
    outcome = Outcome(Console(as_json=options.json))
    with outcome:
        command = import_module(module(options.command))
        outcome.code = command.run(options, outcome.console)
    return outcome.code
