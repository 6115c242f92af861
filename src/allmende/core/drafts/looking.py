# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading a draft: its layers and columns, a proposal for its model, where its rows lie."""

from __future__ import annotations

from itertools import islice
from typing import Any

import anyio.to_thread
from msgspec.structs import replace

from allmende.core import imports
from allmende.core.drafts import keeping
from allmende.core.drafts.types import Draft, Sight
from allmende.core.harvest.outward import fetcher
from allmende.core.imports import Layer, Mapping, Opened, Proposed, ReadOptions
from allmende.core.imports.intake import Intake
from allmende.core.imports.mapping import FieldSource
from allmende.core.imports.opening import guess
from allmende.core.imports.plain import plain
from allmende.core.platform import Platform
from allmende.errors import AllmendeError, InvalidInput
from allmende.model.document import Entity, FieldType, Model
from allmende.model.positions import first_position
from allmende.model.sniff import Note
from allmende.model.sniff.names import headings, usable

LOOKED_AT = 500  # rows for samples and the map
SAMPLES = 3
LONGEST = 60  # characters of a sample
MAX_ID = 40
UNCLEAR = "ambiguous-date"  # the code of a note


async def opened(platform: Platform, draft: Draft) -> tuple[Opened, Layer]:
    """The content and the layer that is meant: the one named, else the longest."""
    data = await keeping.content(platform, draft)
    found = await imports.uploaded(platform, data, draft.name, draft.options)
    if not found.layers:
        raise InvalidInput("The file holds no table.", "Die Datei enthält keine Tabelle.")
    if draft.options.layer or len(found.layers) == 1:
        return found, found.layer(draft.options.layer)
    return found, max(found.layers, key=lambda each: each.count or 0)


async def fetched(platform: Platform, address: str) -> bytes:
    """What lies at a web address. SourceUnavailable, InvalidInput for other addresses."""
    if not address.lower().startswith(("http://", "https://")):
        raise InvalidInput(
            "The address begins with https:// or http://.",
            "Die Adresse beginnt mit https:// oder http://.",
        )
    service = guess(address)
    if service:
        raise InvalidInput(
            f"This is the address of an interface ({service}); give the address of one answer, "
            "for example with f=json, or use the command “allmende import”.",
            f"Das ist die Adresse einer Schnittstelle ({service}); bitte die Adresse einer "
            "Antwort angeben, zum Beispiel mit f=json, oder den Befehl „allmende import“ nutzen.",
        )
    async with fetcher(platform, None, False) as outward:
        return (await outward.get(address, accept="*/*")).data


async def look(platform: Platform, draft: Draft, options: ReadOptions) -> None:
    """Reads the content with these options and proposes a model; what was said is kept.

    Raises InvalidInput when it cannot be read; then the draft is as before.
    """
    trial = replace(draft, options=options)
    source, layer = await opened(platform, trial)
    near = imports.near(platform)
    ident = _ident(draft)
    proposed, sight = await anyio.to_thread.run_sync(_read, layer, ident, options, near)
    sight.format, sight.layers = source.format, [each.name for each in source.layers]
    draft.options, draft.sight = options, sight
    if not draft.fixed:
        _take(draft, proposed)
    draft.edition += 1
    await see_places(platform, draft, layer)


async def see_places(platform: Platform, draft: Draft, layer: Layer | None = None) -> None:
    """Looks where the first rows lie with the model and mapping of the draft."""
    sight = draft.sight
    sight.places, sight.unplaced, sight.crs, sight.notes = [], 0, "", []
    if draft.model is None:
        return
    if layer is None:
        _, layer = await opened(platform, draft)
    entity = draft.model.entity(draft.mapping.entity)
    if entity.geometry is None:
        return
    near = imports.near(platform)
    try:
        await anyio.to_thread.run_sync(_places, sight, entity, draft.mapping, layer, near)
    except AllmendeError as error:
        sight.notes = [error.text]


def _places(
    sight: Sight,
    entity: Entity,
    mapping: Mapping,
    layer: Layer,
    near: tuple[float, float] | None,
) -> None:
    intake = Intake(entity, mapping, layer, near)
    name = entity.geometry.name if entity.geometry else ""
    for change in intake.take().changes[:LOOKED_AT]:
        shape = change.values.get(name)
        found = first_position(shape) if isinstance(shape, bytes) else None
        if found is None:
            sight.unplaced += 1
        else:
            sight.places.append((round(found[0], 6), round(found[1], 6)))
    if intake.placing is not None:
        sight.crs, sight.notes = intake.placing.crs, intake.placing.notes


