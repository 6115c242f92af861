# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The model server's use cases. Each takes the subject; there is no read without one.

A published version never changes: rows and programs rely on it. A changed model is a new
version whose number says what that means for rows (`model/compare`). Drafts may be replaced.
Who may see a version is decided by the same policy as for the records of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.model_writing import Outcome, arrange, discard, folded, not_found, put
from allmende.core.platform import Platform
from allmende.model.compare import Difference, compare
from allmende.model.document import Model, Text
from allmende.policy import Level, Status, Subject, levels, read_condition, visible
from allmende.store import models as rows
from allmende.store.models import Kept, Listed

__all__ = [
    "Kept",
    "ModelInfo",
    "Outcome",
    "arrange",
    "difference",
    "discard",
    "find",
    "get",
    "listing",
    "put",
    "used_by",
    "versions",
]


class ModelInfo(Struct, kw_only=True):
    """A model in a list, in its newest visible version. Times are microseconds UTC."""

    id: str
    version: str
    title: Text
    description: Text
    organisation: str
    status: Status
    metadata_access: Level
    versions: list[str]  # visible ones, newest first
    created: int
    changed: int
    used_by: list[str]  # ids of visible collections


async def listing(platform: Platform, subject: Subject, text: str = "") -> list[ModelInfo]:
    """Visible models by id; with `text`, those in which every word of it occurs.

    Names, titles and descriptions of the model, its entities and fields are searched, in
    every language, without the difference of case and accents.
    """
    condition = read_condition(subject)
    found = await platform.store.read(rows.listing, condition)
    uses = await platform.store.read(rows.uses, condition)
    collections: dict[str, list[str]] = {}
    for use in uses:
        collections.setdefault(use.model, []).append(use.collection)
    wanted = folded(text).split()
    infos = (_info(each, collections) for each in _grouped(found))
    return [info for info, words in infos if all(each in words for each in wanted)]


def _grouped(found: Iterable[Listed]) -> Iterable[list[Listed]]:
    groups: dict[str, list[Listed]] = {}
    for each in found:
        groups.setdefault(each.id, []).append(each)
    return groups.values()


def _info(group: list[Listed], uses: dict[str, list[str]]) -> tuple[ModelInfo, str]:
    newest = _newest(group)
    info = ModelInfo(
        id=newest.id,
        version=newest.version,
        title=newest.title,
        description=newest.description,
        organisation=newest.organisation,
        status=newest.status,
        metadata_access=newest.metadata_access,
        versions=[each.version for each in group],
        created=min(each.created for each in group),
        changed=max(each.updated for each in group),
        used_by=uses.get(newest.id, []),
    )
    return info, newest.words


def _newest(group: list[Listed]) -> Listed:
    """The newest published version; without one the newest of all."""
    published = (each for each in group if each.status == Status.PUBLISHED)
    return next(published, group[0])


async def versions(platform: Platform, subject: Subject, ident: str) -> list[Listed]:
    """The visible versions of a model, newest first. NotFound when there is none."""
    found = await platform.store.read(rows.versions, read_condition(subject), ident)
    if not found:
        raise not_found(ident)
    return found


async def find(platform: Platform, subject: Subject, ident: str, version: str = "") -> Kept:
    """A version of a model with its policy; the newest published one without `version`.

    Fields the subject may not see are left out, as they are everywhere. NotFound when there
    is none or the subject may not see it.
    """
    wanted = version or _newest(await versions(platform, subject, ident)).version
    found = await platform.store.read(rows.find, read_condition(subject), ident, wanted)
    if found is None:
        raise not_found(f"{ident} {wanted}")
    found.model = seen_by(found.model, subject, found.organisation)
    return found


def seen_by(model: Model, subject: Subject, organisation: str) -> Model:
    """The model with the fields that the subject may see in rows of the organisation."""
    seen = levels(subject, organisation)
    entities = [visible(each, seen) for each in model.entities]
    same = all(one is other for one, other in zip(entities, model.entities, strict=True))
    return model if same else replace(model, entities=entities)


async def get(platform: Platform, subject: Subject, ident: str, version: str = "") -> Model:
    """A version of a model; the newest published one without `version`. NotFound as `find`."""
    return (await find(platform, subject, ident, version)).model


async def used_by(platform: Platform, subject: Subject, ident: str) -> dict[str, str]:
    """Ids of visible collections of a visible model, each with the version it has."""
    await versions(platform, subject, ident)
    found = await platform.store.read(rows.uses, read_condition(subject), ident)
    return {each.collection: each.version for each in found}


async def difference(
    platform: Platform, subject: Subject, ident: str, version: str, other: str
) -> Difference:
    """What has changed from one visible version to another. NotFound as `find`."""
    old = await get(platform, subject, ident, version)
    return compare(old, await get(platform, subject, ident, other))
