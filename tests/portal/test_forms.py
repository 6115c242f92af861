# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Searching, signing in, tokens and the query page, as a person uses them."""

import re

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient
from tests.portal import city

from allmende.portal.search_form import SearchForm, page_numbers, read

ENVI = "http://publications.europa.eu/resource/authority/data-theme/ENVI"
ORIGIN = {"origin": city.BASE}


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def test_facets_are_a_form_and_chips_undo_them(client: TestClient) -> None:
    html = client.get("/de/datasets", params={"q": "baum", "theme": ENVI}).text
    assert re.search(rf'name="theme" value="{ENVI}" checked', html)
    assert 'class="chip" href="/de/datasets?q=baum"' in html
    assert "Filter entfernen:" in html


def test_values_of_one_facet_are_alternatives(client: TestClient) -> None:
    def total(*formats: str) -> int:
        html = client.get("/en/datasets", params={"format": list(formats)}).text
        found = re.search(r'id="hits">([\d,]+) dataset', html)
        assert found
        return int(found[1].replace(",", ""))

    assert max(total("CSV"), total("GEOJSON")) < total("CSV", "GEOJSON")


def test_pages_follow_each_other(client: TestClient) -> None:
    html = client.get("/de/datasets?limit=10&page=2").text
    assert '<link rel="prev" href="/de/datasets?limit=10">' in html
    assert 'rel="next" href="/de/datasets?limit=10&amp;page=3"' in html
    assert 'aria-current="page"><span class="hidden">Seite </span>2' in html


def test_the_city_is_one_step_away(client: TestClient) -> None:
    html = client.get("/en/datasets?q=baum").text
    assert 'href="/en/datasets?q=baum&amp;bbox=11.5%2C50.86%2C11.67%2C50.98"' in html
    there = client.get("/en/datasets?q=baum&bbox=11.5,50.86,11.67,50.98").text
    assert "Only in Jena" not in there
    assert "Remove filter:" in there


def test_nothing_found_is_explained(client: TestClient) -> None:
    html = client.get("/en/datasets?q=einhornzucht").text
    assert "Nothing found" in html
    assert "Browse all data" in html


def test_a_misspelt_word_gets_a_proposal(client: TestClient) -> None:
    html = client.get("/de/datasets?q=Baumkatastr").text
    assert "Meinten Sie" in html or "Kein Datensatz enthält" in html


def test_a_wrong_box_or_date_is_named_and_the_rest_still_works(client: TestClient) -> None:
    answer = client.get("/de/datasets?q=baum&west=x&start=gestern")
    assert answer.status_code == 200
    assert "bitte West, Süd, Ost und Nord in Grad angeben" in answer.text
    assert "bitte ein Datum wie 2024-05-31 angeben" in answer.text
    assert "Baumkataster" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "q=baum&theme=a&theme=b&bbox=11.5,50.8,11.7,51&start=2010&end=2020-05&sort=title",
        "q=x&limit=50&page=3",
        "publisher=Stadt+Jena&keyword=Baum",
        "",
    ],
)
def test_a_form_written_back_is_the_same_form(query: str) -> None:
    form = read(QueryParams(query))
    again = read(QueryParams(form.pairs()))
    assert again == form
    assert not form.wrong


@pytest.mark.parametrize(
    "query",
    ["bbox=1,2,3", "bbox=12,50,11,51", "north=91&south=1&west=1&east=2", "start=2020-13", "end=x"],
)
def test_what_cannot_be_understood_is_named(query: str) -> None:
    assert len(read(QueryParams(query)).wrong) == 1


def test_date_fields_get_whole_days() -> None:
    form = read(QueryParams("start=2010&end=2012"))
    assert (form.first_day, form.last_day) == ("2010-01-01", "2012-12-31")
    form = read(QueryParams("start=2010-05&end=2012-02"))
    assert (form.first_day, form.last_day) == ("2010-05-01", "2012-02-29")
    form = read(QueryParams("start=2010-05-06&end=2012-02-03"))
    assert (form.first_day, form.last_day) == ("2010-05-06", "2012-02-03")
    assert (read(QueryParams("")).first_day, read(QueryParams("")).last_day) == ("", "")


def test_numbers_are_held_within_bounds() -> None:
    form = read(QueryParams("page=99999999&limit=77&sort=evil"))
    assert (form.size, form.sort) == (20, None)
    assert form.offset < 10_000
    assert read(QueryParams("page=-3")).page == 1
    assert SearchForm(text="x").order == "relevance"


def test_page_numbers_leave_out_the_middle() -> None:
    assert page_numbers(1, 1) == [1]
    assert page_numbers(2, 4) == [1, 2, 3, 4]
    assert page_numbers(6, 20) == [1, None, 5, 6, 7, None, 20]
    assert page_numbers(4, 9) == [1, 2, 3, 4, 5, None, 9]


def test_who_is_not_signed_in_is_led_to_the_sign_in(client: TestClient) -> None:
    answer = client.get("/de/account")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/de/login?next=%2Fde%2Faccount"


