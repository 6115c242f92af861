# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every page of the portal with its address, the same in both languages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.operations import NAME, operation_of
from allmende.portal import (
    convertors,  # noqa: F401 - makes the forms in the addresses known
    static_files,
)
from allmende.portal.page import View, endpoint, page_for
from allmende.portal.site import city_style
from allmende.portal.views import (
    account,
    account_data,
    account_security,
    account_signin,
    collection_about,
    collection_load,
    collection_quarantine,
    collection_rows,
    collections,
    dataset,
    harvests,
    help,
    home,
    invitation,
    map,
    model_edit,
    model_move,
    models,
    others,
    people,
    people_log,
    people_organisations,
    publishers,
    search,
    sensing_checks,
    sensing_citizens,
    sensing_compare,
    sensing_data,
    sensing_devices,
    sensing_health,
    sensing_join,
    sensing_mine,
    sensing_networks,
    sensing_retention,
    sensing_rules,
    sensing_sheets,
    sensing_streams,
    sensing_things,
    sensing_try,
    sparql,
    sql,
    validate,
)
from allmende.portal.views.importing import about, check, columns, start
from allmende.portal.words import LANGUAGES

PAGES: tuple[tuple[str, View], ...] = (
    ("/", home.home),
    ("/datasets", search.search),
    ("/datasets/{id}", dataset.dataset),
    ("/map", map.map_page),
    ("/map/addresses", map.addresses),
    ("/collections", collections.listing),
    ("/collections/{id}", collections.one),
    ("/collections/{id}/quality", collections.quality),
    ("/collections/{id}/rows/{row:path}", collections.row),
    ("/collections/{id}/about", collection_about.about),
    ("/collections/{id}/status", collection_about.status),
    ("/collections/{id}/load", collection_load.start),
    ("/collections/{id}/load/{draft}", collection_load.look),
    ("/collections/{id}/quarantine", collection_quarantine.listing),
    ("/collections/{id}/quarantine.csv", collection_quarantine.as_csv),
    ("/collections/{id}/quarantine/{key:int}", collection_quarantine.one),
    ("/collections/{id}/add", collection_rows.add),
    ("/collections/{id}/edit/{row:path}", collection_rows.edit),
    ("/collections/{id}/remove/{row:path}", collection_rows.remove),
    ("/things", sensing_things.things),
    ("/things/{id:int}", sensing_things.thing),
    ("/datastreams/{id:int}", sensing_streams.stream),
    ("/datastreams/{id:int}/quality", sensing_checks.show),
    ("/datastreams/{id:int}/data.csv", sensing_data.as_csv),
    ("/datastreams/{id:int}/data.xlsx", sensing_sheets.as_xlsx),
    ("/datastreams/{id:int}/data.json", sensing_data.as_json),
    ("/compare", sensing_compare.compare),
    ("/compare/data.csv", sensing_data.compared_csv),
    ("/compare/data.xlsx", sensing_sheets.compared_xlsx),
    ("/retention", sensing_retention.rules),
    ("/retention/edit", sensing_retention.edit),
    ("/retention/{id:name}", sensing_retention.rule),
    ("/series/{id}", others.series),
    ("/dataservices/{id}", others.service),
    ("/catalogues", others.catalogues),
    ("/catalogues/{id}", others.one_catalogue),
    ("/publishers", publishers.publishers),
    ("/organisations", publishers.moved),
    ("/harvests", harvests.sources),
    ("/harvests/{id}", harvests.source),
    ("/harvests/{id}/runs/{run:int}", harvests.run),
    ("/login", account.login_form),
    ("/login/second", account_signin.second_form),
    ("/login/again", account_signin.again_form),
    ("/login/with/{id}", account_signin.provider),
    ("/login/back/{id}", account_signin.provider_back),
    ("/logged-out", account_signin.logged_out),
    ("/logged-out/elsewhere", account_signin.leave_elsewhere),
    ("/invitation", invitation.form),
    ("/people", people.people),
    ("/people/log", people_log.log),
    ("/people/organisations", people_organisations.organisations),
    ("/people/organisations/{id}", people_organisations.one),
    ("/people/{id}", people.one),
    ("/account/security", account_security.security),
    ("/account/data", account_data.data),
    ("/account/data.json", account_data.export),
    ("/account", account.account),
    ("/account/searches", account.zero_hits),
    ("/register", sensing_join.ask_form),
    ("/register/confirm", sensing_join.confirm_form),
    ("/my-sensors", sensing_mine.mine),
    ("/my-sensors/new", sensing_mine.new),
    ("/my-sensors/export.zip", sensing_mine.export),
    ("/my-sensors/leave", sensing_mine.leaving),
    ("/my-sensors/{id:int}", sensing_mine.one),
    ("/my-sensors/{id:int}/edit", sensing_mine.edit),
    ("/citizens", sensing_citizens.listing),
    ("/citizens/{id:int}", sensing_citizens.one),
    ("/developers", help.developers),
    ("/sparql", sparql.query),
    ("/validate", validate.show),
    ("/suggest", help.suggest),
    ("/import", start.start),
    ("/import/{id}", columns.columns),
    ("/import/{id}/about", about.about),
    ("/import/{id}/check", check.check),
    ("/sql", sql.query),
    ("/devices", sensing_devices.devices_page),
    ("/devices/try", sensing_try.show),
    ("/devices/networks", sensing_networks.networks),
    ("/devices/networks/{id:name}", sensing_networks.network),
    ("/devices/{eui:eui}", sensing_devices.device_page),
    ("/devices/health", sensing_health.table),
    ("/devices/health.csv", sensing_health.as_csv),
    ("/rules", sensing_rules.listing),
    ("/rules/new", sensing_rules.new),
    ("/rules/{id}", sensing_rules.one),
    ("/models", models.listing),
    ("/models/{id:name}", models.one),
    ("/models/{id:name}/{version:semantic}", models.one),
    ("/models/{id:name}/{version:semantic}/diff/{other:semantic}", models.difference),
    ("/models/{id:name}/{version:semantic}/edit", model_edit.edit),
    ("/models/{id:name}/{version:semantic}/move/{collection}", model_move.move),
    ("/about", help.text_page("about")),
    ("/imprint", help.text_page("imprint")),
    ("/privacy", help.text_page("privacy")),
    ("/accessibility", help.text_page("accessibility")),
)
FORMS: tuple[tuple[str, View], ...] = (
    ("/login", account.login),
    ("/logout", account.logout),
    ("/login/second", account_signin.second_step),
    ("/login/again", account_signin.again),
    ("/login/passkey", account_signin.passkey),
    ("/login/passkey/options", account_signin.passkey_question),
    ("/invitation", invitation.accept),
    ("/people/invite", people.invite),
    ("/people/invitations", people.take_back),
    ("/people/organisations", people_organisations.create),
    ("/people/organisations/{id}", people_organisations.act),
    ("/people/{id}", people.act),
    ("/account/security/factor", account_security.factor),
    ("/account/security/passkeys", account_security.keys),
    ("/account/security/passkeys/options", account_security.passkey_question),
    ("/account/security/sessions", account_security.sessions),
    ("/account/security/providers", account_security.providers),
    ("/account/data", account_data.delete),
    ("/account/tokens", account.create_token),
    ("/account/tokens/revoke", account.revoke_token),
    ("/account/password", account.change_password),
    ("/register", sensing_join.ask),
    ("/register/confirm", sensing_join.confirm),
    ("/my-sensors/new", sensing_mine.create),
    ("/my-sensors/leave", sensing_mine.leave),
    ("/my-sensors/{id:int}", sensing_mine.act),
    ("/my-sensors/{id:int}/edit", sensing_mine.save),
    ("/citizens/invite", sensing_citizens.invite),
    ("/citizens/{id:int}", sensing_citizens.act),
    ("/harvests/{id}/preview", harvests.preview),
    ("/collections/{id}/about", collection_about.save),
    ("/collections/{id}/status", collection_about.move),
    ("/collections/{id}/load", collection_load.upload),
    ("/collections/{id}/load/{draft}", collection_load.act),
    ("/collections/{id}/load/{draft}/delete", collection_load.delete),
    ("/collections/{id}/quarantine", collection_quarantine.act),
    ("/collections/{id}/quarantine/{key:int}", collection_quarantine.settle),
    ("/collections/{id}/add", collection_rows.create),
    ("/collections/{id}/edit/{row:path}", collection_rows.save),
    ("/collections/{id}/remove/{row:path}", collection_rows.drop),
    ("/devices/try", sensing_try.act),
    ("/devices/networks", sensing_networks.create),
    ("/devices/networks/{id:name}/revoke", sensing_networks.revoke),
    ("/devices/{eui:eui}", sensing_devices.act),
    ("/datastreams/{id:int}/quality", sensing_checks.act),
    ("/rules/new", sensing_rules.act),
    ("/rules/{id}", sensing_rules.act),
    ("/retention/edit", sensing_retention.save),
    ("/import", start.upload),
    ("/validate", validate.check),
    ("/import/{id}", columns.save),
    ("/import/{id}/about", about.save),
    ("/import/{id}/check", check.act),
    ("/import/{id}/delete", start.delete),
    ("/models/{id:name}/{version:semantic}/edit", model_edit.save),
    ("/models/{id:name}/{version:semantic}/move/{collection}", model_move.act),
)


def routes() -> list[Route]:
    """The routes of all pages in all languages and of the static files."""
    pages = [
        Route(f"/{language}{path}", _limited(view, language), methods=methods)
        for language in LANGUAGES
        for views, methods in ((PAGES, ["GET"]), (FORMS, ["POST"]))
        for path, view in views
    ]
    return [
        *pages,
        Route("/static/city.css", colours),
        Route("/static/{name}", static_files.serve),
    ]


def _limited(view: View, language: str) -> Callable[[Request], Awaitable[Response]]:
    """The view for one language with its own limits on size and time, where it has some."""
    handle = endpoint(view, language)
    setattr(handle, NAME, operation_of(view))
    return handle


async def colours(request: Request) -> Response:
    """The city's colours."""
    return static_files.respond(request, city_style(page_for(request, "de").site.portal))
