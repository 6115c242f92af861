# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The forms in which feeds are written, and the languages they are in."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from starlette.requests import Request

from allmende.core.operations import Parameter
from allmende.errors import NotFound
from allmende.model.feed import Feed, atom, json_feed, rss

LANGUAGES = ("de", "en")
LANG = Parameter("lang", "path", "Language of the texts: de or en", {}, True)


class FeedForm(Struct, frozen=True):
    """One form: its ending, its media type and what writes it."""

    ending: str
    content_type: str
    write: Callable[[Feed], str | bytes]


FORMS = (
    FeedForm("atom", "application/atom+xml; charset=utf-8", atom),
    FeedForm("rss", "application/rss+xml; charset=utf-8", rss),
    FeedForm("json", "application/feed+json", json_feed),
)
PRODUCES = tuple(form.content_type.partition(";")[0] for form in FORMS)


def form_named(ending: str) -> FeedForm:
    """The form of an ending. Raises NotFound."""
    for form in FORMS:
        if form.ending == ending:
            return form
    raise NotFound(
        "Feeds come as .atom, .rss and .json.",
        "Feeds gibt es als .atom, .rss und .json.",
        code="no-such-page",
    )


def language_of(request: Request) -> str:
    """The language in the path. Raises NotFound for one there is not."""
    given: str = request.path_params["lang"]
    if given not in LANGUAGES:
        raise NotFound(
            "There are feeds in de and en.", "Feeds gibt es in de und en.", code="no-such-page"
        )
    return given
