# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Which representation and which language an answer has. Pure functions.

A thing is asked for by Accept header or by a file ending; the ending wins, because a
person put it into the address on purpose. Sources: RFC 9110 §12.4.2, §12.5.1, §12.5.4;
RFC 4647 §3.4.

    RDF = (
        Format("text/turtle", ("ttl",)),
        Format("application/rdf+xml", ("rdf", "xml")),
    )
    path, format = by_ending("/datasets/trees.ttl", RDF)
    format = format or negotiate(request.headers.get("accept"), RDF)
    format is None  →  raise not_acceptable(RDF)
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from allmende.errors import NotAcceptable

MAX_RANGES = 64  # of one Accept or Accept-Language header; the rest is not looked at
KEPT = 128  # different headers whose meaning is remembered: most clients send the same few

_PART = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
_PARAMETER = re.compile(r';\s*([^\s;=]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")


class Format(NamedTuple):
    """A representation that can be asked for: its media type and its file endings."""

    media_type: str
    endings: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header, with the character set for text."""
        text = self.media_type.startswith("text/") and "charset" not in self.media_type
        return f"{self.media_type}; charset=utf-8" if text else self.media_type


class Range(NamedTuple):
    """One element of an Accept header: `type/subtype`, parameters and quality 0…1."""

    type: str
    subtype: str
    parameters: Mapping[str, str]
    quality: float

    def specificity(self, offer: "Range") -> int:
        """How exactly this range names the offer: 0 `*/*`, 1 `type/*`, 2+ exact; -1 not at all.

        A parameter the offer does not have is passed over, as JSON-LD 1.1 §8.1 asks for
        profiles a server does not know; one it has with another value is no match.
        """
        if self.type == "*":
            return 0
        if self.type != offer.type:
            return -1
        if self.subtype == "*":
            return 1
        if self.subtype != offer.subtype:
            return -1
        shared = self.parameters.keys() & offer.parameters.keys()
        if any(self.parameters[name] != offer.parameters[name] for name in shared):
            return -1
        return 2 + len(shared)


def parse_accept(header: str) -> list[Range]:
    """The media ranges of an Accept header; elements that cannot be read are left out."""
    ranges = []
    for part in _PART.findall(header)[:MAX_RANGES]:
        media, _, _ = part.partition(";")
        kind, slash, subtype = media.strip().lower().partition("/")
        if not slash or not kind or not subtype or (kind == "*" and subtype != "*"):
            continue
        parameters, quality = _parameters(part[len(media) :])
        ranges.append(Range(kind, subtype, parameters, quality))
    return ranges


def _parameters(text: str) -> tuple[dict[str, str], float]:
    """Media type parameters in lower case, without `q` and what follows it, and the quality."""
    parameters: dict[str, str] = {}
    for name, quoted, token in _PARAMETER.findall(text):
        value = quoted or token
        if name.lower() == "q":
            return parameters, float(value) if _QUALITY.match(value) else 0.0
        if name.lower() != "charset":  # everything here is UTF-8
            parameters[name.lower()] = value.lower()
    return parameters, 1.0


def negotiate(accept: str | None, formats: Sequence[Format]) -> Format | None:
    """The format an Accept header asks for, or None when none fits (answer 406).

    Of several that fit, the one with the highest quality, then the one named most exactly,
    then the first in `formats`. No header or an empty one means the first format
    (RFC 9110 §12.5.1).
    """
    if accept is None or not accept.strip():
        return formats[0]
    return _best(accept, tuple(formats))


@lru_cache(maxsize=KEPT)
def _best(accept: str, formats: tuple[Format, ...]) -> Format | None:
    ranges = parse_accept(accept)
    best, rank = None, (0.0, -1)
    for offer in formats:
        found = _quality(ranges, parse_accept(offer.media_type)[0])
        if found[0] > 0 and found > rank:
            best, rank = offer, found
    return best


def _quality(ranges: Iterable[Range], offer: Range) -> tuple[float, int]:
    """Quality and specificity of the most specific range that matches the offer."""
    quality, specificity = 0.0, -1
    for wanted in ranges:
        exact = wanted.specificity(offer)
        if exact > specificity:
            quality, specificity = wanted.quality, exact
    return quality, specificity


def by_ending(path: str, formats: Iterable[Format]) -> tuple[str, Format | None]:
    """The path without its file ending and the format that ending names, if it names one.

    `/datasets/trees.ttl` → (`/datasets/trees`, Turtle); a dot that belongs to the name
    (`/datasets/v1.2`) is left alone.
    """
    stem, dot, ending = path.rpartition(".")
    if dot and stem and not stem.endswith("/"):
        for offer in formats:
            if ending in offer.endings:
                return stem, offer
    return path, None


def choose(path: str, accept: str | None, formats: Sequence[Format]) -> tuple[str, Format]:
    """The path without ending and the format asked for by ending or header.

    Raises NotAcceptable with the list of what there is.
    """
    path, offer = by_ending(path, formats)
    offer = offer or negotiate(accept, formats)
    if offer is None:
        raise not_acceptable(formats)
    return path, offer


def not_acceptable(formats: Iterable[Format]) -> NotAcceptable:
    """The error that tells the client which formats there are."""
    known = ", ".join(
        f"{offer.media_type} (.{offer.endings[0]})" if offer.endings else offer.media_type
        for offer in formats
    )
    return NotAcceptable(
        f"None of the formats asked for is available. Ask for one of: {known}.",
        f"Keines der gewünschten Formate ist vorhanden. Vorhanden sind: {known}.",
    )


@lru_cache(maxsize=KEPT)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip, by name or by `*`, with a quality above 0."""
    quality = {"*": 0.0}
    for part in header.split(",")[:MAX_RANGES]:
        name, _, rest = part.partition(";")
        weight = rest.strip().removeprefix("q=")
        quality[name.strip().lower()] = 0.0 if weight in ("0", "0.0", "0.00", "0.000") else 1.0
    return quality.get("gzip", quality["*"]) > 0


@lru_cache(maxsize=KEPT)
def wants_html(accept: str | None) -> bool:
    """Whether the client is a browser: it names HTML itself, at least as dear as JSON or RDF."""
    if not accept:
        return False
    ranges = parse_accept(accept)
    html = Range("text", "html", {}, 1.0)
    quality, specificity = _quality(ranges, html)
    named = [each.quality for each in ranges if each.subtype not in ("*", "html", "xhtml+xml")]
    return specificity >= 1 and quality > 0 and quality >= max(named, default=0.0)


def error_language(path: str, headers: Mapping[str, str], own: str | None = None) -> str:
    """The one language of an error, its title, its detail and all it lists: `de` or `en`.

    That of the address of a page (`/de/…`), else the best match of Accept-Language, else the
    city's own (`own`) where a page is the answer, else English: programs read it.
    """
    if path[1:3] in ("de", "en") and path[3:4] in ("", "/"):
        return path[1:3]
    known = ("de", "en") if own == "de" else ("en", "de")
    return language(headers.get("accept-language"), known)


def language(header: str | None, known: Sequence[str] = ("de", "en")) -> str:
    """The language an Accept-Language header asks for; the first known one when none fits.

    Matches by lookup (RFC 4647 §3.4): `de-AT` finds `de`.
    """
    return _spoken(header, tuple(known)) if header else known[0]


@lru_cache(maxsize=KEPT)
def _spoken(header: str, known: tuple[str, ...]) -> str:
    best, rank = known[0], 0.0
    for part in header.split(",")[:MAX_RANGES]:
        tag, _, rest = part.partition(";")
        _, quality = _parameters(";" + rest)
        primary = tag.strip().lower().partition("-")[0]
        if primary == "*":
            primary = known[0]
        if primary in known and quality > rank:
            best, rank = primary, quality
    return best
