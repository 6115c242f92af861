# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letters: sent behind the change that wrote them, by a real mail server, without leaking."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import missing
from tests.support.platforms import run_scenario, settings_for
from tests.support.postbox import Postbox, postbox

from allmende.core import mail
from allmende.core.platform import Platform
from allmende.core.work import registry
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.store import jobs
from allmende.store import mail as rows

DEED = "Bitte bestätigen Sie: https://daten.example/de/x?code=" + "a" * 90


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as found:
        yield found


def plain(box: Postbox, **changes: Any) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": box.port,
        "smtp_security": "none",
        "smtp_from": "daten@jena.example",
        "smtp_seconds": 5.0,
        "site_name": "Jena",
        **changes,
    }


async def work(platform: Platform) -> None:
    """Does every waiting letter once."""
    for job in await platform.store.read(jobs.jobs, "waiting", None, 100):
        await registry().handlers[job.kind](platform, job.arguments)


def test_a_letter_is_sent_once_and_forgotten(engine: str, tmp_path: Path, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        await mail.send(platform, "erika@example.org", "Grüße aus Jena", DEED)
        waiting = await platform.store.read(jobs.jobs, "waiting", None, 100)
        assert "erika" not in str([each.arguments for each in waiting])
        await work(platform)
        await work(platform)
        assert await platform.store.read(rows.count) == 0

    run_scenario(settings_for(engine, tmp_path, **plain(box)), scenario)
    assert len(box.letters) == 1
    letter = box.letters[0]
    assert box.envelopes == [("daten@jena.example", ["erika@example.org"])]
    assert letter["Subject"] == "Grüße aus Jena"
    assert letter["To"] == "erika@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert DEED in box.text()


@pytest.mark.parametrize(
    "address",
    [
        "a@b.de\nBcc: all@example.org",
        "a@b.de\r\nX: y",
        "a b@c.de",
        "<a@b.de>",
        "a@b.de, c@d.de",
        "a@b",
        "@b.de",
        "a@",
        "",
        "a@-b.de",
        "a..b@c.de",
        "x" * 300 + "@b.de",
        '"a b"@c.de',
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput):
        mail.checked_address(address)


def test_addresses_with_letters_of_the_world_are_understood() -> None:
    assert mail.checked_address(" erika@münchen.example ") == "erika@xn--mnchen-3ya.example"
    assert mail.checked_address("o'neil+x@sub.example.org") == "o'neil+x@sub.example.org"


def test_a_subject_cannot_add_headers(tmp_path: Path, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        subject = "Hallo\r\nBcc: all@example.org\r\n\r\nevil"
        await mail.send(platform, "erika@example.org", subject, "Text\r\n.\r\nMAIL FROM:<x@y.z>")
        await work(platform)

    run_scenario(settings_for("", tmp_path, **plain(box)), scenario)
    assert box.letters[0]["Bcc"] is None
    assert box.envelopes[0][1] == ["erika@example.org"]
    assert box.letters[0]["Subject"] == "Hallo Bcc: all@example.org evil"
    assert "MAIL FROM" in box.text()


def test_addresses_in_headers_of_lists_stay_whole() -> None:
    """Programs that read RFC 2369 and RFC 8058 decode no RFC 2047."""
    address = "<https://opendata.verwaltungsgemeinschaft.example/de/follow/f-0123/stop?key=a_b>"
    letter = rows.Waiting(1, "erika@example.org", "Geändert: " + "ä" * 150, "Text", 0)
    settings = settings_for("", Path(), smtp_from="daten@jena.example")
    written = mail.written(settings, letter, {"List-Unsubscribe": address}).as_bytes()
    assert f"List-Unsubscribe: {address}\r\n".encode() in written
    assert all(len(line) <= 98 for line in written.split(b"\r\n"))


def test_a_lasting_refusal_ends_it_and_names_nobody(
    tmp_path: Path, box: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.to_recipient = "550"

    async def scenario(platform: Platform) -> None:
        await mail.send(platform, "erika@example.org", "Hallo", "Text")
        await work(platform)
        assert await platform.store.read(rows.count) == 0

    run_scenario(settings_for("", tmp_path, **plain(box)), scenario)
    assert "was refused: 550" in caplog.text
    assert "erika" not in caplog.text


@pytest.mark.parametrize("where", ["to_recipient", "to_data"])
def test_a_passing_refusal_is_tried_again(tmp_path: Path, box: Postbox, where: str) -> None:
    setattr(box, where, "451")

    async def scenario(platform: Platform) -> None:
        await mail.send(platform, "erika@example.org", "Hallo", "Text")
        with pytest.raises(SourceUnavailable) as caught:
            await work(platform)
        assert "erika" not in str(caught.value.text)
        setattr(box, where, "")
        await work(platform)

    run_scenario(settings_for("", tmp_path, **plain(box)), scenario)
    assert len(box.letters) == 1


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with postbox() as gone:
        values = plain(gone)

    async def scenario(platform: Platform) -> None:
        await mail.send(platform, "erika@example.org", "Hallo", "Text")
        with pytest.raises(SourceUnavailable):
            await work(platform)
        assert await platform.store.read(rows.count) == 1

    run_scenario(settings_for("", tmp_path, **values), scenario)


def test_a_password_is_not_sent_in_the_clear(tmp_path: Path, box: Postbox) -> None:
    values = plain(box, smtp_user="allmende", smtp_password="geheim", smtp_host="mail.example")
    assert mail.possible(settings_for("", tmp_path, **values))

    async def scenario(platform: Platform) -> None:
        await mail.send(platform, "erika@example.org", "Hallo", "Text")
        with pytest.raises(SourceUnavailable):
            await work(platform)

    run_scenario(settings_for("", tmp_path, **values), scenario)
    assert not box.logins


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        missing("openssl", "openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(made), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return made, key


@pytest.mark.parametrize("trusted", [True, False])
def test_encryption_is_checked_before_the_password_goes(
    tmp_path: Path, certificate: tuple[Path, Path], trusted: bool
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with postbox(tls, asks=True) as box:
        values = plain(
            box,
            smtp_security="starttls",
            smtp_user="allmende",
            smtp_password="geheim",
            smtp_authorities=str(certificate[0]) if trusted else "",
        )

        async def scenario(platform: Platform) -> None:
            await mail.send(platform, "erika@example.org", "Hallo", "Text")
            if trusted:
                await work(platform)
            else:
                with pytest.raises(SourceUnavailable):
                    await work(platform)

        run_scenario(settings_for("", tmp_path, **values), scenario)
        assert box.logins == ([("allmende", "geheim")] if trusted else [])
        assert len(box.letters) == int(trusted)


def test_a_letter_of_a_change_that_fails_is_never_sent(tmp_path: Path, box: Postbox) -> None:
    async def scenario(platform: Platform) -> None:
        def change(db: Any) -> None:
            mail.put(db, "erika@example.org", "Hallo", "Text")
            raise InvalidInput("no", "nein")

        with pytest.raises(InvalidInput):
            await platform.store.write(change)
        assert await platform.store.read(rows.count) == 0
        assert not await platform.store.read(jobs.jobs, "waiting", None, 100)

    run_scenario(settings_for("", tmp_path, **plain(box)), scenario)
