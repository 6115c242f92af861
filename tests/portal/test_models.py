# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages of models: read, searched, changed to a new version, a collection moved to it."""

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.portal.importing import ORIGIN, at_work, form_of, outside, publish

EDIT = "/de/models/baeume/1.0.0/edit"


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The browser of a steward whose city has one collection."""
    with at_work(tmp_path_factory.mktemp("models")) as made:
        publish(made, "baeume")
        yield made


def number_of(html: str, name: str) -> str:
    """The number of a field in the form."""
    return html.partition('name="f')[2] and next(
        part.partition("-")[0]
        for part in html.split('name="f')[1:]
        if part.startswith(tuple("0123456789"))
        and part.partition('"')[0].endswith("-name")
        and f'value="{name}"' in part.partition(">")[0]
    )


def sent(client: TestClient, path: str, do: str, **changed: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page that came."""
    form = form_of(client.get(path).text, path.partition("?")[0])
    answer = client.post(path, data={**form, **changed, "do": do}, headers=ORIGIN)
    return answer.status_code, str(answer.headers.get("location", "")), answer.text


def test_models_are_listed_and_found(steward: TestClient) -> None:
    html = steward.get("/de/models").text
    assert 'href="/de/models/baeume"' in html
    assert 'href="/de/models/baeume"' in steward.get("/de/models?q=baumart").text
    assert 'href="/de/models/baeume"' not in steward.get("/de/models?q=einhorn").text


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_model_is_documented_drawn_and_downloadable(steward: TestClient, language: str) -> None:
    with outside(steward):
        html = steward.get(f"/{language}/models/baeume").text
        assert "<svg" in html
        assert "<code>hoehe</code>" in html
        assert f'href="/{language}/collections/baeume"' in html
        assert "Anna Schmidt" not in html
        for ending in ("json", "ttl", "py", "svg", "md"):
            assert f'href="/models/baeume/1.0.0.{ending}"' in html
            assert steward.get(f"/models/baeume/1.0.0.{ending}").status_code == 200
        assert "/edit" not in html
        assert steward.get(EDIT).status_code in (303, 401, 403)
    assert steward.get(f"/{language}/models/nope").status_code == 404
    assert "/edit" in steward.get(f"/{language}/models/baeume/1.0.0").text


def test_a_new_version_says_what_it_means_for_rows(steward: TestClient) -> None:
    html = steward.get(EDIT).text
    height, species = number_of(html, "hoehe"), number_of(html, "baumart")
    status, _, text = sent(steward, EDIT, "compare")
    assert (status, "Kein Unterschied" in text) == (200, True)
    status, _, text = sent(steward, EDIT, "compare", **{f"f{height}-title-de": "Höhe des Baums"})
    assert "Nur Worte" in text
    assert "1.0.1" in text
    fresh = str(text.count("<legend>") - 3)
    more = {f"f{fresh}-name": "Krone Ø", f"f{fresh}-type": "number", f"f{fresh}-unit": "m"}
    status, _, text = sent(steward, EDIT, "compare", **more)
    assert "Verträglich" in text
    assert "1.1.0" in text
    much = {**more, f"f{species}-name": "art", f"f{height}-high": "20", "changes-de": "Krone"}
    status, _, text = sent(steward, EDIT, "compare", **much)
    assert "Umzug nötig" in text
    assert 'value="krone_o"' in text or 'value="krone' in text
    status, where, text = sent(steward, EDIT, "publish", **much)
    assert (status, where) == (303, "/de/models/baeume/2.0.0")
    html = steward.get(where).text
    assert "1.0.0" in html
    assert "/de/models/baeume/2.0.0/move/baeume" in html
    diff = steward.get("/de/models/baeume/1.0.0/diff/2.0.0").text
    assert "art" in diff


def test_a_collection_moves_with_a_trial(steward: TestClient) -> None:
    move = "/de/models/baeume/2.0.0/move/baeume"
    html = steward.get(move).text
    assert form_of(html, move)["s-art"] == "baumart"
    status, _, text = sent(steward, move, "trial")
    assert status == 200
    assert "nichts wurde geändert" in text
    assert "<strong>8</strong>" in text  # higher than 20 m
    assert re.search(r'<span class="grow">[^<]*[Hh](ö|oe)he: Der Wert darf höchstens 20 sein', text)
    assert 'type="date"' in html
    assert "1.0.0" in steward.get("/de/collections/baeume").text
    status, where, text = sent(steward, move, "move", **{"c-art": "unbekannt"})
    assert (status, where) == (303, "/de/collections/baeume")
    found = steward.get("/ogc/collections/baeume/items?f=geojson&limit=1").json()
    assert "art" in found["features"][0]["properties"]
    with outside(steward):
        assert steward.get(move).status_code in (303, 401, 403)
