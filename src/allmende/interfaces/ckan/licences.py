# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences and themes as CKAN names them: `license_id`, `license_list`, groups."""

from __future__ import annotations

from functools import cache
from typing import Any

from allmende.core.harvest.words import concept, is_iri
from allmende.model import uuids
from allmende.model.vocabulary import Concept, vocabulary


def licence_id(iri: str) -> str:
    """CKAN's short name of a licence; the address itself when it is in no list."""
    found = vocabulary("licence").get(iri)
    return found.code.replace("/", "-") if found else iri


def licence_iri(name: str) -> str | None:
    """The address of the licence that a `license_id`, code, title or address names, or None."""
    if is_iri(name):
        return name
    return _by_id().get(name.casefold()) or concept("licence", name)


@cache
def _by_id() -> dict[str, str]:
    return {each.code.replace("/", "-").casefold(): each.iri for each in vocabulary("licence")}


def licence_fields(iri: str | None, language: str) -> dict[str, Any]:
    """`license_id`, `license_title`, `license_url` and `isopen` of a package."""
    if not iri:
        return {"isopen": False, "license_id": None, "license_title": None}
    found = vocabulary("licence").get(iri)
    if found is None:
        return {"isopen": False, "license_id": iri, "license_title": iri, "license_url": iri}
    return {
        "isopen": bool(found.facts.get("open")),
        "license_id": licence_id(iri),
        "license_title": found.label(language),
        "license_url": str(found.facts.get("page") or found.iri),
    }


def licence_list(language: str) -> list[dict[str, Any]]:
    """Every licence of the list, as CKAN's license_list says it."""
    return [_listed(each, language) for each in vocabulary("licence")]


def _listed(found: Concept, language: str) -> dict[str, Any]:
    opened = bool(found.facts.get("open"))
    return {
        "id": licence_id(found.iri),
        "title": found.label(language),
        "url": str(found.facts.get("page") or found.iri),
        "uri": found.iri,
        "status": "active",
        "is_generic": "False",
        "domain_content": "False",
        "domain_data": "True",
        "domain_software": "False",
        "family": "",
        "maintainer": "",
        "od_conformance": "approved" if opened else "not reviewed",
        "osd_conformance": "not reviewed",
    }


def theme_name(iri: str) -> str | None:
    """CKAN's name of a theme as a group, `tran` for instance; None for foreign themes."""
    found = vocabulary("data-theme").get(iri)
    return found.code.lower() if found else None


def theme_iri(name: str) -> str | None:
    """The theme a group's name or id stands for."""
    for each in vocabulary("data-theme"):
        if name.lower() == each.code.lower() or name == group_id(each):
            return each.iri
    return None


def group_id(found: Concept) -> str:
    """The id of a theme as a group."""
    return uuids.named("group", found.iri)


def group_fields(found: Concept, language: str) -> dict[str, Any]:
    """A theme as a group within a package."""
    title = found.label(language)
    return {
        "id": group_id(found),
        "name": found.code.lower(),
        "title": title,
        "display_name": title,
        "description": "",
        "image_display_url": "",
    }
