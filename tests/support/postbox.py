# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A mail server on this machine that keeps what it is handed."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Postbox:
    """Letters that came, each with its sender and recipient; answers to give instead of 250."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.logins: list[tuple[str, str]] = []
        self.to_recipient = ""
        self.to_data = ""
        self.port = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Takes or refuses a recipient."""
        if self.to_recipient:
            return f"{self.to_recipient} <{address}> not here"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        """Keeps a letter."""
        if self.to_data:
            return f"{self.to_data} not now"
        content = cast(bytes, envelope.content)
        read = message_from_bytes(content, policy=policy.default)
        self.letters.append(cast(EmailMessage, read))
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        return "250 kept"

    def login(self, *given: Any) -> AuthResult:
        """Lets everybody in who knows the password."""
        data = given[-1]
        assert isinstance(data, LoginPassword)
        name, password = data.login.decode(), data.password.decode()
        self.logins.append((name, password))
        return AuthResult(success=password == "geheim")

    def text(self, number: int = -1) -> str:
        """The text of a letter."""
        return str(self.letters[number].get_content())


@contextmanager
def postbox(tls: ssl.SSLContext | None = None, *, asks: bool = False) -> Iterator[Postbox]:
    """A mail server while the context is open; with STARTTLS, and asking for a password."""
    box = Postbox()

    def session() -> SMTP:
        return SMTP(
            box,
            hostname="postbox.example",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=asks,
            auth_require_tls=tls is not None,
            authenticator=box.login if asks else None,
            loop=loop,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        listening = asyncio.run_coroutine_threadsafe(
            loop.create_server(session, "127.0.0.1", 0), loop
        ).result(10)
        box.port = listening.sockets[0].getsockname()[1]
        yield box
        listening.close()
    finally:
        asyncio.run_coroutine_threadsafe(_ended(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended() -> None:
    """Lets every session come to its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
