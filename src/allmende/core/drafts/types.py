# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What is known of an upload while a person describes it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from allmende.core.collections import Refusal
from allmende.core.imports import ImportReport, Mapping, ReadOptions
from allmende.model.catalogue import Words
from allmende.model.document import Model, Text
from allmende.model.sniff import Note
from allmende.policy import Level


class About(Struct, kw_only=True):
    """What the catalogue is to say of the dataset, and who may see it."""

    ident: str = ""
    organisation: str = ""
    title: Text = {}
    description: Text = {}
    licence: str = ""
    attribution: str = ""
    keywords: Words = {}
    theme: str = ""
    access: Level = Level.OPEN
    hidden: bool = False  # the entry in the catalogue is as closed as the data
    legal_basis: str = ""


class Sight(Struct, kw_only=True):
    """What was seen when the content was read: columns, samples, first places."""

    format: str = ""
    layers: list[str] = []
    layer: str = ""
    columns: list[str] = []
    samples: dict[str, list[str]] = {}  # by column, different ones
    filled: dict[str, int] = {}  # by column, of the rows looked at
    geometry: bool = False  # the format brings the places itself
    rows: int = 0  # looked at
    count: int | None = None  # in all, when the format says so
    places: list[tuple[float, float]] = []  # lon, lat of the first rows
    unplaced: int = 0  # rows among the first without a place
    crs: str = ""  # that the coordinates were taken for
    notes: list[Text] = []


class Task(Struct, kw_only=True):
    """The trial or the publication of a draft."""

    kind: Literal["", "trial", "publish"] = ""
    state: Literal["", "waiting", "running", "done", "failed"] = ""
    edition: int = 0  # of the draft it was made for
    done: int = 0
    total: int | None = None
    error: Text = {}
    report: ImportReport | None = None


class Altered(Struct):
    """A row that would change: field, value today, value to come; values of a place are None."""

    id: str
    fields: list[tuple[str, Any, Any]]


class Renewal(Struct, kw_only=True):
    """What a new file changes in a collection that is there, or has changed.

    `batch` and `before` (rows) are the state it was compared with; `whole` is false when the
    file broke off, so that nothing may be missed. Examples are at most ten each.
    """

    batch: int
    before: int
    written: bool = False
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    flagged: int = 0
    whole: bool = True
    fresh: list[str] = []  # ids of created rows
    altered: list[Altered] = []
    gone: list[str] = []  # ids of removed rows
    refusals: list[Refusal] = []
    untaken: list[str] = []  # columns that no field takes
    empty: list[str] = []  # fields without a column
    notes: list[Text] = []

    @property
    def loss(self) -> bool:
        """Whether more than half of the rows are missing in the file."""
        return self.removed * 2 > self.before


class Draft(Struct, kw_only=True):
    """An upload with all that was said about it. Times in µs UTC."""

    id: str
    owner: str
    created: int
    changed: int
    name: str  # of the file, or the address
    size: int
    edition: int = 0  # grows with every change of model or mapping
    options: ReadOptions = ReadOptions()
    model: Model | None = None
    mapping: Mapping = field(default_factory=Mapping)
    fixed: bool = False  # the model is one that was there before
    reasons: list[Note] = []
    unclear: dict[str, str] = {}  # columns whose dates have day or month first, with an example
    undecided: list[str] = []  # fields that may be personal and nobody has decided yet
    sight: Sight = field(default_factory=Sight)
    about: About = field(default_factory=About)
    task: Task = field(default_factory=Task)
    target: str = ""  # the collection whose rows it brings; else it becomes a new one
    replace: bool = False  # with a target: rows that are not in it are removed
    accept_loss: bool = False  # even when that is more than half of the collection
    renewal: Renewal | None = None
    made: bool = False  # the collection was made by an earlier try to publish
