# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The audit log as a page: who did what, when, in which organisation."""

from __future__ import annotations

from starlette.responses import Response

from allmende.core import accounts
from allmende.core.accounts import AuditEntry
from allmende.core.identity import caring
from allmende.policy import SYSTEM, Role
from allmende.portal.assurance import demands
from allmende.portal.organisations import organisation_names
from allmende.portal.page import Crumb, Page

A_PAGE = 100
DEEDS = (
    "access-answer",
    "access-ask",
    "access-ended",
    "access-granted",
    "access-question",
    "access-refused",
    "access-revoked",
    "access-withdraw",
    "account-create",
    "account-delete",
    "account-disable",
    "account-enable",
    "copy-discard",
    "copy-release",
    "copy-return",
    "copy-start",
    "copy-submit",
    "export",
    "feedback-answer",
    "feedback-closed",
    "feedback-open",
    "feedback-refused",
    "file-delete",
    "follow-ended",
    "four-eyes-off",
    "four-eyes-on",
    "grant",
    "identity-link",
    "identity-unlink",
    "invite",
    "invite-accept",
    "invite-withdraw",
    "licence-owner",
    "organisation-change",
    "organisation-create",
    "passkey",
    "passkey-add",
    "passkey-remove",
    "password-change",
    "password-set",
    "publisher-change",
    "record-archive",
    "record-erase",
    "record-unarchive",
    "recovery-code-use",
    "recovery-codes-renew",
    "reservation-approved",
    "reservation-ask",
    "reservation-ended",
    "reservation-refused",
    "reservation-withdrawn",
    "second-factor",
    "second-factor-add",
    "second-factor-remove",
    "session-end",
    "showcase-published",
    "showcase-refused",
    "showcase-waiting",
    "sign-in",
    "sign-out",
    "team-join",
    "team-leave",
    "team-remove",
    "team-role",
    "team-save",
    "token-create",
    "token-revoke",
    "withdraw",
)
"""Deeds that are told in words."""


@demands(second=True)
async def log(page: Page) -> Response:
    """The newest deeds; `before` goes on to older ones."""
    given = page.request.query_params.get("before", "")
    before = int(given) if given.isdecimal() and len(given) < 16 else None
    found = await accounts.audit_log(page.platform, page.subject, before=before, limit=A_PAGE)
    idents = sorted({name for each in found for name in (each.actor, each.target) if name})
    names = {
        SYSTEM.id: str(page.words("ppl.system")),
        **await organisation_names(page),
        **await caring.names(page.platform, page.subject, idents),
    }
    title = str(page.words("ppl.log"))
    return page.render(
        "people_log.html",
        title=title,
        crumbs=[Crumb(str(page.words("ppl.title")), page.at("/people")), Crumb(title)],
        entries=[_row(page, each, names) for each in found],
        older=found[-1].sequence if len(found) == A_PAGE else None,
        newer=before is not None,
    )


def _row(page: Page, entry: AuditEntry, names: dict[str, str]) -> dict[str, object]:
    return {
        "at": entry.at,
        "actor": names.get(entry.actor, entry.actor),
        "deed": deed(page, entry.action),
        "target": names.get(entry.target, entry.target),
        "organisation": names.get(entry.organisation, entry.organisation),
        "refused": entry.outcome == "refused",
    }


def deed(page: Page, action: str) -> str:
    """A deed in words; one without a sentence stays as it is written."""
    head, _, role = action.rpartition("-")
    if head in ("grant", "withdraw", "team-role") and role in tuple(Role):
        return f"{page.words(f'deed.{head}')} {page.words(f'role-short.{role}')}"
    return str(page.words(f"deed.{action}")) if action in DEEDS else action
