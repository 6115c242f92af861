# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A real provider of OpenID Connect (npm `oidc-provider`) on this machine, and a browser there."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc.jwk import RSAKey

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
SECRET = "only for tests and: with/odd+signs"
PEOPLE = {
    "ada": {"name": "Ada L.", "email": "ada@jena.example", "email_verified": True},
    "eve": {"name": "Eve", "email": "ada@jena.example", "email_verified": False},
    "kim": {
        "name": "Kim",
        "email": "kim@jena.example",
        "email_verified": True,
        "groups": ["trees", "other"],
        "realm_access": {"roles": ["reads"]},
    },
}


def is_there() -> bool:
    """Whether node and the package are installed."""
    return shutil.which("node") is not None and (ROOT / "node_modules/oidc-provider").is_dir()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Elsewhere:
    """A running provider; `browser` is where somebody sits in front of it."""

    def __init__(self, folder: Path, back: str, after: str) -> None:
        self.folder = folder
        self.issuer = f"http://127.0.0.1:{free_port()}"
        self.client = {
            "client_id": "allmende",
            "client_secret": SECRET,
            "redirect_uris": [back],
            "post_logout_redirect_uris": [after],
        }
        self.people: dict[str, dict[str, Any]] = json.loads(json.dumps(PEOPLE))
        self.process: subprocess.Popen[str] | None = None
        self.keys = 0

    def start(self) -> None:
        """Starts it with a new key; it knows nothing of before."""
        self.keys += 1
        key = RSAKey.generate_key(2048, {"kid": f"key-{self.keys}", "use": "sig", "alg": "RS256"})
        given = {
            "issuer": self.issuer,
            "clients": [self.client],
            "keys": [key.as_dict(private=True)],
            "people": self.people,
        }
        path = self.folder / "oidc.json"
        path.write_text(json.dumps(given), "utf-8")
        self.process = subprocess.Popen(
            ["node", str(SCRIPT), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == "ready":
                break

    def stop(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()
            self.process = None

    def be(self, account: str = "", **more: str) -> None:
        """Who sits there from now on, and how they show it (`acr`)."""
        query = {"account": account, **more}
        with httpx2.Client(trust_env=False) as client:
            assert client.get(f"{self.issuer}/control", params=query).text == "set"

    def visit(self, address: str, browser: httpx2.Client | None = None) -> dict[str, str]:
        """Goes where we were sent and signs in; what it sends back to us, as a query."""
        own = browser or httpx2.Client(trust_env=False)
        try:
            for _ in range(10):
                answer = own.get(address)
                assert answer.status_code in (302, 303), answer.text
                address = answer.headers["location"]
                if address.startswith("/"):
                    address = self.issuer + address
                if not address.startswith(self.issuer):
                    query = parse_qs(urlsplit(address).query)
                    return {name: values[0] for name, values in query.items()}
        finally:
            if browser is None:
                own.close()
        raise AssertionError("the provider sends round in circles")


@contextmanager
def elsewhere(folder: Path, back: str, after: str) -> Iterator[Elsewhere]:
    """A provider while the context is open."""
    made = Elsewhere(folder, back, after)
    made.start()
    try:
        yield made
    finally:
        made.stop()
