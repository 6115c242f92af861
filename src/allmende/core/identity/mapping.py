# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From what a provider says of a person to an account and its roles.

An account is found by issuer and subject alone, never by its e-mail address: who controls an
address somewhere does not get somebody's account here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from allmende.core import mail
from allmende.core.identity.config import Provider
from allmende.core.people import NAME_LONGEST
from allmende.core.signin import LOGIN_LONGEST, normalised_login
from allmende.errors import InvalidInput
from allmende.policy import EVERY_ORGANISATION, Role
from allmende.store import Connection, accounts, audit, identity

Roles = frozenset[tuple[str, Role]]
DEEPEST = 8


def roles_of(provider: Provider, claims: Mapping[str, Any]) -> Roles:
    """The roles that the provider's claims bring."""
    return frozenset(
        (rule.organisation, rule.role)
        for rule in provider.roles
        if rule.value in values(claims, rule.claim)
    )


def values(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts of a claim; `realm_access.roles` is one inside another."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split(".")[:DEEPEST]:
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str | bool | int):
        found = [found]
    return [str(each) for each in found] if isinstance(found, list) else []


def account_for(db: Connection, provider: Provider, claims: Mapping[str, Any]) -> str | None:
    """The account of a person with its roles as the provider says them; None when it has none.

    With `people = "mapped"` an account is made for who gets a role, with "all" for everybody.
    """
    subject = str(claims["sub"])
    wanted = {(org, role) for org, role in roles_of(provider, claims) if _known(db, org)}
    if not identity.is_bound(db, provider.issuer, subject):
        makes = provider.people == "all" or (provider.people == "mapped" and wanted)
        if not makes:
            return None
        _make(db, provider, claims, subject)
    found = accounts.account_of_identity(db, provider.issuer, subject)
    if found is not None:
        _apply(db, provider, found, wanted)
    return found


def _known(db: Connection, organisation: str) -> bool:
    return organisation == EVERY_ORGANISATION or accounts.organisation(db, organisation) is not None


def _make(db: Connection, provider: Provider, claims: Mapping[str, Any], subject: str) -> None:
    ident = f"u-{secrets.token_hex(8)}"
    name = " ".join(str(claims.get("name") or "").split())[:NAME_LONGEST]
    address = _address(claims)
    login = normalised_login(f"{provider.id}:{subject}"[:LOGIN_LONGEST])
    made = bool(address) and accounts.add_account(db, ident, address, name or address, "")
    if not made and not accounts.add_account(db, ident, login, name or login, ""):
        login = f"{provider.id}:{ident}"
        accounts.add_account(db, ident, login, name or login, "")
    accounts.link_identity(db, provider.issuer, subject, ident)
    audit.note(db, ident, "account-create", ident)
    audit.note(db, ident, "identity-link", ident)


def _address(claims: Mapping[str, Any]) -> str:
    """The e-mail address, when the provider has made sure of it."""
    if claims.get("email_verified") is not True:
        return ""
    try:
        return normalised_login(mail.checked_address(str(claims.get("email", ""))))
    except InvalidInput:
        return ""


def _apply(db: Connection, provider: Provider, account: str, wanted: set[tuple[str, Role]]) -> None:
    """Gives what is said and takes what was said before; what people gave stays."""
    had = identity.provided_roles(db, account, provider.id)
    for organisation, role in sorted(had - wanted):
        identity.remove_provided(db, account, provider.id, organisation, role)
        if accounts.withdraw(db, account, organisation, role):
            audit.note(db, account, f"withdraw-{role}", account, organisation)
    for organisation, role in sorted(wanted - had):
        if accounts.grant(db, account, organisation, role):
            identity.add_provided(db, account, provider.id, organisation, role)
            audit.note(db, account, f"grant-{role}", account, organisation)