def test_wrong_password_shows_the_form_again(client: TestClient) -> None:
    answer = client.post("/en/login", data={"login": "ada", "password": "wrong"}, headers=ORIGIN)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert 'value="ada"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("then", ["//evil.example/", "https://evil.example", "/de//x", "/de/\\x"])
def test_sign_in_never_leads_to_another_site(then: str) -> None:
    from allmende.portal.views.account import onward

    assert onward(then) == "/account"
    assert onward("/de/datasets/inside") == "/datasets/inside"


def test_cookie_of_a_session_is_not_for_scripts(inside: TestClient) -> None:
    answer = inside.post(
        "/de/login", data={"login": city.LOGIN, "password": city.PASSWORD}, headers=ORIGIN
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_account_page_shows_roles_and_tokens(inside: TestClient) -> None:
    html = inside.get("/de/account").text
    assert "Ada Beispiel" in html
    assert "Datenverantwortung" in html
    assert "Vergeblich gesucht" in html


def test_token_is_made_shown_once_and_revoked(inside: TestClient) -> None:
    csrf = csrf_of(inside.get("/de/account").text)
    form = {
        "csrf": csrf,
        "name": "Messprogramm",
        "organisation": "jena",
        "role": "reader",
        "scope-catalogue:read": "1",
        "days": "30",
    }
    made = inside.post("/de/account/tokens", data=form, headers=ORIGIN)
    key = re.search(r"alm_[0-9a-f]+", made.text)
    assert made.status_code == 200
    assert key
    page = inside.get("/de/account").text
    assert key[0] not in page
    assert "Messprogramm" in page
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    data = {"csrf": csrf, "token": token[1]}
    assert inside.post("/de/account/tokens/revoke", data=data, headers=ORIGIN).status_code == 303
    assert "Messprogramm" not in inside.get("/de/account").text


def test_form_without_its_mark_is_refused(inside: TestClient) -> None:
    answer = inside.post("/de/account/tokens", data={"name": "x"}, headers=ORIGIN)
    assert answer.status_code == 403
    answer = inside.post("/de/logout", data={"csrf": "wrong"}, headers=ORIGIN)
    assert answer.status_code == 403


def test_form_from_another_site_is_refused(inside: TestClient) -> None:
    answer = inside.post(
        "/de/logout",
        data={"csrf": csrf_of(inside.get("/de/account").text)},
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403


def test_a_weak_new_password_is_refused_with_a_reason(inside: TestClient) -> None:
    csrf = csrf_of(inside.get("/de/account").text)
    data = {"csrf": csrf, "old": city.PASSWORD, "new": "kurz"}
    answer = inside.post("/de/account/password", data=data, headers=ORIGIN)
    assert answer.status_code >= 400
    assert 'role="alert"' in answer.text


def test_signing_out_ends_the_session(inside: TestClient) -> None:
    csrf = csrf_of(inside.get("/de/account").text)
    answer = inside.post("/de/logout", data={"csrf": csrf}, headers=ORIGIN)
    assert answer.headers["location"] == "/de/"
    assert inside.get("/de/account").status_code == 303


def test_zero_hit_report_is_for_stewards(inside: TestClient) -> None:
    assert "einhornzucht" in inside.get("/de/account/searches").text
    inside.cookies.clear()
    assert inside.get("/de/account/searches").status_code == 403


def test_draft_says_why_one_sees_it(inside: TestClient) -> None:
    html = inside.get("/de/datasets/inside").text
    assert "Entwurf" in html
    assert "§ 30 AO" in html
    inside.cookies.clear()
    assert inside.get("/de/datasets/inside").status_code == 404


def test_query_page_answers_as_a_table(client: TestClient) -> None:
    query = "SELECT ?d WHERE { ?d a <http://www.w3.org/ns/dcat#Dataset> } LIMIT 3"
    answer = client.get("/en/sparql", params={"query": query})
    assert answer.status_code == 200
    assert answer.text.count("<tr>") == 4
    assert "3 rows." in answer.text
    assert "format=csv" in answer.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("ASK { ?s ?p ?o }", "Yes, this is so."),
        ("CONSTRUCT { ?d a ?d } WHERE { ?d a <http://www.w3.org/ns/dcat#Catalog> }", "<pre"),
    ],
)
def test_query_page_knows_every_form(client: TestClient, query: str, said: str) -> None:
    assert said in client.get("/en/sparql", params={"query": query}).text


def test_query_page_says_what_is_wrong(client: TestClient) -> None:
    answer = client.get("/de/sparql", params={"query": "SELEKT"})
    assert answer.status_code == 400
    assert 'id="query-error"' in answer.text
    assert "SELEKT" in answer.text


def test_trial_run_is_for_those_who_harvest(inside: TestClient) -> None:
    page = inside.get("/de/harvests/nachbar").text
    assert "Probelauf starten" not in page
    csrf = csrf_of(inside.get("/de/account").text)
    answer = inside.post("/de/harvests/nachbar/preview", data={"csrf": csrf}, headers=ORIGIN)
    assert answer.status_code == 403
