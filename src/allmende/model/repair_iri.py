# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules that put IRIs and property names right. Each returns the better text or None."""

from __future__ import annotations

import re
from functools import lru_cache

from allmende.model.namespaces import DCAT, DCATAP, DCATDE, DCT, GEODCATAP, SCHEMA

# What may not stand in an IRI; said this way round it is ready ten times as fast.
_OTHERS = r"\x00-\x20\"#%<>\[\\\]^`{|}\x7f-\xa0\ud800-\uf8ff\ufdd0-\ufdef\ufff0-\U0010ffff"
_PART = rf"(?:[^{_OTHERS}]|%[0-9A-Fa-f]{{2}})*"
_FINE = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_PART}(?:\#{_PART})?\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ILLEGAL = re.compile(
    r"[^A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\uffef]"
)
_HOST = re.compile(r"(?:www\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?:[/:?#].*)?\Z")
_EMAIL = re.compile(r"[^\s@/:<>]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\Z")
_PHONE = re.compile(r"\+?[\d\s()/.-]{5,}\Z")


@lru_cache(maxsize=32768)
def is_iri(value: str) -> bool:
    """Whether the text is an absolute IRI without forbidden characters (RFC 3987 §2.2)."""
    return _FINE.match(value) is not None


def cleaned(value: str) -> str | None:
    """The IRI with blanks trimmed and forbidden characters percent-encoded; None if it is none."""
    text = value.strip()
    if is_iri(text):
        return text
    if not _SCHEME.match(text):
        return None
    head, mark, tail = text.partition("#")
    better = _encode(head) + ("#" + _encode(tail) if mark else "")
    return better if _accepted(better) else None


def _encode(text: str) -> str:
    text = _BARE_PERCENT.sub("%25", text)
    return _ILLEGAL.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", errors="replace"))


def _accepted(value: str) -> bool:
    from pyoxigraph import NamedNode

    try:
        NamedNode(value)
    except ValueError:
        return False
    return True


def from_text(value: str) -> str | None:
    """An IRI from a text that means one: an address with or without its scheme."""
    text = value.strip()
    found = cleaned(text) if _SCHEME.match(text) and " " not in text[:8] else None
    if found is not None:
        return found
    if _HOST.match(text) and not _EMAIL.match(text):
        return cleaned("https://" + text)
    return None


def email(value: str) -> str | None:
    """`mailto:` and the address when the text (or the end of an IRI) is an e-mail address."""
    text = value.strip()
    if text.lower().startswith("mailto:"):
        address = text[7:].strip()
        return "mailto:" + address if _EMAIL.match(address) else None
    candidate = text.rpartition("/")[2]
    return "mailto:" + candidate if _EMAIL.match(candidate) else None


def telephone(value: str) -> str | None:
    """`tel:` and the number (RFC 3966) when the text is a telephone number."""
    text = value.strip()
    if not _PHONE.match(text) or sum(character.isdigit() for character in text) < 5:
        return None
    digits = re.sub(r"\(0\)", "", text) if text.startswith("+") else text
    return "tel:" + re.sub(r"[\s/().]+", "-", digits).strip("-")


_DCATDE = re.compile(
    r"https?://(?:www\.)?dcat-ap\.de/def/dcatde/(?:\d+(?:[._]\d+)*/?)?([A-Za-z]\w*)\Z"
)
_VARIANTS = (
    ("http://data.europa.eu/r5r#", DCATAP),
    ("https://data.europa.eu/r5r/", DCATAP),
    ("https://www.w3.org/ns/dcat#", DCAT),
    ("https://purl.org/dc/terms/", DCT),
    ("http://purl.org/dc/elements/1.1/", DCT),
    ("https://schema.org/", SCHEMA),
)
REPLACED = {
    DCATDE + "originator": GEODCATAP + "originator",
    DCATDE + "maintainer": GEODCATAP + "custodian",
    DCATDE + "plannedAvailability": DCATAP + "availability",
    SCHEMA + "startDate": DCAT + "startDate",
    SCHEMA + "endDate": DCAT + "endDate",
    DCT + "Language": DCT + "language",
}


@lru_cache(maxsize=4096)
def better_property(iri: str) -> tuple[str, str] | None:
    """The property that is meant and the code of the repair, or None when nothing is known."""
    current = _right_namespace(iri)
    replaced = REPLACED.get(current)
    if replaced is not None:
        return replaced, "property-replaced"
    return (current, "namespace-variant") if current != iri else None


def _right_namespace(iri: str) -> str:
    match = _DCATDE.match(iri)
    if match is not None:
        return DCATDE + match.group(1)
    for variant, right in _VARIANTS:
        if iri.startswith(variant):
            return right + iri[len(variant) :]
    return iri
