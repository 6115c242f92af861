# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Loads the demo city into a running platform; the second time nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import anyio.to_thread
from msgspec import Struct

from allmende.core import catalogue, files, people
from allmende.core.catalogue import Entry
from allmende.core.collections.describing import overlay
from allmende.core.platform import Platform
from allmende.demo.describe import Description, ShippedFile, descriptions
from allmende.demo.forms import catalogue_form
from allmende.errors import AllmendeError
from allmende.model.catalogue import Dataset, Resource, ResourceKind
from allmende.policy import SYSTEM

ORIGIN = "demo"

Report = Callable[[int, int, str], None]
"""Called with steps done, steps in all and what was just done."""


class LoadReport(Struct):
    """What became of the records, and how many files were stored or were there already."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    files_stored: int = 0
    files_unchanged: int = 0
    bytes_stored: int = 0


def _silent(done: int, total: int, what: str) -> None:
    """Reports nothing."""


async def load(platform: Platform, report: Report = _silent) -> LoadReport:
    """Puts organisation, catalogue, series, datasets, services and files of the demo city in place.

    All records are written in one transaction, then the files whose content is not there
    yet. Raises the error of the first record that could not be written.
    """
    found = descriptions(platform.settings.base_url)
    total = len(found) + sum(len(each.files) for each in found)
    result = LoadReport()
    await _save_organisation(platform)
    await _write_records(platform, found, result)
    done = len(found)
    report(done, total, f"{done} records")
    for each in found:
        there = await _stored(platform, each)
        for file in each.files:
            if there.get(file.name) == file.sha256:
                result.files_unchanged += 1
            else:
                await _store(platform, each.id, file, result)
            done += 1
            report(done, total, f"{each.id}/{file.name}")
    return result


async def _save_organisation(platform: Platform) -> None:
    """The organisation that answers for the demo city; its name may be changed later."""
    form = catalogue_form()
    known = {each.id for each in await people.organisations(platform, SYSTEM)}
    if form.organisation not in known:
        await people.save_organisation(platform, SYSTEM, form.organisation, form.organisation_name)


async def _write_records(platform: Platform, found: list[Description], result: LoadReport) -> None:
    form = catalogue_form()
    resources = [await _measured(platform, each) for each in found]
    entries = [
        Entry(
            kind=each.kind,
            id=each.id,
            resource=resource,
            organisation=form.organisation,
            catalogue=None if each.kind is ResourceKind.CATALOG else form.id,
            origin=ORIGIN,
        )
        for each, resource in zip(found, resources, strict=True)
    ]
    for outcome in await catalogue.put_many(platform, SYSTEM, entries):
        if isinstance(outcome, AllmendeError):
            raise outcome
        setattr(result, outcome.change, getattr(result, outcome.change) + 1)


async def _measured(platform: Platform, each: Description) -> Resource:
    """The described resource, a dataset together with what is measured of its collections."""
    if not isinstance(each.resource, Dataset):
        return each.resource
    return await overlay(platform, each.id, each.resource)


async def _stored(platform: Platform, each: Description) -> dict[str, str]:
    """Names and checksums of the files a dataset has already."""
    if each.kind is not ResourceKind.DATASET:
        return {}
    return {file.name: file.sha256 for file in await files.listing(platform, SYSTEM, each.id)}


async def _store(platform: Platform, dataset: str, file: ShippedFile, result: LoadReport) -> None:
    content = await anyio.to_thread.run_sync(file.read)
    kept = await files.store(platform, SYSTEM, dataset, file.name, content, file.media_type)
    result.files_stored += 1
    result.bytes_stored += kept.size
