# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Texts of records made safe for a page: HTML or Markdown in, a few harmless tags out."""

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from allmende.model.catalogue import Text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_TEXT = 50_000  # characters of one description that are shown
TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "dl", "dt", "em", "i", "li", "ol", "p", "pre",
    "strong", "sub", "sup", "ul",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}

_ELEMENT = re.compile(r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|table|ul)\b[^<>]*+>", re.I)
_HEADING = re.compile(r"<(/?)h[1-6]\b[^<>]*+>", re.I)
_ANY_TAG = re.compile(r"<[^<>]++>")
_CODE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"(\*\*|__|`|^#+\s+|^>\s+|^[^\S\n]*+[-*]\s+)", re.M)
_LINK = re.compile(r"!?\[([^\[\]]*+)\]\([^()]*+\)")


class Said(NamedTuple):
    """A text and the language it is in; no language when it is that of the page or unknown."""

    text: str
    lang: str | None

    def __bool__(self) -> bool:
        return bool(self.text)


def said(text: Text, page_language: str) -> Said:
    """The text for a page: in its language if there is one, else another, and which."""
    for wanted in (page_language, "und", "de", "en"):
        for tag, value in text.items():
            if value.strip() and tag.partition("-")[0] == wanted:
                return Said(value.strip(), None if wanted in (page_language, "und") else tag)
    tag, value = next(((t, v) for t, v in text.items() if v.strip()), ("und", ""))
    return Said(value.strip(), tag if value else None)


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image"])


def rich(text: str) -> Markup:
    """HTML of a description: headings become paragraphs, only TAGS and SCHEMES stay."""
    import nh3

    shown = text[:MAX_TEXT]
    html = shown if _ELEMENT.search(shown) else _markdown().render(shown)
    html = _HEADING.sub(lambda m: "</strong></p>" if m[1] else "<p><strong>", html)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener",
    )
    return Markup(clean)  # noqa: S704 - cleaned in the line above


def plain(text: str, limit: int = 280) -> str:
    """The text without markup on one line, cut at a word with an ellipsis."""
    bare = _LINK.sub(r"\1", _ANY_TAG.sub(" ", _CODE.sub(" ", text[:MAX_TEXT])))
    line = _SPACE.sub(" ", unescape(_MARKS.sub("", bare))).strip()
    if len(line) <= limit:
        return line
    cut = line[:limit].rsplit(" ", 1)[0].rstrip(" ,;:.-–")
    return f"{cut} …"
