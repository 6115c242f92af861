# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Letters by e-mail: put in with a change, sent behind it by a job, forgotten when sent.

Who writes one calls `put` inside the transaction of the change (or `send`), after asking
`possible`. A letter is plain text to one person. What a job keeps of it is its number alone,
and no error and no log line names whom it was for. A letter with a kind is only written when it
is sent, by the writer of its kind, so that it tells what its reader may know at that moment.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
from msgspec import Struct, structs

from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import Busy, InvalidInput, SourceUnavailable
from allmende.store import Connection, following_refusals, jobs, mail

JOB_KIND = "mail"
SUBJECT_LONGEST = 200
TEXT_LONGEST = 100_000
MOST_WAITING = 10_000
TRIES = 10
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3
PERMANENT = 500
REFUSALS = 3
REFUSED_FOR = 2 * 86_400 * 1_000_000
"""Refusals of a mailbox in a row, and µs between the first and the last, that end its follows."""
_POLICY = re.compile(rb"5\.[3467]\.")  # RFC 3463: system, network, content, policy
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", re.ASCII)
log = logging.getLogger("allmende.jobs")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class Written(Struct, frozen=True):
    """What a writer makes of a letter: subject, text and further headers."""

    subject: str
    text: str
    headers: Mapping[str, str] = {}


