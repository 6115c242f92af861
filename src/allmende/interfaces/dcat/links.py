# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Link headers (RFC 8288): other formats, the pages for people, profile, neighbours."""

from collections.abc import Iterable

from allmende.core.negotiation import Format
from allmende.interfaces.dcat.graph import PROFILE_IRIS
from allmende.model.rdf.page import Page


def link_header(links: Iterable[str]) -> dict[str, str]:
    """The header with all links."""
    return {"link": ", ".join(links)}


def alternates(address: str, formats: Iterable[Format], chosen: Format) -> Iterable[str]:
    """The same thing in the other formats, by ending."""
    for offer in formats:
        if offer != chosen:
            yield f'<{address}.{offer.endings[0]}>; rel="alternate"; type="{offer.media_type}"'


def for_people(base: str, path: str) -> Iterable[str]:
    """The pages in both languages."""
    for language in ("de", "en"):
        yield f'<{base}/{language}{path}>; rel="alternate"; type="text/html"; hreflang="{language}"'


def profile_link(name: str | None) -> Iterable[str]:
    """The profile the answer follows (RFC 6906); DCAT-AP.de when none was asked for."""
    yield f'<{PROFILE_IRIS[name or "dcat-ap-de"]}>; rel="profile"'


def quality_link(address: str) -> Iterable[str]:
    """The quality score of a dataset (W3C DQV)."""
    yield f'<{address}/quality>; rel="http://www.w3.org/ns/dqv#hasQualityMetadata"'


def neighbours(page: Page) -> Iterable[str]:
    """First, previous, next and last page."""
    for relation, address in (
        ("first", page.first),
        ("prev", page.previous),
        ("next", page.next),
        ("last", page.last),
    ):
        if address is not None:
            yield f'<{address}>; rel="{relation}"'
