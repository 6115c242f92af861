# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records as clients of a hub name them: by id, by original id, within a catalogue."""

from collections.abc import Sequence

from starlette.requests import Request

from allmende.core import originals
from allmende.core.catalogue import Record
from allmende.core.platform import Platform
from allmende.errors import NotAuthenticated, NotFound
from allmende.interfaces.piveau.asking import CATALOGUES
from allmende.model.catalogue import ResourceKind
from allmende.policy import Subject


def who(request: Request) -> tuple[Platform, Subject]:
    """The platform and who asks."""
    return request.app.state.platform, request.state.subject


def signed_in(request: Request) -> tuple[Platform, Subject]:
    """The same for a write. NotAuthenticated before the body is looked at."""
    platform, subject = who(request)
    if subject.kind == "anonymous":
        raise NotAuthenticated(
            "Send a token as X-API-Key or as Authorization: Bearer.",
            "Bitte ein Token als X-API-Key oder als Authorization: Bearer senden.",
        )
    return platform, subject


async def catalogue_of(request: Request, ident: str) -> Record:
    """The catalogue with this id. NotFound when there is none."""
    platform, subject = who(request)
    return _there(await originals.by_id(platform, subject, ident, CATALOGUES), ident)


async def record_of(
    request: Request, ident: str, kinds: Sequence[ResourceKind], catalogue: str | None = None
) -> Record:
    """The record a client calls by this id. NotFound when there is none."""
    return _there(await maybe(request, ident, kinds, catalogue), ident)


async def maybe(
    request: Request, ident: str, kinds: Sequence[ResourceKind], catalogue: str | None = None
) -> Record | None:
    """The record by its id, else by its original id: clients use the one for the other."""
    platform, subject = who(request)
    catalogue = catalogue or request.query_params.get("catalogue") or None
    found = await originals.by_id(platform, subject, ident, kinds, catalogue)
    if found is None:
        found = await originals.by_original(platform, subject, ident, kinds, catalogue)
    return found


def _there(record: Record | None, ident: str) -> Record:
    if record is None:
        raise missing(ident)
    return record


def missing(ident: str) -> NotFound:
    """The error for what is not there or hidden."""
    return NotFound(
        f"There is no “{ident}” here, or you may not see it.",
        f"„{ident}“ gibt es hier nicht, oder Sie dürfen es nicht sehen.",
    )
