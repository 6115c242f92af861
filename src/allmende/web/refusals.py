# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Refusals only the web room knows, each naming the limit or setting behind it."""

from allmende.errors import Busy, InvalidInput, LimitExceeded, NotAllowed


class UriTooLong(LimitExceeded):
    """The address with its query is longer than `url_limit`."""

    status, code = 414, "uri-too-long"


class HeaderTooLarge(LimitExceeded):
    """The headers are more or larger than `header_count` and `header_limit`."""

    status, code = 431, "header-too-large"


class RequestTooSlow(LimitExceeded):
    """The body came more slowly than `body_seconds` and `body_rate` allow."""

    status, code = 408, "request-timeout"


def uri_too_long(limit: int) -> UriTooLong:
    """The answer to a too long address."""
    return UriTooLong(
        f"The address is longer than {limit} bytes (setting url_limit).",
        f"Die Adresse ist länger als {limit} Bytes (Einstellung url_limit).",
    )


def header_too_large(setting: str, limit: int) -> HeaderTooLarge:
    """The answer to too many or too large headers."""
    return HeaderTooLarge(
        f"The head of the request passes {limit} (setting {setting}).",
        f"Der Kopf der Anfrage überschreitet {limit} (Einstellung {setting}).",
    )


def body_too_large(setting: str, limit: int) -> LimitExceeded:
    """The answer to a too large body."""
    return LimitExceeded(
        f"The body is larger than {limit} bytes (setting {setting}).",
        f"Der Rumpf ist größer als {limit} Bytes (Einstellung {setting}).",
    )


def too_slow(seconds: float) -> RequestTooSlow:
    """The answer to a client that sends its body too slowly."""
    return RequestTooSlow(
        f"The body came too slowly (settings body_seconds {seconds:g} and body_rate).",
        f"Der Rumpf kam zu langsam (Einstellungen body_seconds {seconds:g} und body_rate).",
    )


def too_busy(limit: int) -> Busy:
    """The answer when all places are taken."""
    return Busy(
        f"All {limit} places for requests are taken (setting concurrency). Try again soon.",
        f"Alle {limit} Plätze für Anfragen sind belegt (Einstellung concurrency). "
        "Bitte gleich noch einmal versuchen.",
    )


def unknown_host() -> InvalidInput:
    """The answer to a Host header this server does not answer for."""
    return InvalidInput(
        "This server does not answer for that host name (settings base_url and hosts).",
        "Dieser Server antwortet nicht für diesen Rechnernamen (Einstellungen base_url und hosts).",
        code="unknown-host",
    )


def foreign_form() -> NotAllowed:
    """The answer to a change that another web site sends in a person's name."""
    return NotAllowed(
        "This form was sent from another web site. Open the page here and send it again.",
        "Dieses Formular kam von einer anderen Website. Bitte die Seite hier öffnen "
        "und noch einmal absenden.",
        code="foreign-form",
    )
