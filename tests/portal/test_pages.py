# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every page type in both languages: well-formed, complete, without inline code, no dead link."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.testclient import TestClient
from tests.portal import city
from tests.portal.city import LANGUAGES, PATHS
from tests.support.platforms import run_scenario

from allmende.core import harvest
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.policy import SYSTEM
from allmende.portal.names import licence_title
from allmende.web.app import Application
from allmende.web.rooms import rooms

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
MAX_BYTES = 60_000


class Reader(HTMLParser):
    """Collects what the tests ask for, and faults of nesting."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.headings: list[int] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(given["id"] or "")
        self.links += [given[name] or "" for name in ("href", "src", "action") if name in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> in {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_is_whole(client: TestClient, paths: dict[str, str], path: str, language: str) -> None:
    answer = client.get(f"/{language}{paths[path]}")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < MAX_BYTES
    page = read(answer.text)
    assert not page.faults
    assert not page.open
    assert ("html", {"lang": language}) in page.tags
    assert answer.headers["content-language"] == language
    assert page.headings.count(1) == 1
    assert page.headings[0] <= 2
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps), page.headings
    assert len(page.ids) == len(set(page.ids)), "an id is there twice"
    assert re.search(r"<title>.+ – Allmende Jena</title>|<title>Allmende Jena – ", answer.text)
    landmarks = [tag for tag, _ in page.tags]
    assert landmarks.count("main") == landmarks.count("header") == landmarks.count("footer") == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_has_no_inline_code_and_nothing_foreign(
    client: TestClient, paths: dict[str, str], path: str, language: str
) -> None:
    answer = client.get(f"/{language}{paths[path]}")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for tag, attributes in read(answer.text).tags:
        assert tag != "style"
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        if tag == "script":
            assert attributes.get("type") == "application/ld+json" or attributes.get("src")
        if tag in ("script", "img", "iframe", "source") and attributes.get("src"):
            assert (attributes["src"] or "").startswith("/static/")
        if tag == "link" and attributes.get("rel") in ("stylesheet", "icon"):
            assert (attributes["href"] or "").startswith("/static/")


@pytest.mark.parametrize("path", PATHS)
def test_both_languages_name_each_other(
    client: TestClient, paths: dict[str, str], path: str
) -> None:
    for language in LANGUAGES:
        page = read(client.get(f"/{language}{paths[path]}").text)
        other = {
            attributes["hreflang"]: attributes["href"]
            for tag, attributes in page.tags
            if tag == "link" and attributes.get("hreflang")
        }
        assert other == {tag: f"{city.BASE}/{tag}{paths[path]}" for tag in LANGUAGES}
        canonical = next(a["href"] for t, a in page.tags if a.get("rel") == "canonical")
        assert canonical == other[language]
        assert f"/{'en' if language == 'de' else 'de'}{paths[path]}" in page.links


def test_no_link_is_dead(client: TestClient, paths: dict[str, str]) -> None:
    """Every address of this server on any German page answers, with its fragment."""
    seen: dict[str, str] = {}
    for path in paths.values():
        address = f"/de{path}"
        for link in read(client.get(address).text).links:
            target = urljoin(city.BASE + address, link)
            if target.startswith(city.BASE) and "/logout" not in target:
                seen.setdefault(target.removeprefix(city.BASE), address)
    assert len(seen) > 100
    dead = {}
    for target, source in sorted(seen.items()):
        parts = urlsplit(target)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        answer = client.get(path, headers={"accept": "*/*"})
        if answer.status_code not in (200, 303):
            dead[target] = (answer.status_code, source)
    assert not dead


def test_language_of_foreign_texts_is_marked(client: TestClient, paths: dict[str, str]) -> None:
    page = client.get("/en" + paths["/datasets/{harvested}"]).text
    assert re.search(r'<h1 lang="de">Brunnen', page)
    assert re.search(r'<div class="prose" lang="de">', page)


def test_texts_of_records_cannot_break_out(client: TestClient, paths: dict[str, str]) -> None:
    html = client.get("/de" + paths["/datasets/{harvested}"]).text
    assert "alert(1)" not in html
    assert "&lt;b&gt;der&lt;/b&gt;" in html
    block = html.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    document = json.loads(block)
    assert document["@type"] == "Dataset"
    assert document["name"] == "Brunnen </script><b>der</b> Stadt"
    assert document["publisher"]["name"] == "Nachbarstadt & Söhne <Amt>"


def test_dataset_page_says_what_one_wants_to_know(client: TestClient) -> None:
    html = client.get("/de/datasets/trees").text
    text = " ".join(" ".join(read(html).text).split())
    for said in (
        "Baumkataster der Stadt Jena",
        "Veröffentlicht von Stadt Jena",
        "Herunterladen",
        "Bedingung: Quelle nennen",
        "Auch geschäftlich",
        "Ein Blick hinein",
        "Fraxinus",
        "Zitieren",
    ):
        assert said in text
    assert f'href="{city.BASE}/files/trees/trees.csv"' in html
    assert '/datasets/trees.jsonld"' in html
    assert "<svg" in html


def test_harvested_dataset_shows_origin_and_notes(
    client: TestClient, paths: dict[str, str]
) -> None:
    text = " ".join(read(client.get("/de" + paths["/datasets/{harvested}"]).text).text)
    assert "Hinweise zur Qualität" in text
    assert "Übernommen aus der Quelle" in text
    assert "Nicht geschäftlich" in text


def test_start_page_asks_before_it_shows(client: TestClient) -> None:
    html = client.get("/de/").text
    assert "Die Daten von Jena gehören allen" in html
    assert html.index('type="search"') < html.index("Themen")
    assert 'class="strip tone tone-ENVI"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_page_is_told_in_the_language_of_its_address(
    client: TestClient, language: str
) -> None:
    answer = client.get(f"/{language}/datasets/no-such-thing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    page = read(answer.text)
    assert ("html", {"lang": language}) in page.tags
    assert page.headings.count(1) == 1
    assert "no-such-thing" in answer.text
    assert 'name="robots" content="noindex"' in answer.text


def test_static_files_are_named_by_content(client: TestClient) -> None:
    html = client.get("/de/about").text
    found = re.findall(r'"(/static/[^"]+)"', html)
    assert len(found) == 5
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        tag = answer.headers["etag"]
        assert client.get(address, headers={"if-none-match": tag}).status_code == 304
    assert client.get("/static/../page.py").status_code == 404
    assert client.get("/static/none.css").status_code == 404


def test_suggestions_are_a_json_list(client: TestClient) -> None:
    found = client.get("/de/suggest?q=bau").json()
    assert found
    assert all(isinstance(word, str) for word in found)
    assert client.get("/de/suggest?q=").json() == []


def test_colours_of_the_city_come_from_the_settings(city_settings: Settings) -> None:
    from allmende.errors import InvalidInput
    from allmende.portal.site import PortalSettings, colours, site

    assert "#123456" in colours(PortalSettings(accent="#123456"))
    from msgspec.structs import replace

    with pytest.raises(InvalidInput, match="portal"):
        site(replace(city_settings, extra={"portal": {"accent": "red;}body{"}}))


def test_a_guessed_address_leads_to_the_publishers(client: TestClient) -> None:
    answer = client.get("/de/organisations")
    assert (answer.status_code, answer.headers["location"]) == (308, "/de/publishers")


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("/account/tokens", "/account"),
        ("/account/password", "/account"),
        ("/people/invite", "/people"),
        ("/citizens/invite", "/citizens"),
        ("/my-data/change", "/my-data"),
    ],
)
def test_the_address_of_an_answer_leads_to_its_form(
    client: TestClient, answer: str, form: str
) -> None:
    led = client.get(f"/en{answer}")
    assert (led.status_code, led.headers["location"]) == (303, f"/en{form}")


def test_a_page_after_the_last_says_so(client: TestClient) -> None:
    answer = client.get("/en/datasets?page=400")
    assert answer.status_code == 404
    assert "the last is page" in answer.text
    assert re.search(r'href="/en/datasets(\?page=\d+)?">To the last page', answer.text)
    assert client.get("/en/datasets?q=xyzxyz").status_code == 200


def test_a_search_for_signs_is_headed_by_them(client: TestClient) -> None:
    html = client.get("/de/datasets?q=%22A%26B%22").text
    assert "Daten zu „&#34;A&amp;B&#34;“" in html
    assert "&amp;amp;" not in html
    assert "&amp;#34;" not in html


def test_a_licence_is_headed_by_its_whole_name() -> None:
    iri = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert licence_title(iri, "de") == "Datenlizenz Deutschland Namensnennung 2.0 (dl-de/by-2-0)"
    assert licence_title("http://dcat-ap.de/def/licenses/cc-by/4.0", "en").endswith("(CC BY 4.0)")
    assert licence_title("https://example.org/own", "de") == "own"


def test_a_harvest_that_found_nothing_is_not_called_complete(tmp_path: Path) -> None:
    (tmp_path / "empty.ttl").write_text("# nothing\n", "utf-8")
    made = city.settings(tmp_path)

    async def scenario(platform: Platform) -> None:
        for ident, name in (("leer", "empty.ttl"), ("falsch", "gone.ttl")):
            source = harvest.source_for(
                str(tmp_path / name), kind="dcat", catalogue=ident, organisation="jena"
            )
            source.id = ident
            await harvest.define(platform, SYSTEM, source)
            await harvest.execute(platform, SYSTEM, source.id, files=True)

    run_scenario(made, scenario)
    app = Application(made, rooms())
    with TestClient(app, base_url=city.BASE, headers={"accept": "text/html"}) as found:
        page = found.get("/en/harvests").text
        assert "nothing found" in page
        assert "complete" not in re.sub("incomplete", "", page)
        report = found.get("/en/harvests/falsch/runs/2").text
        told = re.findall(r'<p class="notice bad">([^<]*)', report)
        assert len(told) == 1
        assert report.count(told[0]) == 1
