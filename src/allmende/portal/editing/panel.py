# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands beside a form: findings with links to their fields, the score, suggestions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allmende.model.profile import field_label
from allmende.model.validation.record import Checked, Finding
from allmende.model.vocabulary import vocabulary
from allmende.portal.editing.values import TAG
from allmende.portal.editing.view import View
from allmende.portal.page import Page

MOST = 40  # findings that are listed
_INDEX = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as shown: its severity, its sentence, the field and where that is."""

    severity: str
    text: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as a button: what it sends, what it says, and why."""

    send: str
    label: str
    why: str


@dataclass(slots=True)
class Panel:
    """Everything the box beside a form shows."""

    violations: int = 0
    warnings: int = 0
    findings: list[Told] = field(default_factory=list)
    offers: dict[str, list[Offer]] = field(default_factory=dict)  # by the label of the field
    score: int | None = None
    most: int = 0
    gains: list[tuple[str, int]] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether nothing breaks a profile."""
        return self.violations == 0


def panel(page: Page, checked: Checked, view: View, begin: str = "", files: str = "") -> Panel:
    """The findings below the path `begin`, at their fields and in a list.

    `files` is the address of the pages of files, to which findings about them lead.
    """
    targets = {block.name: block for block in view.blocks}
    found = Panel()
    for each in checked.findings:
        if not each.path.startswith(begin) or each.severity == "info":
            continue
        found.violations += each.severity == "violation"
        found.warnings += each.severity == "warning"
        text = each.text[page.language]
        top = _top(each, begin)
        block = targets.get(top)
        if block is not None:
            block.findings.append((each.severity, text))
        address = f"#{block.target}" if block else _elsewhere(each, files)
        if len(found.findings) < MOST:
            label = block.label if block else field_label(top, page.language)
            found.findings.append(Told(each.severity, text, label, address))
    return found


def _top(finding: Finding, begin: str) -> str:
    """The field of the form a finding is about."""
    rest = finding.path[len(begin) :].lstrip(".")
    return _INDEX.sub("", rest.partition(".")[0])


def _elsewhere(finding: Finding, files: str) -> str:
    number = _INDEX.search(finding.path)
    if files and number and finding.path.startswith("distribution"):
        return f"{files}/{number[1]}"
    return files if files and finding.path.startswith("distribution") else ""


def offers(page: Page, found: Sequence[tuple[str, str, str, str]]) -> dict[str, list[Offer]]:
    """Buttons of suggestions (field, value, language, why) by the label of their field."""
    made: dict[str, list[Offer]] = {}
    lists = {"theme": "data-theme", "hvd_category": "hvd-category", "license": "licence"}
    for name, value, tag, why in found:
        label = field_label(name, page.language)
        shown = vocabulary(lists[name]).label(value, page.language) if name in lists else value
        reason = str(page.words(f"edit.why.{why}"))
        made.setdefault(label, []).append(Offer(f"take {name} {tag} {value}", shown, reason))
    return made


def accept(state: dict[str, str], taking: str) -> str:
    """Puts a suggestion into the texts of a form; the id of the input it went to."""
    _, _, rest = taking.partition(" ")
    name, _, rest = rest.partition(" ")
    tag, _, value = rest.partition(" ")
    if name == "theme":
        state[f"theme.{value}"] = "1"
        return f"theme.{value}"
    if name == "hvd_category":
        numbers = [key for key in state if key.startswith("hvd_category.") and state[key].strip()]
        place = f"hvd_category.{len(numbers)}"
        state[place] = value
        return place
    if name == "keyword" and TAG.match(tag):
        place = f"keyword.{tag}"
        words = [each for each in state.get(place, "").splitlines() if each.strip()]
        state[place] = "\n".join([*words, value])
        return place
    return ""


def summary(view: View, faults: Mapping[str, str], page: Page) -> list[tuple[str, str]]:
    """Links to the inputs that could not be read: sentence with the name of the field, id."""
    labels = {block.name: block.label for block in view.blocks}
    found = []
    for name, key in faults.items():
        top = name.partition(".")[0]
        label = labels.get(top, "")
        sentence = str(page.words(key))
        found.append((f"{label}: {sentence}" if label else sentence, name))
    return found