class _Policy(EmailPolicy):
    """How a message becomes bytes; addresses in headers of lists stay whole (RFC 2369 §2)."""

    def fold(self, name: str, value: str) -> str:
        """A header; one of a list in one line, since readers do not decode it."""
        return f"{name}: {value}\r\n" if _is_list(name) else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as bytes."""
        return (
            self.fold(name, value).encode() if _is_list(name) else super().fold_binary(name, value)
        )


def _is_list(name: str) -> bool:
    return name.lower().startswith("list-")


Writer = Callable[[Platform, mail.Waiting], Awaitable[Written | None]]
"""Writes the letters of a kind when they are sent; None when there is nothing to send any more."""

WRITERS: dict[str, Writer] = {}


def possible(settings: Settings) -> bool:
    """Whether letters can be sent: a server and a sender are set."""
    return bool(settings.smtp_host and settings.smtp_from)


def checked_address(text: str) -> str:
    """An e-mail address as it is written on a letter. InvalidInput when it is none.

    Names of domains with letters beyond ASCII are turned into their ASCII form (RFC 5891).
    """
    name, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        at = ""
    address = f"{name}{at}{domain}"
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise InvalidInput(
            "This is no e-mail address; write it like name@example.org.",
            "Das ist keine E-Mail-Adresse; sie sieht so aus: name@example.org.",
        )
    return address


def put(db: Connection, recipient: str, subject: str, text: str, kind: str = "") -> int:
    """Puts a letter in as a part of a transaction: it is sent exactly when that is committed.

    With a kind of `WRITERS`, the text is what that writer needs to know.
    InvalidInput for an address that is none or a text over 100,000 characters; Busy when
    10,000 letters wait already.
    """
    address = checked_address(recipient)
    if len(text) > TEXT_LONGEST:
        raise InvalidInput("The letter is too long.", "Der Brief ist zu lang.")
    if mail.count(db) >= MOST_WAITING:
        raise Busy(
            "Too many letters wait to be sent; try again later.",
            "Zu viele E-Mails warten auf den Versand; bitte später noch einmal.",
        )
    number = mail.add(db, address, one_line(subject), text, kind)
    jobs.enqueue(db, JOB_KIND, {"mail": number}, key=f"mail {number}", most_tries=TRIES)
    return number


async def send(platform: Platform, recipient: str, subject: str, text: str) -> int:
    """The same as a change of its own."""
    return await platform.store.write(put, recipient, subject, text)


def one_line(text: str) -> str:
    """A text without line breaks and control characters, at most 200 characters."""
    return _CONTROLS.sub(" ", text).strip()[:SUBJECT_LONGEST]


async def deliver(platform: Platform, arguments: Mapping[str, Any]) -> None:
    """The job: hands a letter to the server and forgets it.

    A server that refuses it for ever (5xx) ends it; SourceUnavailable has it tried again. What
    is followed with a mailbox that refuses three letters in a row over two days ends.
    """
    number = int(arguments["mail"])
    letter = await platform.store.read(mail.waiting, number)
    if letter is None:
        return
    if not possible(platform.settings):
        raise _unavailable("no mail server is set (smtp_host, smtp_from)")
    headers: Mapping[str, str] = {}
    if letter.kind:
        found = await WRITERS[letter.kind](platform, letter)
        if found is None:
            await platform.store.write(mail.remove, number)
            return
        subject = one_line(found.subject)
        letter, headers = structs.replace(letter, subject=subject, body=found.text), found.headers
    message = written(platform.settings, letter, headers)
    refused = await anyio.to_thread.run_sync(_hand_over, platform.settings, message)
    ended = await platform.store.write(_done, letter, refused)
    if refused:
        log.warning("mail %d was refused: %d", number, refused.code)
    if ended:
        log.warning("mail %d: its mailbox refuses again and again, %d follows end", number, ended)


def _done(db: Connection, letter: mail.Waiting, refused: Refused | None) -> int:
    """Forgets a letter that was taken or refused; how much following ended with it."""
    mail.remove(db, letter.id)
    if refused is None:
        following_refusals.accepted(db, letter.recipient)
    elif refused.by_mailbox:
        return following_refusals.refused(db, letter.recipient, REFUSALS, REFUSED_FOR)
    return 0


def written(
    settings: Settings, letter: mail.Waiting, headers: Mapping[str, str] | None = None
) -> EmailMessage:
    """The message of a letter (RFC 5322), marked as sent by a program (RFC 3834)."""
    message = EmailMessage(policy=_Policy(linesep="\r\n"))
    host = urlsplit(settings.base_url).hostname or "localhost"
    message["From"] = formataddr((one_line(settings.site_name), settings.smtp_from))
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.created // 1_000_000, UTC))
    message["Message-ID"] = f"<{letter.id}.{letter.created}@{host}>"  # the same when tried again
    message["Auto-Submitted"] = "auto-generated"
    if settings.operator_email:
        message["Reply-To"] = one_line(settings.operator_email)
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    return message


class Refused(Struct, frozen=True):
    """A refusal for ever: its code, and whether the mailbox refuses and not the letter."""

    code: int
    by_mailbox: bool = False


def _hand_over(settings: Settings, message: EmailMessage) -> Refused | None:
    """Sends a message; None or how the server refuses it for ever."""
    try:
        with _connected(settings) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        return _final(code, by_mailbox=not _POLICY.match(said))
    except smtplib.SMTPResponseException as error:
        if isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
            return _final(error.smtp_code)
        raise _unavailable(f"the mail server answers {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError, MessageError) as error:
        raise _unavailable(f"the mail server cannot be used ({type(error).__name__})") from None
    return None


def _final(code: int, *, by_mailbox: bool = False) -> Refused:
    """A lasting refusal, its code alone, since servers repeat the address in what they say;
    SourceUnavailable for a passing one."""
    if code < PERMANENT:
        raise _unavailable(f"the mail server answers {code}")
    return Refused(code, by_mailbox)


def _connected(settings: Settings) -> smtplib.SMTP:
    """A session with the server, encrypted and signed in as the settings say."""
    host, port, seconds = settings.smtp_host, settings.smtp_port, settings.smtp_seconds
    name = urlsplit(settings.base_url).hostname or "localhost"
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, local_hostname=name, timeout=seconds, context=_trust(settings)
        )
    else:
        server = smtplib.SMTP(host, port, local_hostname=name, timeout=seconds)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=_trust(settings))
        if settings.smtp_user:
            if settings.smtp_security == "none" and host not in _LOCAL_HOSTS:
                raise _unavailable("a password is only sent encrypted (smtp_security)")
            server.login(settings.smtp_user, settings.smtp_password)
    except (smtplib.SMTPException, OSError, SourceUnavailable):
        server.close()
        raise
    return server


def _trust(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.smtp_authorities or None)


def _unavailable(why: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"The letter could not be sent: {why}.", f"Die E-Mail konnte nicht gesendet werden: {why}."
    )
