# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende import FILE_OR_ADDRESS`: rows of a table or layer become a collection."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allmende.cli import parser as shared
from allmende.cli.console import Console, language, text
from allmende.cli.harvest import absolute
from allmende.cli.imported import lines
from allmende.cli.work import on_platform

if TYPE_CHECKING:
    from allmende.core.imports import ImportReport, Layer, Mapping, Opened, Order
    from allmende.core.platform import Platform
    from allmende.model.document import Entity, Model

NAMELESS = ("table", "rows", "features")


def arguments(parser: ArgumentParser) -> None:
    """The command's options."""
    add = parser.add_argument
    add("source", help=text("file or address", "Datei oder Adresse"))
    add("--collection", metavar="ID", help=text("what receives the rows", "Zielsammlung"))
    add("--layer", metavar="NAME", help=text("layer or sheet", "Ebene oder Blatt"))
    add(
        "--mapping",
        metavar="FILE",
        help=text("mapping, or name of one", "Zuordnung, oder ihr Name"),
    )
    add("--model", metavar="ID", help=text("model, or a file with one", "Modell, oder Datei damit"))
    add("--format", metavar="NAME", help=text("if it is not recognised", "wenn nicht erkannt"))
    add(
        "--crs",
        metavar="EPSG:N",
        help=text("if the source does not say", "wenn die Quelle schweigt"),
    )
    add(
        "--organisation",
        metavar="ID",
        help=text("owner of a new collection", "Eigentümerin einer neuen Sammlung"),
    )
    add(
        "--propose",
        type=Path,
        metavar="DIR",
        help=text(
            "write model and mapping, no rows", "Modell und Zuordnung schreiben, keine Zeilen"
        ),
    )
    add(
        "--replace",
        action="store_true",
        help=text(
            "remove rows the source no longer has", "Zeilen entfernen, die der Quelle fehlen"
        ),
    )
    add(
        "--accept-loss",
        action="store_true",
        help=text("… also more than half of them", "… auch mehr als die Hälfte"),
    )
    add("--every", metavar="RULE", help=text("again on a schedule", "nach Zeitplan wiederholen"))
    add(
        "--dry-run",
        action="store_true",
        help=text("check, write nothing", "prüfen, nichts schreiben"),
    )
    shared.place(parser)


def run(options: Namespace, console: Console) -> int:
    """Import; 1 when rows were refused, 2 when nothing could be read."""
    settings = shared.settings(options)

    async def work(platform: "Platform") -> int:
        from allmende.core import imports

        mapping = _mapping(options)
        address = absolute(options.source)
        read = mapping.read
        async with imports.opened(platform, address, read, files=True) as found:
            layer = found.layer(read.layer)
            if options.propose:
                return await _propose(platform, options, layer, mapping, console)
            return await _import(platform, options, found, layer, mapping, console)

    return on_platform(settings, work)


def _mapping(options: Namespace) -> "Mapping":
    """The mapping of the file or name, with what the options say on top."""
    from msgspec.structs import replace

    from allmende.core import imports
    from allmende.core.imports.opening import known
    from allmende.demo import mapped

    name = options.mapping or ""
    if not name:
        found = imports.Mapping()
    elif name in mapped.mappings() and not Path(name).exists():
        found = mapped.mapping(name)
    else:
        found = imports.parse(Path(name).read_bytes())
    wanted = {"crs": options.crs, "format": options.format, "layer": options.layer}
    more: dict[str, Any] = {key: value for key, value in wanted.items() if value}
    known(options.format or "")
    return replace(found, read=replace(found.read, **more))


async def _propose(
    platform: "Platform",
    options: Namespace,
    layer: "Layer",
    mapping: "Mapping",
    console: Console,
) -> int:
    """Write the proposed model and mapping into a folder."""
    import anyio.to_thread

    from allmende.core import imports
    from allmende.store.slugs import slug

    own = layer.name if layer.name not in NAMELESS else Path(options.source).stem
    name = slug(options.collection or own)[:40].strip("-") or "table"
    near = imports.near(platform)
    found = await anyio.to_thread.run_sync(imports.propose, layer, name, mapping.read, near)
    files = _write(options.propose, name, found)
    console.result(
        {"files": [str(path) for path in files], "rows": found.rows, "notes": found.notes},
        *(str(path) for path in files),
        *(f"  {note.get(language(), '')}" for note in found.notes),
    )
    return 0


