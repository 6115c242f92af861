# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende check`: does the platform still agree with itself?"""

from argparse import ArgumentParser, Namespace

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.work import on_platform


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """List what is wrong; 1 when there is something."""
    from allmende.core.maintenance import TEXTS, check

    found = on_platform(shared.settings(options), check, existing=True)
    problems = [
        {"code": each.code, "subject": each.subject, "detail": TEXTS[each.code][language()]}
        for each in found
    ]
    lines = [f"{each['subject']}: {each['detail']}" for each in problems]
    fine = text("Everything agrees.", "Alles stimmt überein.")
    console.result({"problems": problems}, *(lines or [fine]))
    return 1 if found else 0
