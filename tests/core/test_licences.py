# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences of datasets by the rules, and those that ask for permission for a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import catalogue, licences, reservations
from allmende.core.accounts import save_organisation
from allmende.core.catalogue import Entry
from allmende.core.platform import Platform
from allmende.core.signin import DAY
from allmende.errors import Conflict, InvalidInput, NotAllowed, NotAuthenticated, NotFound
from allmende.model.catalogue import Dataset, Distribution, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Subject
from allmende.store import Connection, now
from allmende.store.licences import Owner

BASE = "http://dcat-ap.de/def/licenses/"
WHY = "The tariffs of the operator are still being negotiated with the city."
FUEL = Owner("works", "municipal-company", "dng", {"de": "Stadtwerke", "en": "City works"})


def person(name: str, role: Role) -> Subject:
    return Subject("user", name, name, {"works": frozenset({role})})


STEWARD, OTHER = person("u-one", Role.STEWARD), person("u-two", Role.STEWARD)
GATEKEEPER = person("u-three", Role.GATEKEEPER)


async def put(platform: Platform, ident: str, *licence: str, **changes: Any) -> None:
    files = [
        Distribution(access_url=[f"https://x.example/{at}"], license=BASE + each if each else None)
        for at, each in enumerate(licence)
    ]
    given = {
        "legal_basis": "§ 1" if "data_access" in changes else "",
        "resource": Dataset(title={"en": ident}, distribution=files),
        **changes,
    }
    entry = Entry(kind=ResourceKind.DATASET, id=ident, organisation="works", **given)
    await catalogue.put(platform, SYSTEM, entry)


async def licences_of(platform: Platform, ident: str) -> list[str | None]:
    record = await catalogue.get(platform, SYSTEM, ResourceKind.DATASET, ident)
    assert isinstance(record.resource, Dataset)
    return [(each.license or "").removeprefix(BASE) for each in record.resource.distribution]


def works(engine: str, folder: Path, act: Callable[[Platform], Awaitable[None]]) -> None:
    async def scenario(platform: Platform) -> None:
        await save_organisation(platform, SYSTEM, "works", {"de": "Stadtwerke"})
        await licences.save_owner(platform, STEWARD, FUEL)
        await act(platform)

    run_scenario(settings_for(engine, folder), scenario)


def _shift(db: Connection, ident: str, until: int) -> None:
    db.run("update licence_reservation set until = :until where id = :id", id=ident, until=until)


def test_a_reservation_is_asked_for_decided_by_another_and_falls_back(
    engine: str, tmp_path: Path
) -> None:
    async def act(platform: Platform) -> None:
        await put(platform, "grid", "dl-by-de/2.0", "cc-by/4.0")
        made = await reservations.ask(platform, STEWARD, "grid", "utility", WHY, 6)
        with pytest.raises(Conflict):
            await reservations.ask(platform, OTHER, "grid", "utility", WHY, 6)
        assert await licences_of(platform, "grid") == ["dl-by-de/2.0", "cc-by/4.0"]
        with pytest.raises(NotAllowed):
            await reservations.decide(platform, STEWARD, made.id, True, WHY)
        assert await reservations.listing(platform, ANONYMOUS) == []
        await reservations.decide(platform, GATEKEEPER, made.id, True, WHY)
        assert await licences_of(platform, "grid") == ["other-closed", "other-closed"]
        (shown,) = await reservations.listing(platform, ANONYMOUS)
        assert (shown.status, shown.decision, shown.asked_by) == ("approved", WHY, "")
        (inside,) = await reservations.listing(platform, OTHER)
        assert (inside.asked_by, inside.decided_by) == ("u-one", "u-three")
        with pytest.raises(Conflict):
            await reservations.decide(platform, GATEKEEPER, made.id, False, WHY)
        await platform.store.write(_shift, made.id, now() + 20 * DAY)
        await reservations.job(platform, {})
        (reminded,) = await reservations.listing(platform, OTHER)
        assert reminded.reminded is not None
        await platform.store.write(_shift, made.id, now() - 1)
        for _ in range(2):
            await reservations.job(platform, {})
        assert await licences_of(platform, "grid") == ["dl-by-de/2.0", "cc-by/4.0"]
        (over,) = await reservations.listing(platform, ANONYMOUS)
        assert over.status == "ended"

    works(engine, tmp_path, act)


