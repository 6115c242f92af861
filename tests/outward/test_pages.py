# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages on which people take part: follow, give feedback, present a showcase."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from tests.outward.conftest import Town, hidden

from allmende.core import participation

Visit = Callable[..., None]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202egnp.exe"


async def since(browser: Any, address: str) -> dict[str, str]:
    """What a person's form carries besides their words."""
    return {"since": hidden((await browser.get(address)).text, "since"), "website": ""}


def test_following_from_the_page_of_a_dataset_to_one_click(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = town.browser()
        page = (await browser.get("/de/datasets/trees")).text
        assert 'href="/de/follow?dataset=trees"' in page
        carried = await since(browser, "/de/follow?dataset=trees")
        asked = {**carried, "dataset": "trees", "search": "", "pace": "daily"}
        answer = await browser.post("/de/follow", data={**asked, "email": "erika@example.org"})
        assert answer.status_code == 200
        assert "Bitte sehen Sie in Ihr Postfach" in answer.text
        await town.letters()
        link = re.search(r"http://\S+/confirm\?key=\S+", town.box.text())
        assert link
        page = (await browser.get(link[0])).text
        assert "Titel trees" in page
        ident = link[0].split("/")[-2]
        key = hidden(page, "key")
        answer = await browser.post(f"/de/follow/{ident}/confirm", data={"key": key})
        assert answer.status_code == 303
        manage = answer.headers["location"]
        assert "Bestätigt" in (await browser.get(manage)).text
        key = re.search(r"key=([\w-]+)", manage)
        assert key
        given = {"key": key[1], "pace": "weekly", "language": "en"}
        answer = await browser.post(f"/de/follow/{ident}", data=given)
        page = (await browser.get(answer.headers["location"])).text
        assert '<option value="weekly" selected>' in page
        stop = f"/en/follow/{ident}/stop?key={key[1]}"
        assert (await browser.get(stop)).status_code == 200  # looking ends nothing
        assert (await browser.get(manage)).status_code == 200
        program = town.browser()
        del program.headers["origin"]
        body = {"List-Unsubscribe": "One-Click"}
        assert (await program.post(stop, data=body)).status_code == 200
        assert (await program.post(stop, data=body)).status_code == 200
        assert (await browser.get(manage)).status_code == 404
        wrong = await program.post(f"/en/follow/{ident}/stop?key=x", data=body)
        assert wrong.status_code == 404

    visit(scenario)


def test_following_what_is_hidden_or_with_a_bad_address(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = town.browser()
        assert (await browser.get("/de/follow?dataset=inside")).status_code == 404
        assert (await browser.get("/de/follow?dataset=none")).status_code == 404
        assert (await browser.get("/de/follow?search=bbox%3D1")).status_code == 400
        carried = await since(browser, "/de/follow?search=q%3Dtrees")
        asked = {**carried, "dataset": "", "search": "q=trees", "pace": "soon"}
        answer = await browser.post("/de/follow", data={**asked, "email": EVIL})
        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        assert "keine E-Mail-Adresse" in answer.text
        robot = {**asked, "email": "a@b.example", "website": "http://spam.example"}
        assert (await browser.post("/de/follow", data=robot)).status_code == 200
        await town.letters()
        assert not town.box.letters
        foreign = town.browser(origin="https://evil.example")
        answer = await foreign.post("/de/follow", data={**asked, "email": "a@b.example"})
        assert answer.status_code == 403

    lean(scenario)


def test_one_sees_and_ends_what_ones_account_follows(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = await town.signed_in("jena")
        carried = await since(browser, "/en/follow?dataset=inside")
        asked = {**carried, "dataset": "inside", "pace": "soon", "email": "s@jena.example"}
        await browser.post("/en/follow", data=asked)
        page = (await browser.get("/de/account/following")).text
        assert "Titel inside" in page
        given = {"id": hidden(page, "id"), "csrf": hidden(page, "csrf")}
        other = await town.signed_in("elsewhere")
        theirs = hidden((await other.get("/de/account/security")).text, "csrf")
        answer = await other.post("/de/account/following", data={**given, "csrf": theirs})
        assert answer.status_code == 404
        assert (await browser.post("/de/account/following", data=given)).status_code == 303
        assert "Titel inside" not in (await browser.get("/de/account/following")).text
        assert (await town.browser().get("/de/account/following")).status_code in (303, 401)

    visit(scenario)


def test_feedback_is_looked_at_answered_and_closed(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser, address = town.browser(), "/de/datasets/trees/feedback"
        said = {
            **await since(browser, address),
            "kind": "error",
            "text": f"Die Linde fehlt.\r\n\r\n{EVIL}",
            "name": "Erika <b>",
            "email": "erika@example.org",
        }
        answer = await browser.post(address, data=said)
        assert answer.status_code == 200
        assert "erscheint, wenn jemand" in answer.text
        assert "Die Linde fehlt" not in (await browser.get(address)).text
        await town.letters()
        assert [each["To"] for each in town.box.letters] == ["amt@jena.example"]
        link = re.search(r"http://\S+/feedback/\d+", town.box.text())
        assert link
        for stranger in (browser, await town.signed_in("elsewhere")):
            assert (await stranger.get(link[0])).status_code in (401, 403, 404)
        owner = await town.signed_in("jena")
        listed = (await owner.get("/de/feedback")).text
        assert "Die Linde fehlt" in listed
        assert "· trees ·" not in listed
        csrf = hidden((await owner.get(link[0])).text, "csrf")
        stolen = {"deed": "publish", "csrf": "x"}
        assert (await owner.post(link[0], data=stolen)).status_code == 403
        deed = {"deed": "publish", "csrf": csrf}
        assert (await owner.post(link[0], data=deed)).status_code == 303
        page = (await browser.get(address)).text
        assert "Die Linde fehlt." in page
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "erika@example.org" not in page
        done = {"deed": "answer", "csrf": csrf, "text": "Nachgetragen.", "outcome": "done"}
        assert (await owner.post(link[0], data=done)).status_code == 303
        page = (await browser.get(address)).text
        assert "Nachgetragen." in page
        assert "Umgesetzt" in page
        assert "steward-jena" not in page
        await town.letters()
        assert town.box.letters[-1]["To"] == "erika@example.org"
        assert "Nachgetragen." in town.box.text()
        refuse = {"deed": "refuse", "csrf": csrf}
        await owner.post(link[0], data=refuse)
        assert "Die Linde fehlt." not in (await browser.get(address)).text

    visit(scenario)


def test_private_notes_stay_private(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser, address = town.browser(), "/en/datasets/trees/feedback"
        said = {**await since(browser, address), "kind": "wish", "private": "1", "text": "Secret."}
        assert (
            "Those responsible have your message" in (await browser.post(address, data=said)).text
        )
        owner = await town.signed_in("jena")
        page = (await owner.get("/en/feedback")).text
        assert "Secret." in page
        one = re.search(r"/en/feedback/\d+", page)
        assert one
        csrf = hidden((await owner.get(one[0])).text, "csrf")
        answer = await owner.post(one[0], data={"deed": "publish", "csrf": csrf})
        assert answer.status_code == 409
        await owner.post(one[0], data={"deed": "answer", "csrf": csrf, "text": "Thanks."})
        for address in ("/en/datasets/trees/feedback", "/en/datasets/trees"):
            shown = (await browser.get(address)).text
            assert "Secret." not in shown
            assert "Thanks." not in shown

    lean(scenario)


BAD_FEEDBACK: tuple[dict[str, str], ...] = (
    {"text": "x"},
    {"text": "x" * 5_001},
    {"kind": "praise"},
    {"email": "none"},
    {"since": ""},
    {"since": "1.x"},
    {"name": "n" * 101},
)


def test_bad_feedback_is_answered_clearly(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser, address = town.browser(), "/de/datasets/trees/feedback"
        good = {**await since(browser, address), "kind": "wish", "text": "Mehr davon."}
        for changes in BAD_FEEDBACK:
            answer = await browser.post(address, data={**good, **changes})
            assert answer.status_code == 400, changes
            assert 'role="alert"' in answer.text
        assert (await browser.post("/de/datasets/inside/feedback", data=good)).status_code == 404

    lean(scenario)


def test_few_messages_from_one_network_and_forms_of_some_age(
    lean: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(town: Town) -> None:
        browser, address = town.browser(), "/de/datasets/trees/feedback"
        good = {**await since(browser, address), "kind": "wish", "text": "Mehr davon."}
        found = [(await browser.post(address, data=good)).status_code for _ in range(6)]
        assert found == [200] * participation.PER_MINUTE + [429]
        robot = {**good, "website": "x"}
        assert (await browser.post(address, data=robot)).status_code == 200
        monkeypatch.setattr(participation, "QUICKEST", 10 * participation.SECOND)
        assert (await browser.post(address, data=good)).status_code == 400
        monkeypatch.setattr(participation, "QUICKEST", 0)
        monkeypatch.setattr(participation, "OLDEST", -1)
        assert (await browser.post(address, data=good)).status_code == 400

    lean(scenario)


def test_feedback_can_be_open_or_off(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser, address = town.browser(), "/de/datasets/trees/feedback"
        good = {**await since(browser, address), "kind": "wish", "text": "Mehr davon."}
        assert "Mehr davon." in (await browser.post(address, data=good)).text

    async def closed(town: Town) -> None:
        page = (await town.browser().get("/de/datasets/trees/feedback")).text
        assert "<textarea" not in page
        answer = await town.browser().post("/de/datasets/trees/feedback", data={"since": ""})
        assert answer.status_code == 400

    lean(scenario, extra={"participation": {"feedback": "open"}})
    lean(closed, extra={"participation": {"feedback": "off"}})


# --- showcases -----------------------------------------------------------------------


def picture(kind: str = "PNG", size: tuple[int, int] = (1600, 800)) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    Image.new("RGB", size, (10, 120, 60)).save(made, kind, exif=exif)
    return made.getvalue()


def showcase(**changes: str) -> dict[str, str]:
    return {
        "kind": "application",
        "title": "Baumfreund",
        "text": f"Zeigt den nächsten Baum zum Gießen an. {EVIL}",
        "link": "https://baumfreund.example/app",
        "datasets": "trees http://127.0.0.1:8000/de/datasets/wells",
        "maker": "Erika",
        "email": "erika@example.org",
        **changes,
    }


def test_a_showcase_is_sent_in_looked_at_and_shown(visit: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = town.browser()
        sent = {**showcase(), **await since(browser, "/de/showcases/new")}
        answer = await browser.post(
            "/de/showcases/new",
            data=sent,
            files={"picture": ("tree.jpg", picture("JPEG"), "image/jpeg")},
        )
        assert answer.status_code == 200, answer.text
        assert "Ihr Vorschlag erscheint" in answer.text
        assert "Baumfreund" not in (await browser.get("/de/showcases")).text
        await town.letters()
        assert [each["To"] for each in town.box.letters] == ["betrieb@jena.example"]
        owner = await town.signed_in("jena")
        page = (await owner.get("/de/showcases?state=waiting")).text
        address = re.search(r"/de(/showcases/baumfreund-\w+)", page)
        assert address
        own = address[1]
        for path in (f"/de{own}", f"{own}.json", f"{own}/picture.webp"):
            assert (await browser.get(path, headers={"accept": "*/*"})).status_code == 404, path
        assert (await browser.get("/de/showcases?state=waiting")).status_code == 303
        csrf = hidden((await owner.get(f"/de{own}")).text, "csrf")
        decided = {"state": "published", "csrf": csrf}
        stranger = await town.signed_in("elsewhere")
        theirs = hidden((await stranger.get("/de/account/security")).text, "csrf")
        foreign = await stranger.post(f"/de{own}", data={**decided, "csrf": theirs})
        assert foreign.status_code == 404
        assert (await owner.post(f"/de{own}", data=decided)).status_code == 303
        page = (await browser.get(f"/de{own}")).text
        assert "Titel trees" in page
        assert "Titel wells" in page
        assert "<script>alert" not in page
        assert "erika@example.org" not in page
        assert 'rel="nofollow ugc noopener"' in page
        assert "Baumfreund" in (await browser.get("/de/datasets/trees")).text
        assert "Baumfreund" in (await browser.get("/de/showcases")).text
        shown = await browser.get(f"{own}/picture.webp")
        assert shown.headers["content-type"] == "image/webp"
        check_picture(shown.content)

    visit(scenario)


def check_picture(content: bytes) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as made:
        assert made.format == "WEBP"
        assert made.size == (1200, 600)
        assert not made.getexif()
    assert b"Secret Camera" not in content


def bomb() -> bytes:
    """The beginning of a PNG picture of 81 million pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 9_000, 9_000, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1_000))
    chunks = [
        struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (head, data)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


BAD_SHOWCASES: tuple[tuple[dict[str, str], bytes], ...] = (
    ({"link": "javascript:alert(1)"}, b""),
    ({"link": "https://user:pass@x.example"}, b""),
    ({"link": "http://localhost/"}, b""),
    ({"link": "https://x.example/" + "a" * 500}, b""),
    ({"datasets": "inside"}, b""),
    ({"datasets": ""}, b""),
    ({"datasets": " ".join(f"d{n}" for n in range(21))}, b""),
    ({"text": "kurz"}, b""),
    ({"title": ""}, b""),
    ({"kind": "spam"}, b""),
    ({}, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ({}, b"GIF89a" + b"\x00" * 50),
    ({}, picture()[:200]),
    ({}, bomb()),
    ({}, b"x" * 5_000_001),
)


def test_bad_showcases_are_refused(lean: Visit) -> None:
    async def scenario(town: Town) -> None:
        browser = town.browser()
        carried = await since(browser, "/de/showcases/new")
        for changes, content in BAD_SHOWCASES:
            sent = {**showcase(), **carried, **changes}
            files = {"picture": ("../../x.png", content, "image/png")} if content else None
            answer = await browser.post("/de/showcases/new", data=sent, files=files)
            assert answer.status_code in (400, 413), (changes, content[:20])
            assert 'role="alert"' in answer.text
        owner = await town.signed_in("jena")
        assert "Baumfreund" not in (await owner.get("/de/showcases?state=waiting")).text

    lean(scenario)