def _read(
    layer: Layer, ident: str, options: ReadOptions, near: tuple[float, float] | None
) -> tuple[Proposed, Sight]:
    proposed = imports.propose(layer, ident, options, near)
    columns = [each.name for each in layer.columns]
    samples: dict[str, dict[str, None]] = {each: {} for each in columns}
    filled = dict.fromkeys(columns, 0)
    looked = 0
    for row in islice(layer.rows(), LOOKED_AT):
        looked += 1
        for name in columns:
            text = _text(row.cells.get(name))
            filled[name] += bool(text)
            if text and len(samples[name]) < SAMPLES:
                samples[name][text] = None
    sight = Sight(
        layer=layer.name,
        columns=columns,
        samples={name: list(each) for name, each in samples.items()},
        filled=filled,
        geometry=layer.geometry,
        rows=looked,
        count=layer.count,
    )
    return proposed, sight


def _text(cell: Any) -> str:
    value = plain(cell)
    if value is None:
        return ""
    text = str(value).strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _take(draft: Draft, proposed: Proposed) -> None:
    """The proposal becomes the draft's model; texts and choices of the same columns stay."""
    before = draft.model
    model, mapping = proposed.model, proposed.mapping
    suspected = {each.field for each in proposed.reasons if each.code == "personal"}
    if before is not None and before.entities:
        decided = _carry(draft, before, model, mapping)
        suspected -= decided
        model.title, model.description = before.title, before.description
    draft.model, draft.mapping = model, mapping
    draft.unclear = _unclear(proposed, draft)
    draft.reasons = _by_column(proposed.reasons, draft.sight.columns)
    known = {each.name for each in model.entities[0].fields}
    draft.undecided = sorted(suspected & known)
    for each in model.entities[0].fields:
        if each.personal:
            each.codes, each.open_codes = [], False  # names of persons are no list of values


def _unclear(proposed: Proposed, draft: Draft) -> dict[str, str]:
    """Columns whose dates can be read in two ways, with a date of each."""
    if draft.options.date_order:
        return {}
    found: dict[str, str] = {}
    for each in proposed.reasons:
        if each.code == UNCLEAR:
            column = column_of(proposed.mapping, each.field)
            found[column] = each.example
    return found


def _carry(draft: Draft, before: Model, model: Model, mapping: Mapping) -> set[str]:
    """What a person said of a column holds on after it was read anew; fields decided before."""
    old = {_column(each): name for name, each in draft.mapping.fields.items()}
    entity, decided = model.entities[0], set()
    for name, source in list(mapping.fields.items()):
        was = before.entities[0].find(old.get(_column(source), ""))
        now = entity.find(name)
        if was is None or now is None:
            continue
        now.title, now.required, now.iri = was.title, was.required, was.iri
        now.visibility, now.personal = was.visibility, was.personal
        now.description = was.description
        said = draft.mapping.fields.get(was.name)
        if isinstance(said, FieldSource) and _column(source) in draft.unclear:
            mapping.fields[name] = _with_order(source, said.date_order)
        if was.type is now.type:
            now.unit, now.codes, now.open_codes = was.unit, was.codes, was.open_codes
        if was.name not in draft.undecided:
            decided.add(now.name)
    return decided


def _with_order(source: str | list[str] | FieldSource, order: str) -> str | list[str] | FieldSource:
    """A source with the order of dates that was said before."""
    if not order or isinstance(source, list):
        return source
    found = FieldSource(from_=source) if isinstance(source, str) else source
    return replace(found, date_order=found.date_order or order)


def _by_column(notes: list[Note], columns: list[str]) -> list[Note]:
    """The notes with the column in the place of the field, which a person may rename."""
    names = {each.name: column for each, column in zip(headings(columns), columns, strict=True)}
    return [replace(each, field=names.get(each.field, each.field)) for each in notes]


def _column(source: str | list[str] | FieldSource) -> str:
    if isinstance(source, FieldSource):
        source = source.from_
    return source if isinstance(source, str) else " ".join(source)


def column_of(mapping: Mapping, name: str) -> str:
    """The column a field takes its values from; empty when it has none."""
    source = mapping.fields.get(name, "")
    return _column(source)


def _ident(draft: Draft) -> str:
    """An id for model and collection, made from the name of the file."""
    stem = draft.name.rstrip("/").rpartition("/")[2].partition("?")[0].partition(".")[0]
    plain = usable(stem).replace("_", "-").lower()[:MAX_ID].strip("-")
    return plain if plain[:1].isalpha() else f"table-{plain}".strip("-")[:MAX_ID]


def is_placed(model: Model) -> bool:
    """Whether the rows of a model have a place."""
    return any(each.type is FieldType.GEOMETRY for each in model.entity().fields)
