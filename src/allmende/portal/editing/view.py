# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a template draws of a form: sections of blocks, each with its inputs and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from allmende.model.catalogue import Range
from allmende.model.profile import field_hint, field_label
from allmende.model.vocabulary import vocabulary
from allmende.portal.editing.fields import FormField, Group
from allmende.portal.editing.reading import MOST_NODES
from allmende.portal.editing.values import (
    REFERRED,
    SIDES,
    TAG,
    State,
    chosen,
    indices,
    listing,
    ticked,
    under,
)
from allmende.portal.words import LANGUAGES, Words

LONG = frozenset({"description", "version_notes"})
REFERENCES = {
    "in_series": "records-series",
    "access_service": "records-service",
    "serves_dataset": "records-dataset",
    "has_version": "records-dataset",
    "previous_version": "records-dataset",
    "source": "records-dataset",
}


@dataclass(slots=True)
class Input:
    """One control with its label."""

    name: str
    label: str
    value: str
    kind: str = "line"  # line, area, select
    lang: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    datalist: str = ""
    mode: str = ""
    rows: int = 2
    fault: str = ""


@dataclass(slots=True)
class Box:
    """One value to tick."""

    name: str
    label: str
    on: bool


@dataclass(slots=True)
class NodeView:
    """A thing that is described inside a record."""

    name: str
    label: str
    blocks: list[Block]
    fresh: bool = False
    open: bool = False


@dataclass(slots=True)
class Block:
    """One field of the profile."""

    name: str
    label: str
    hint: str
    group: Group
    inputs: list[Input] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    nodes: list[NodeView] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)  # severity, text
    suggested: list[tuple[str, str, str]] = field(default_factory=list)  # name, label, why
    hidden: int = 0  # nodes that are kept and not shown

    @property
    def target(self) -> str:
        """The id that a link to this field leads to."""
        if self.inputs:
            return self.inputs[0].name
        if self.boxes:
            return self.boxes[0].name
        return f"{self.name}--"

    @property
    def grouped(self) -> bool:
        """Whether the block is a fieldset: several controls under one name."""
        return len(self.inputs) > 1 or bool(self.boxes or self.nodes)


@dataclass(slots=True)
class View:
    """A whole form; `lists` are the vocabularies that are searched by typing."""

    sections: list[tuple[Group, list[Block]]]
    lists: dict[str, list[tuple[str, str]]]

    @property
    def blocks(self) -> Iterable[Block]:
        """All blocks in their order."""
        return (block for _, blocks in self.sections for block in blocks)


