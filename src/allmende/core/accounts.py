# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Everything about who somebody is: signing in, people, roles, tokens, audit, rates."""

from allmende.core.people import (
    accounts_of,
    audit_log,
    change_password,
    create_account,
    delete_account,
    grant,
    link_identity,
    note,
    organisations,
    save_organisation,
    set_active,
    set_password,
    withdraw,
)
from allmende.core.rates import Rates, rates
from allmende.core.signin import (
    Session,
    authenticate_session,
    authenticate_token,
    csrf_fits,
    csrf_token,
    login,
    login_by_identity,
    sign_out,
)
from allmende.core.tokens import NewToken, create_token, revoke_token, tokens_of
from allmende.store.accounts import Account, Organisation
from allmende.store.audit import AuditEntry
from allmende.store.sessions import ServiceToken, SignedIn
from allmende.store.teams import Invitation, Team

__all__ = [
    "Account",
    "AuditEntry",
    "Invitation",
    "NewToken",
    "Organisation",
    "Rates",
    "ServiceToken",
    "Session",
    "SignedIn",
    "Team",
    "accounts_of",
    "audit_log",
    "authenticate_session",
    "authenticate_token",
    "change_password",
    "create_account",
    "create_token",
    "csrf_fits",
    "csrf_token",
    "delete_account",
    "grant",
    "link_identity",
    "login",
    "login_by_identity",
    "note",
    "organisations",
    "rates",
    "revoke_token",
    "save_organisation",
    "set_active",
    "set_password",
    "sign_out",
    "tokens_of",
    "withdraw",
]
