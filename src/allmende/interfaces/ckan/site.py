# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Actions about the site itself, and CKAN's addresses of pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from allmende.core import aliases
from allmende.errors import NotAllowed, NotFound
from allmende.interfaces.ckan.actions import ACTIONS, action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.refusals import missing
from allmende.model import leftover, uuids

CKAN_VERSION = "2.11.0"
"""The version of the Action API this one follows; clients choose their ways by it."""
EXTENSIONS = ("allmende", "activity", "datastore", "dcat", "spatial")


async def version(request: Request) -> Response:
    """The address /api/3."""
    return Response(msgspec.json.encode({"version": 3}), media_type="application/json")


async def page(request: Request) -> Response:
    """CKAN's address of a dataset leads to the page here."""
    name = request.path_params["name"]
    platform, subject = request.app.state.platform, request.state.subject
    found = None
    if uuids.is_uuid(name):
        found = await aliases.by_uuid(platform, subject, name)
    elif not name.isascii() or "_" in name:
        found = await aliases.by_alias(platform, subject, leftover.alias(name))
    ident = found.id if found else name
    return RedirectResponse(f"{platform.settings.base_url}/datasets/{quote(ident)}", 301)


async def pages(request: Request) -> Response:
    """CKAN's address of all datasets leads to the search here, with the words looked for."""
    words = request.query_params.get("q", "")
    query = f"?{urlencode({'q': words})}" if words else ""
    base = request.app.state.platform.settings.base_url
    return RedirectResponse(f"{base}/datasets{query}", 301)


@action()
async def site_read(call: Call) -> bool:
    """True: the site can be read."""
    return True


@action()
async def status_show(call: Call) -> dict[str, Any]:
    """Name and address of the site, and the version of the interface it follows."""
    settings = call.platform.settings
    return {
        "ckan_version": CKAN_VERSION,
        "site_title": settings.site_name,
        "site_description": "",
        "site_url": settings.base_url,
        "error_emails_to": settings.operator_email or None,
        "locale_default": settings.language,
        "extensions": list(EXTENSIONS),
    }


@action()
async def help_show(call: Call) -> str:
    """What an action does and takes."""
    name = call.text("name")
    if not name:
        raise missing("name")
    if name not in ACTIONS:
        raise NotFound("Action function not found", "Diese Aktion gibt es nicht.")
    return ACTIONS[name].about


@action()
async def user_show(call: Call) -> dict[str, Any]:
    """Who the token belongs to. Other people are not shown."""
    subject = call.subject
    if subject.kind == "anonymous":
        raise NotAllowed(
            "Send a token to see who you are.", "Senden Sie ein Token, um zu sehen, wer Sie sind."
        )
    if call.text("id") not in ("", subject.id, subject.name):
        raise NotFound("User was not found.", "Dieses Konto gibt es hier nicht.")
    return {
        "id": subject.id,
        "name": subject.id,
        "fullname": subject.name,
        "display_name": subject.name or subject.id,
        "sysadmin": False,
        "state": "active",
        "about": None,
        "created": None,
        "image_url": None,
        "image_display_url": None,
        "activity_streams_email_notifications": False,
    }
