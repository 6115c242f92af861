# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The arguments of all commands, and the options most of them share."""

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli.console import text

if TYPE_CHECKING:
    from allmende.core.settings import Settings

    Deeds = argparse._SubParsersAction[argparse.ArgumentParser]


def parse(given: Sequence[str], commands: Mapping[str, tuple[str, str]]) -> argparse.Namespace:
    """The options of a call; argparse ends the program with 2 when they make no sense.

    Only the called command's module is imported.
    """
    parser = argparse.ArgumentParser(
        prog="allmende",
        description=text("The urban data platform.", "Die urbane Datenplattform."),
        epilog=text(
            "Exit codes: 0 fine, 1 something was refused and is listed, 2 cannot run.",
            "Rückgabewerte: 0 gut, 1 etwas wurde abgelehnt und ist genannt, 2 nicht ausführbar.",
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help=text("version", "Version"))
    choices = parser.add_subparsers(
        dest="command", required=True, metavar=text("COMMAND", "BEFEHL")
    )
    called = next((word for word in given if not word.startswith("-")), "")
    for name, about in commands.items():
        sub = choices.add_parser(name, help=text(*about), description=text(*about))
        if name == called:
            import_module(module(name)).arguments(sub)
    return parser.parse_args(given)


def module(command: str) -> str:
    """The module of a command; one that is a word of Python has an underscore behind it."""
    return f"allmende.cli.{command}{'_' if iskeyword(command) else ''}"


def common(parser: argparse.ArgumentParser) -> None:
    """Options of every command."""
    parser.add_argument(
        "--json",
        action="store_true",
        help=text("one JSON object for programs", "ein JSON-Objekt für Programme"),
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=text("settings (default: allmende.toml)", "Einstellungen (sonst: allmende.toml)"),
    )


def place(parser: argparse.ArgumentParser) -> None:
    """Options of commands that work on the data of a platform."""
    common(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help=text("folder of database and files", "Ordner für Datenbank und Dateien"),
    )
    where.add_argument(
        "--database",
        metavar="URL",
        help=text(
            "postgresql://…; a password belongs into ALLMENDE_DATABASE",
            "postgresql://…; ein Passwort gehört in ALLMENDE_DATABASE",
        ),
    )


def with_usages(parser: argparse.ArgumentParser, deeds: "Deeds") -> None:
    """Show the usage of every deed in the help of its command."""
    import textwrap

    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    usages = (" ".join(deed.format_usage().split()[1:]) for deed in deeds.choices.values())
    parser.epilog = "\n\n".join(
        textwrap.fill(usage, 80, subsequent_indent="    ", break_on_hyphens=False)
        for usage in usages
    )


def server(parser: argparse.ArgumentParser) -> None:
    """Options of commands that serve."""
    parser.add_argument("--port", type=int, help=text("port (8000)", "Port (8000)"))
    parser.add_argument("--host", help=text("address (127.0.0.1)", "Adresse (127.0.0.1)"))


def settings(options: argparse.Namespace, **more: Any) -> "Settings":
    """The settings of file, environment and these options.

    The public address follows host and port when it is not set. Raises InvalidInput.
    """
    from allmende.core.configuration import load

    names = ("data", "database", "port", "host", "workers")
    given = {name: getattr(options, name, None) for name in names}
    found = load(options.config, **{**given, **more})
    return found.on_port(found.port) if found.port else found


class _Version(argparse.Action):
    """Prints the version, read only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from allmende import __version__

        print(f"allmende {__version__}")
        parser.exit(0)
