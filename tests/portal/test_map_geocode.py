# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Addresses are found as people write them, with slips; hidden collections are not searched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.portal import map_city
from tests.portal.city import BASE

from allmende.core import collections, geocode
from allmende.core.collections import Change
from allmende.core.geocode import Index, Place
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.model.document import Entity, Field
from allmende.policy import ANONYMOUS, SYSTEM
from allmende.web.app import Application
from allmende.web.rooms import rooms


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return map_city.build(tmp_path_factory.mktemp("geocode"))


@pytest.fixture(scope="module")
def ask(settings: Settings) -> Callable[..., list[Place]]:
    """Searches the small city."""

    def search(text: str, **more: Any) -> list[Place]:
        async def main() -> list[Place]:
            async with Platform.open(settings) as platform:
                return await geocode.search(platform, ANONYMOUS, text, **more)

        return anyio.run(main)

    return search


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Markt 1", "Markt 1"),
        ("markt 12 a", "Markt 12a"),
        ("Markt 12a", "Markt 12a"),
        ("Marktstr. 3", "Marktstraße 3"),
        ("Marktstrasse 3", "Marktstraße 3"),
        ("MARKTSTRAßE 3", "Marktstraße 3"),
        ("Markstraße 3", "Marktstraße 3"),
        ("Straße des 17. Juni 5", "Straße des 17. Juni 5"),
        ("Ernst Abbe Str 7", "Ernst-Abbe-Straße 7"),
        ("Erns-Abe-Str. 7", "Ernst-Abbe-Straße 7"),
        ("Abbe", "Ernst-Abbe-Straße"),
        ("Ernst-Ab", "Ernst-Abbe-Straße"),
        ("07743 Markt 2", "Markt 2"),
        ("Markt 2, 07743 Jena", "Markt 2"),
        ("Markt", "Markt"),
        ("Ernst-Abbe-Straße 8", "Ernst-Abbe-Straße 7"),
    ],
)
def test_addresses_are_found(ask: Callable[..., list[Place]], text: str, label: str) -> None:
    assert ask(text)[0].label == label


@pytest.mark.parametrize("text", ["", "x", "?", "12345", "Qwertz Yxcvb", "🌳" * 500])
def test_nothing_is_found_for_nothing(ask: Callable[..., list[Place]], text: str) -> None:
    assert ask(text) == []


def test_what_is_found_has_its_place(ask: Callable[..., list[Place]]) -> None:
    found = ask("Markt 1")[0]
    assert (found.lat, found.lon) == (50.924, 11.582)
    assert found.place == "07743"
    assert found.exact
    assert not ask("Ernst-Abbe-Straße 8")[0].exact


def test_a_number_that_is_not_there_is_never_replaced_silently(
    ask: Callable[..., list[Place]],
) -> None:
    (there, *_) = ask("Markt 12a")
    assert (there.exact, there.missing) == (True, "")
    others = ask("Markt 999")
    assert others
    assert all((each.exact, each.missing) == (False, "999") for each in others)
    assert all(each.missing == "999b" for each in ask("Marktstraße 999 b"))


def test_hidden_and_missing_collections_give_nothing(ask: Callable[..., list[Place]]) -> None:
    assert ask("Winter-Linde", collection="hidden") == []
    assert ask("Markt 1", collection="nothing") == []


def test_a_collection_without_streets_is_searched_by_its_label(
    ask: Callable[..., list[Place]],
) -> None:
    assert [each.label for each in ask("Mite", collection="districts")] == ["Mitte"]


def test_a_write_is_seen_at_once(tmp_path: Path) -> None:
    made = map_city.build(tmp_path)

    async def main() -> None:
        async with Platform.open(made) as platform:
            assert not await geocode.search(platform, ANONYMOUS, "Neugasse 4")
            values = {"street": "Neugasse", "house_number": "4", "place": map_city.at(0, 0)}
            change = Change(action="create", values=values)
            await collections.write(platform, SYSTEM, "addresses", [change])
            found = await geocode.search(platform, ANONYMOUS, "Neugasse 4")
            assert found[0].label == "Neugasse 4"

    anyio.run(main)


def test_fields_are_known_by_name_or_meaning() -> None:
    fields = [
        Field(name="str_name", iri="http://www.w3.org/ns/locn#thoroughfare"),
        Field(name="Hausnummer"),
        Field(name="PLZ"),
        Field(name="remark"),
    ]
    found = geocode.fields_of(Entity(name="A", fields=fields))
    assert found == {"street": "str_name", "number": "Hausnummer", "postcode": "PLZ"}


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    assert geocode.find(Index(), geocode.fold(text), 5) == []


def test_the_page_says_that_a_number_is_not_there(settings: Settings) -> None:
    app = Application(settings, rooms())
    with TestClient(app, base_url=BASE, headers={"accept": "text/html"}) as visitor:
        assert "Hausnummer 999 gibt es nicht" in visitor.get("/de/map?q=Markt+999").text
        assert "gibt es nicht" not in visitor.get("/de/map?q=Markt+12a").text
        (first, *_) = visitor.get("/en/map/addresses?q=Markt+999").json()
        assert "house number 999 is not there" in first["place"]


def test_a_day_before_the_first_rows_is_told(settings: Settings) -> None:
    app = Application(settings, rooms())
    with TestClient(app, base_url=BASE, headers={"accept": "text/html"}) as visitor:
        early = visitor.get("/de/collections/trees?day=2020-01-01").text
        assert "Am 1. Januar 2020 gab es diese Sammlung noch nicht" in early
        assert 'name="day" value="2020-01-01" min="' in early
        later = visitor.get("/de/collections/trees?day=2100-01-01").text
        assert "gab es diese Sammlung noch nicht" not in later
