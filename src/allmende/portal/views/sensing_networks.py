# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Networks that pass messages of devices on: their addresses, secrets and unreadable messages."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from allmende.core.sensing import devices, devices_links, devices_seen
from allmende.core.sensing.devices import KINDS, Source
from allmende.core.sensing.devices_seen import check_keeper
from allmende.errors import AllmendeError
from allmende.portal.forms import checked_form, csrf
from allmende.portal.page import Crumb, Page
from allmende.portal.views.sensing_devices import ACCESSES, many, organisations

SHOWN = 1_000  # characters of a message that could not be read
FIELDS = ("id", "title", "kind", "organisation", "access", "adopt")


async def networks(page: Page) -> Response:
    """The networks of one's organisations, and the form for another."""
    return await _networks(page, {})


async def _networks(
    page: Page, form: Mapping[str, str], error: str = "", made: tuple[str, str] | None = None
) -> Response:
    check_keeper(page.subject)
    found = await devices.sources(page.platform, page.subject)
    counted = many(await devices_seen.every(page.platform, page.subject))
    title = str(page.words("net.title"))
    return page.render(
        "device_networks.html",
        title=title,
        crumbs=[
            Crumb(str(page.words("nav.my-account")), page.at("/account")),
            Crumb(str(page.words("dev.title")), page.at("/devices")),
            Crumb(title),
        ],
        sources=[
            (
                each,
                page.at(f"/devices/networks/{each.id}"),
                counted.get(each.id, 0),
                "" if each.last_seen is None else page.words.moment(each.last_seen),
            )
            for each in found
        ],
        form={name: form.get(name, "") for name in FIELDS},
        kinds=KINDS,
        accesses=ACCESSES,
        organisations=await organisations(page),
        error=error,
        made=made,
        csrf=csrf(page),
    )


async def create(page: Page) -> Response:
    """Makes a network known and shows its secret, once."""
    form = await checked_form(page)
    check_keeper(page.subject)
    ident = form.get("id", "").strip()
    try:
        secret = await devices.create_source(
            page.platform,
            page.subject,
            ident,
            form.get("kind", ""),
            form.get("organisation", ""),
            title=form.get("title", "").strip()[: devices.LONGEST_NAME],
            adopt=form.get("adopt") == "1",
            access=form.get("access", "open"),
        )
    except AllmendeError as error:
        if error.status in (401, 403, 500):
            raise
        return await _networks(page.with_status(error.status), form, error.text[page.language])
    return await _networks(page, {}, made=(_address(page, ident), secret))


def _address(page: Page, ident: str) -> str:
    return f"{page.platform.settings.base_url}/ingest/{ident}"


async def network(page: Page) -> Response:
    """One network: how it is set up, and what could not be read."""
    found = await _source(page)
    kept = await devices.unreadable(page.platform, page.subject, found.id)
    broker = devices_links.links_of(found).broker
    storage = devices_links.links_of(found).storage
    title = found.title
    return page.render(
        "device_network.html",
        title=title,
        crumbs=[
            Crumb(str(page.words("dev.title")), page.at("/devices")),
            Crumb(str(page.words("net.title")), page.at("/devices/networks")),
            Crumb(title),
        ],
        source=found,
        address=_address(page, found.id),
        broker=broker,
        storage=storage,
        city_broker=page.platform.settings.mqtt_broker,
        last_seen="" if found.last_seen is None else page.words.moment(found.last_seen),
        revoked="" if found.revoked is None else page.words.moment(found.revoked),
        unreadable=[
            (
                page.words.moment(each.received),
                each.problem[page.language] if each.problem else "",
                each.body if len(each.body) <= SHOWN else f"{each.body[:SHOWN]} …",
            )
            for each in kept
        ],
        csrf=csrf(page),
    )


async def _source(page: Page) -> Source:
    check_keeper(page.subject)
    ident = page.request.path_params["id"]
    return await devices_links.source(page.platform, page.subject, ident)


async def revoke(page: Page) -> Response:
    """Takes nothing more from a network."""
    await checked_form(page)
    found = await _source(page)
    await devices_links.revoke(page.platform, page.subject, found.id)
    return page.redirect(f"/devices/networks/{found.id}")