def test_without_an_open_licence_before_it_falls_back_to_the_rules(
    engine: str, tmp_path: Path
) -> None:
    async def act(platform: Platform) -> None:
        await put(platform, "grid", "other-closed", "")
        made = await reservations.ask(platform, STEWARD, "grid", "utility", WHY, 6)
        await reservations.decide(platform, OTHER, made.id, True, WHY)
        await reservations.withdraw(platform, OTHER, made.id)
        assert await licences_of(platform, "grid") == ["dl-by-de/2.0", "dl-by-de/2.0"]

    works(engine, tmp_path, act)


def test_the_law_leaves_no_room_for_some(engine: str, tmp_path: Path) -> None:
    async def act(platform: Platform) -> None:
        files = [Distribution(access_url=["https://x.example"])]
        high = Dataset(
            title={"en": "high"},
            hvd_category=["http://data.europa.eu/bna/c_b79e35eb"],
            distribution=files,
        )
        await put(platform, "high", resource=high)
        await put(platform, "closed", "", data_access=Level.RESTRICTED)
        await put(platform, "plain", "")
        for name, ground in (("high", "utility"), ("closed", "utility"), ("plain", "contract")):
            with pytest.raises(InvalidInput):
                await reservations.ask(platform, STEWARD, name, ground, WHY, 6)
        with pytest.raises(InvalidInput):
            await reservations.ask(platform, STEWARD, "plain", "utility", "too short", 6)
        with pytest.raises(NotAuthenticated):
            await reservations.ask(platform, ANONYMOUS, "plain", "utility", WHY, 6)
        with pytest.raises(NotAllowed):
            await reservations.ask(platform, GATEKEEPER, "plain", "utility", WHY, 6)
        with pytest.raises(NotFound):
            await reservations.decide(platform, STEWARD, "v-none", False, WHY)
        made = await reservations.ask(platform, STEWARD, "plain", "utility", WHY, 6)
        city = Owner("works", "city", "thuertg", {"de": ""})
        await licences.save_owner(platform, STEWARD, city)
        with pytest.raises(InvalidInput):
            await reservations.decide(platform, OTHER, made.id, True, WHY)
        await reservations.decide(platform, OTHER, made.id, False, WHY)
        assert await licences_of(platform, "plain") == [""]

    works(engine, tmp_path, act)


def test_rules_are_applied_to_each_file(engine: str, tmp_path: Path) -> None:
    async def act(platform: Platform) -> None:
        await put(platform, "grid", "", "cc-by/4.0", "cc-by-nc/4.0")
        record = await catalogue.get(platform, STEWARD, ResourceKind.DATASET, "grid")
        found = await licences.advise(platform, record)
        assert [each.fits for each in found.files] == [False, True, False]
        with pytest.raises(NotAllowed):
            await licences.apply(platform, GATEKEEPER, "grid")
        await licences.apply(platform, STEWARD, "grid")
        assert await licences_of(platform, "grid") == ["dl-by-de/2.0"] * 3
        record = await catalogue.get(platform, STEWARD, ResourceKind.DATASET, "grid")
        assert isinstance(record.resource, Dataset)
        assert record.resource.distribution[0].license_attribution == FUEL.attribution
        assert (await licences.advise(platform, record)).fits

    works(engine, tmp_path, act)


def test_what_harvested_data_were_given_under_stays(engine: str, tmp_path: Path) -> None:
    async def act(platform: Platform) -> None:
        await put(platform, "taken", "cc-by-sa/4.0", original_id="x", catalogue=None)
        record = await catalogue.get(platform, STEWARD, ResourceKind.DATASET, "taken")
        found = await licences.advise(platform, record)
        assert (found.files[0].decision.rule, found.files[0].fits) == ("given", True)
        for wrong in (
            Owner("works", "duke", "dng", {}),
            Owner("works", "city", "consent", {}),
            Owner("works", "city", "dng", {"de": "x" * 301}),
        ):
            with pytest.raises(InvalidInput):
                await licences.save_owner(platform, STEWARD, wrong)

    works(engine, tmp_path, act)