@dataclass(slots=True)
class Builder:
    """Draws fields with a state; `tags` are languages that every text offers."""

    words: Words
    state: State
    tags: tuple[str, ...] = LANGUAGES
    faults: Mapping[str, str] = field(default_factory=dict)
    lists: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def view(self, fields: Sequence[FormField], kept: Mapping[str, int] | None = None) -> View:
        """The form; `kept` says how many nodes of a field are not shown."""
        sections: dict[Group, list[Block]] = {group: [] for group in Group}
        for form in fields:
            block = self.block(form, form.name)
            block.hidden = (kept or {}).get(form.name, 0)
            sections[form.group].append(block)
        return View([(group, blocks) for group, blocks in sections.items() if blocks], self.lists)

    def block(self, form: FormField, name: str) -> Block:
        """One field."""
        language = self.words.tag
        hint = " ".join(filter(None, (field_hint(form.name, language), self.hint(form))))
        label = field_label(form.name, language) if form.name != "iri" else ""
        if "." in name:  # inside of something that has its own hint
            hint = self.hint(form) if form.plan.range in (Range.DATE, Range.DURATION) else ""
        made = Block(name, label or str(self.words("edit.address")), hint, form.group)
        kind = form.plan.range
        if kind is Range.NODE:
            made.nodes = self.nodes(form, name, made.label)
        elif ticked(form):
            made.boxes = self.boxes(form, name)
        else:
            made.inputs = self.inputs(form, name, made.label)
        for each in made.inputs:
            if each.name in self.faults:
                each.fault = str(self.words(self.faults[each.name]))
        return made

    def hint(self, form: FormField) -> str:
        """How the values of a field are written."""
        kind = form.plan.range
        if kind in (Range.DATE, Range.DURATION):
            return str(self.words(f"edit.hint-{kind.value}"))
        lines = form.plan.many and kind in (Range.IRI, Range.LITERAL) and form.name not in REFERRED
        return str(self.words("edit.hint-lines")) if lines or kind is Range.WORDS else ""

    def nodes(self, form: FormField, name: str, label: str) -> list[NodeView]:
        """What is there, and an empty one to fill in."""
        if not form.plan.many:
            blocks = [self.block(each, f"{name}.{each.name}") for each in form.fields]
            return [NodeView(name, label, blocks, fresh=not under(self.state, name), open=True)]
        numbers = indices(under(self.state, name), "")[:MOST_NODES]
        last = (numbers[-1] if numbers else -1) + 1
        found = []
        for number in numbers if numbers and form.single else [*numbers, last]:
            place = f"{name}.{number}"
            blocks = [self.block(each, f"{place}.{each.name}") for each in form.fields]
            fresh = number == last
            found.append(NodeView(place, label, blocks, fresh, open=not fresh or last == 0))
        return found

    def boxes(self, form: FormField, name: str) -> list[Box]:
        """Every concept of a short list, and what else the record has."""
        known = listing(form.plan)
        if known is None:
            return []
        concepts = [(each.iri, each.label(self.words.tag)) for each in known]
        names = {iri for iri, _ in concepts}
        given = [rest[1:] for rest in under(self.state, name)]
        others = [(iri, known.label(iri, self.words.tag)) for iri in given if iri not in names]
        ordered = sorted(concepts, key=lambda pair: pair[1].casefold()) + others
        return [Box(f"{name}.{iri}", text, iri in given) for iri, text in ordered]

    def inputs(self, form: FormField, name: str, label: str) -> list[Input]:
        """The controls of a field that is no node."""
        kind = form.plan.range
        if kind in (Range.TEXT, Range.WORDS):
            return self._texts(form, name, label)
        if kind is Range.GEOMETRY:
            return [
                self._line(f"{name}.{side}", str(self.words(f"edit.{side}")), "decimal")
                for side in SIDES
            ]
        if chosen(form):
            return [self._select(form, name, label)]
        if form.plan.many and (kind is Range.CONCEPT or form.name in REFERRED):
            return self._typed(form, name)
        if form.plan.many and kind in (Range.IRI, Range.LITERAL, Range.CONCEPT):
            text = self.state.get(name, "")
            rows = min(max(1, len(text.split("\n"))), 12)
            mode = "email" if form.name in ("email", "mbox") else ""
            return [Input(name, label, text, "area", rows=rows, mode=mode)]
        found = self._line(name, label, _MODES.get(kind, ""))
        found.datalist = self._datalist(form)
        return [found]

    def _line(self, name: str, label: str, mode: str) -> Input:
        return Input(name, label, self.state.get(name, ""), mode=mode)

    def _texts(self, form: FormField, name: str, label: str) -> list[Input]:
        given = under(self.state, name)
        tags = dict.fromkeys([*self.tags, *(rest[1:] for rest in given if TAG.match(rest[1:]))])
        found = []
        for tag in tags:
            text = self.state.get(f"{name}.{tag}", "")
            long = form.name in LONG or form.plan.range is Range.WORDS or "\n" in text
            rows = 5 if form.name in LONG else 3
            kind = "area" if long else "line"
            lang = "" if tag == "und" else tag
            shown = language_name(tag, self.words)
            found.append(Input(f"{name}.{tag}", shown, text, kind, lang, rows=rows))
        return found

    def _select(self, form: FormField, name: str, label: str) -> Input:
        known = listing(form.plan)
        options = options_of(form.plan.vocabulary, self.words.tag)
        value = self.state.get(name, "")
        if value and value not in {iri for iri, _ in options} and known is not None:
            options.append((value, f"{known.label(value, self.words.tag)} ({value})"))
        return Input(name, label, value, "select", options=options)

    def _typed(self, form: FormField, name: str) -> list[Input]:
        numbers = indices(under(self.state, name), "")
        last = (numbers[-1] if numbers else -1) + 1
        datalist = self._datalist(form)
        found = []
        for count, number in enumerate([*numbers, last], 1):
            text = str(self.words("edit.value-n", n=count))
            place = f"{name}.{number}"
            found.append(Input(place, text, self.state.get(place, ""), datalist=datalist))
        return found

    def _datalist(self, form: FormField) -> str:
        known = listing(form.plan)
        if known is None or not len(known):
            return REFERENCES.get(form.name, "")
        self.lists.setdefault(known.name, options_of(known.name, self.words.tag))
        return known.name


_MODES = {Range.DECIMAL: "decimal", Range.INTEGER: "numeric", Range.IRI: "url"}


def options_of(name: str, language: str) -> list[tuple[str, str]]:
    """The concepts of a vocabulary by name: address and label."""
    from allmende.portal.names import licence_name

    if name == "licence":
        found = [(each.iri, licence_name(each.iri, language)) for each in vocabulary(name)]
    else:
        found = [(each.iri, each.label(language)) for each in vocabulary(name)]
    return sorted(found, key=lambda pair: pair[1].casefold())


def language_name(tag: str, words: Words) -> str:
    """The name of a language in the language of the page; the tag when it has none."""
    from babel import Locale, UnknownLocaleError

    if tag == "und":
        return str(words("edit.no-language"))
    try:
        named = Locale.parse(tag, sep="-").get_display_name(words.tag)
    except (UnknownLocaleError, ValueError):
        named = None
    return named or tag
