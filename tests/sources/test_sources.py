# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sources: who may harvest and look, schedules, secrets, ids, words of a catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.sources.conftest import City, Scenario
from tests.sources.servers import Hydra, Site, dataset

from allmende.core import catalogue, harvest
from allmende.core.harvest.memory import moment
from allmende.errors import (
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.catalogue import Catalog, ResourceKind
from allmende.policy import ANONYMOUS, SYSTEM, Level, Role, Subject
from allmende.store import harvest as rows
from allmende.store.connection import now

Play = Callable[[Scenario], None]


def member(role: Role, organisation: str = "jena") -> Subject:
    return Subject(kind="user", id="u", roles={organisation: frozenset({role})})


def test_who_may_harvest_and_who_may_look(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        platform, address = city.platform, f"{site.address}/catalog"
        source = harvest.source_for(address, catalogue="city", organisation="jena")
        source.id = "city"
        for subject, error in (
            (ANONYMOUS, NotAuthenticated),
            (member(Role.CONTRIBUTOR), NotAllowed),
            (member(Role.STEWARD, "weimar"), NotAllowed),
        ):
            with pytest.raises(error):
                await harvest.define(platform, subject, source)
        await harvest.define(platform, member(Role.STEWARD), replace_options(source))
        with pytest.raises(NotAllowed):
            await harvest.execute(platform, member(Role.STEWARD, "weimar"), "city")
        site.serve("/catalog", b"<https://x.test/a> <b", "application/n-triples")
        run = await city.run()
        seen = await harvest.run(platform, ANONYMOUS, run.id)
        assert (await harvest.source(platform, ANONYMOUS, "city")).options == {}
        assert all(fault.raw == b"" for _, fault in seen.faults)
        source.metadata_access, source.legal_basis = Level.INTERNAL, "§ 3 ThürTG"
        await harvest.define(platform, SYSTEM, source)
        assert await harvest.sources(platform, ANONYMOUS) == []
        assert await harvest.runs(platform, ANONYMOUS) == []
        with pytest.raises(NotFound):
            await harvest.run(platform, ANONYMOUS, run.id)
        await harvest.forget(platform, member(Role.STEWARD), "city")
        with pytest.raises(NotFound):
            await harvest.run(platform, SYSTEM, run.id)

    play(scenario)


def replace_options(source: harvest.Source) -> harvest.Source:
    source.options = {"language": "de"}
    return source


def test_a_schedule_says_when(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hydra(site, "/catalog", [dataset(1)])
        await city.source(f"{site.address}/catalog", every_seconds=3600)
        await city.source(f"{site.address}/catalog", "by-hand")
        assert await harvest.due(city.platform, now()) == ["city"]
        await city.run()
        assert await harvest.due(city.platform, now()) == []
        assert await harvest.due(city.platform, now() + 3_601_000_000) == ["city"]
        run = await harvest.execute(city.platform, SYSTEM, "city")  # loopback is not allowed
        assert run.error["code"] == "source-address-refused"
        found = await harvest.source(city.platform, SYSTEM, "city")
        assert found.failing_since is not None

    play(scenario)


def test_secrets_come_from_the_environment(
    play: Play, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLMENDE_SOURCE_KEY", "geheim")

    async def scenario(city: City) -> None:
        Hydra(site, "/catalog", [dataset(1)])
        headers = {"X-API-Key": "env:ALLMENDE_SOURCE_KEY"}
        await city.source(f"{site.address}/catalog", options={"headers": headers})
        await city.run()
        assert site.headers[0]["x-api-key"] == "geheim"
        headers = {"X-API-Key": "env:HOME"}
        await city.source(f"{site.address}/catalog", options={"headers": headers})
        assert "ALLMENDE_SOURCE_" in (await city.run()).error["en"]

    play(scenario)


def test_bad_definitions_are_refused(play: Play) -> None:
    async def scenario(city: City) -> None:
        for changes in ({"kind": "nonsense"}, {"id": "Not An Id"}):
            with pytest.raises(InvalidInput):
                await city.source("https://x.test/", **changes)

    play(scenario)


def test_dates_of_any_precision_are_compared() -> None:
    dates = [None, "nonsense", "2019", "2020-01", "2020-01-02", "2020-01-02T03:04:05+01:00"]
    moments = [moment(date) for date in dates]
    assert moments == sorted(moments)
    assert moment("2020-01-02T03:04:05Z") > moment("2020-01-02T03:04:05+01:00")


def test_limits_follow_the_settings(play: Play) -> None:
    async def scenario(city: City) -> None:
        limits = harvest.limits(city.platform)
        assert (limits.allow_private, limits.allow_files) == ((), False)
        assert replace(limits, allow_files=True) == harvest.limits(city.platform, files=True)

    play(scenario)


def test_a_city_s_own_catalogue_keeps_its_words(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        own = catalogue.Entry(
            kind=ResourceKind.CATALOG,
            id="city",
            resource=Catalog(title={"de": "Unser Katalog"}),
            organisation="jena",
        )
        await catalogue.put(city.platform, SYSTEM, own)
        Hydra(site, "/a", [dataset(1)])
        Hydra(site, "/b", [dataset(1), dataset(2)])
        for path in "ab":
            await city.source(f"{site.address}/{path}", path, catalogue="city")
            assert (await city.run(path)).status == "complete"
            assert (await city.run(path)).status == "complete"
        (kept,) = await city.records(ResourceKind.CATALOG)
        assert kept.resource.title == {"de": "Unser Katalog"}
        assert await city.titles() == ["Dataset 1", "Dataset 2"]

    play(scenario)


def test_sources_of_one_catalogue_have_ids_of_their_own() -> None:
    ids = {
        harvest.source_for(address, catalogue="city", organisation="jena").id
        for address in ("https://x.test/a", "https://x.test/b", "/data/list.csv")
    }
    assert len(ids) == 3
    assert all(ident.startswith("city-") for ident in ids)
    own = harvest.source_for("https://me:secret@x.test/a.ttl", organisation="jena")
    assert own.catalogue == "x-test-a-ttl"


def test_what_is_not_open_needs_a_legal_basis(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hydra(site, "/catalog", [dataset(1)])
        with pytest.raises(InvalidInput) as caught:
            await city.source(f"{site.address}/catalog", data_access=Level.INTERNAL)
        assert caught.value.code == "legal-basis-missing"
        basis = {"data_access": Level.INTERNAL, "legal_basis": "§ 12 ThürTG"}
        await city.source(f"{site.address}/catalog", **basis)
        assert (await city.run()).status == "complete"
        (record,) = await city.records()
        assert (record.data_access, record.legal_basis) == (Level.INTERNAL, "§ 12 ThürTG")

    play(scenario)


def test_what_the_catalogue_refuses_is_kept_with_its_bytes(play: Play, site: Site) -> None:
    async def scenario(city: City) -> None:
        Hydra(site, "/catalog", [dataset(1), dataset(2)])
        source = await city.source(f"{site.address}/catalog")
        await city.run()
        source.data_access = Level.INTERNAL  # past the check, as an older database may have it
        await city.platform.store.write(rows.save_source, source)
        Hydra(site, "/catalog", [dataset(1), dataset(2, title="Better")])
        run = await city.run()
        assert (run.counts.updated, run.counts.faults, run.counts.missing) == (0, 1, 0)
        ((_, fault),) = (await city.report(run)).faults
        assert fault.code == "legal-basis-missing"
        assert b"Better" in fault.raw

    play(scenario)
