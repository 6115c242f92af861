# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Conditional requests: strong entity tags, 304 and 412. Pure functions (RFC 9110 §8.8, §13).

tag = etag(record.id, record.revision, format.media_type)
if is_fresh(request.headers, tag, record.updated): return 304
require_match(request.headers, tag)                    # before a write
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from allmende.errors import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
ENCODED = "--gzip"  # what compression adds to a tag: another encoding is another representation


def etag(*parts: object) -> str:
    """A strong entity tag, quoted, that changes whenever one of the parts does."""
    text = "\x1f".join(str(part) for part in parts)
    return f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def http_date(microseconds: int) -> str:
    """An HTTP date (RFC 9110 §5.6.7) from microseconds since 1970 UTC."""
    return _http_date(microseconds // 1_000_000)


@lru_cache(maxsize=256)
def _http_date(seconds: int) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


def validators(tag: str, updated: int | None = None) -> dict[str, str]:
    """The ETag and Last-Modified headers of an answer; `updated` in microseconds UTC."""
    headers = {"etag": tag}
    if updated is not None:
        headers["last-modified"] = http_date(updated)
    return headers


def tags(header: str) -> list[str]:
    """The entity tags of an If-Match or If-None-Match header, `*` included, encodings removed."""
    if header.strip() == "*":
        return ["*"]
    return [tag.replace(ENCODED + '"', '"') for tag in _TAG.findall(header)]


def is_fresh(headers: Mapping[str, str], tag: str, updated: int | None = None) -> bool:
    """Whether a GET may be answered 304: the client's copy is the current one (§13.1.2, §13.1.3).

    If-None-Match is compared weakly; If-Modified-Since counts only without it.
    """
    known = headers.get("if-none-match")
    if known is not None:
        weak = tag.removeprefix("W/")
        return any(each == "*" or each.removeprefix("W/") == weak for each in tags(known))
    since = _date(headers.get("if-modified-since"))
    return since is not None and updated is not None and updated // 1_000_000 <= since


def require_match(headers: Mapping[str, str], tag: str | None) -> None:
    """Let a write pass only when the client knows the current state (§13.1.1, §13.1.2).

    `tag` is None when the thing does not exist. If-Match is compared strongly. Raises
    PreconditionFailed.
    """
    wanted = headers.get("if-match")
    if wanted is not None and (tag is None or not {"*", tag} & set(tags(wanted))):
        raise PreconditionFailed(
            "The thing has changed since you read it. Read it again and repeat your change.",
            "Der Eintrag wurde inzwischen geändert. Bitte neu laden und die Änderung wiederholen.",
        )
    unwanted = headers.get("if-none-match")
    if unwanted is not None and tag is not None and {"*", tag} & set(tags(unwanted)):
        raise PreconditionFailed(
            "The thing exists already and was to be made only if it did not.",
            "Der Eintrag ist schon vorhanden und sollte nur neu angelegt werden.",
        )


def _date(header: str | None) -> int | None:
    """Seconds since 1970 of an HTTP date; None when there is none or it cannot be read."""
    if not header:
        return None
    try:
        return int(parsedate_to_datetime(header).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