def _write(folder: Path, name: str, found: Any) -> list[Path]:
    import msgspec

    from allmende.core import imports

    folder.mkdir(parents=True, exist_ok=True)
    model, mapping = folder / f"{name}.json", folder / f"{name}.toml"
    model.write_bytes(msgspec.json.format(msgspec.json.encode(found.model), indent=1) + b"\n")
    mapping.write_text(imports.write(found.mapping), "utf-8")
    return [model, mapping]


async def _import(
    platform: "Platform",
    options: Namespace,
    found: "Opened",
    layer: "Layer",
    mapping: "Mapping",
    console: Console,
) -> int:
    from allmende.core import imports
    from allmende.core.address_names import shown
    from allmende.core.drafts import mappings
    from allmende.policy import SYSTEM
    from allmende.store.slugs import slug

    ident = options.collection or slug(Path(options.source).stem)
    order = imports.Order(
        collection=ident,
        layer=layer,
        format=found.format,
        mapping=mapping,
        replace=options.replace,
        accept_loss=options.accept_loss,
        source=shown(options.source),
        near=imports.near(platform),
    )
    entity, model = await _target(platform, options, order, console)

    def progress(done: int, total: int | None) -> None:
        console.progress(done, total, text("rows", "Zeilen"))

    if options.dry_run:
        report = await imports.trial(platform, SYSTEM, order, entity, progress)
    else:
        if model is not None:
            await _create(platform, options, ident, model, order)
        report = await imports.bring(platform, SYSTEM, order, progress)
        await mappings.keep(platform, SYSTEM, ident, order.mapping)
        await _schedule(platform, options, order)
    return _show(report, console)


async def _target(
    platform: "Platform", options: Namespace, order: "Order", console: Console
) -> tuple["Entity", "Model | None"]:
    """The entity of the collection; for one that is not there yet also its model."""
    import anyio.to_thread

    from allmende.core import collections, imports
    from allmende.errors import NotFound
    from allmende.policy import SYSTEM

    try:
        there = await collections.get(platform, SYSTEM, order.collection)
    except NotFound:
        pass
    else:
        if not options.mapping:
            order.mapping = await anyio.to_thread.run_sync(
                imports.mapping_for, there.entity, order.layer, order.mapping.read, order.near
            )
        return there.entity, None
    name = options.model or order.mapping.model
    if name:
        model = await _model(platform, name)
    else:
        made = await anyio.to_thread.run_sync(
            imports.propose, order.layer, order.collection, order.mapping.read, order.near
        )
        model = made.model
        if not options.mapping:
            order.mapping = made.mapping
        console.note(
            text(
                "No model was given; one was proposed. Look at it with --propose DIR.",
                "Kein Modell angegeben; es wurde eines vorgeschlagen. Ansehen mit --propose DIR.",
            )
        )
    return model.entity(order.mapping.entity), model


async def _model(platform: "Platform", name: str) -> "Model":
    """The model in a file, of the platform, or one that comes with the program."""
    import msgspec

    from allmende.core import models
    from allmende.demo import mapped
    from allmende.errors import InvalidInput, NotFound
    from allmende.model.document import Model
    from allmende.policy import SYSTEM

    if Path(name).is_file():
        try:
            return msgspec.json.decode(Path(name).read_bytes(), type=Model)
        except msgspec.DecodeError as error:
            raise InvalidInput(
                f"{name} is no model: {error}.", f"{name} ist kein Modell: {error}."
            ) from error
    try:
        return await models.get(platform, SYSTEM, name)
    except NotFound:
        if name in mapped.models():
            return mapped.model(name)
        raise


async def _create(
    platform: "Platform", options: Namespace, ident: str, model: "Model", order: "Order"
) -> None:
    from allmende.core import collections
    from allmende.policy import SYSTEM

    entry = collections.CollectionEntry(
        id=ident,
        model=model,
        entity=order.mapping.entity,
        organisation=options.organisation or platform.settings.catalogue,
        origin="import",
    )
    await collections.create(platform, SYSTEM, entry)


async def _schedule(platform: "Platform", options: Namespace, order: "Order") -> None:
    if not options.every:
        return
    from allmende.core import imports
    from allmende.policy import SYSTEM

    refresh = imports.Refresh(
        collection=order.collection,
        address=options.source,
        mapping=order.mapping,
        rule=options.every,
        replace=order.replace,
    )
    await imports.plan(platform, SYSTEM, refresh)


def _show(report: "ImportReport", console: Console) -> int:
    from allmende.core import imports

    console.result(imports.as_plain(report), *lines(report))
    return 1 if report.refused else 0
