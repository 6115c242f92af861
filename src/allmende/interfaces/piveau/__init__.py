# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A piveau hub for programs: hub-repo and hub-search (docs/reference/piveau.md)."""

from collections.abc import Callable
from typing import Any

from starlette.routing import BaseRoute, Route

from allmende.interfaces.piveau.shapes import repo_error, search_error

REPO = "/api/hub/repo"
SEARCH = "/api/hub/search"
ENCODERS = {REPO: repo_error, SEARCH: search_error}

Handler = Callable[..., Any]


def routes() -> list[BaseRoute]:
    """The addresses of the repository and of the search."""
    from allmende.interfaces.piveau.search import addresses

    return [*_repo(), *addresses(SEARCH)]


def _at(path: str, **methods: Handler) -> list[BaseRoute]:
    """One route per method."""
    return [
        Route(REPO + path, handler, methods=[name.upper()]) for name, handler in methods.items()
    ]


def _repo() -> list[BaseRoute]:
    from allmende.interfaces.piveau import lists, single, words

    return [
        *_at("/catalogues", get=lists.catalogues),
        *_at(
            "/catalogues/{ident}",
            get=single.catalogue,
            put=single.put_catalogue,
            delete=single.delete_catalogue,
        ),
        *_at("/catalogues/{ident}/resources", get=lists.resources_of, post=single.post_resource),
        *_at("/catalogues/{ident}/datasets", get=lists.datasets_of, post=single.post_dataset),
        *_at(
            "/catalogues/{ident}/resources/origin",
            get=single.resource_origin,
            put=single.put_resource_origin,
            delete=single.delete_resource_origin,
        ),
        *_at(
            "/catalogues/{ident}/datasets/origin",
            get=single.dataset_origin,
            put=single.put_dataset_origin,
            delete=single.delete_dataset_origin,
        ),
        *_resources(),
        *_drafts(),
        *_at("/vocabularies", get=words.vocabularies, put=words.fixed),
        *_at(
            "/vocabularies/{ident}", get=words.one_vocabulary, put=words.fixed, delete=words.fixed
        ),
        *_at("/organizations", get=words.organisations),
        *_at(
            "/organizations/{ident}",
            get=words.one_organisation,
            put=words.put_organisation,
            delete=words.delete_organisation,
        ),
        *_at("/action", post=words.action),
    ]


def _resources() -> list[BaseRoute]:
    from allmende.interfaces.piveau import distributions, entries, identifiers, lists, single

    return [
        *_at("/resources", get=lists.resources),
        *_at(
            "/resources/{ident}",
            get=single.resource,
            put=single.put_resource,
            delete=single.delete_resource,
        ),
        *_at("/resources/{ident}/record", get=entries.record),
        *_at("/resources/{ident}/metrics", get=entries.metrics),
        *_at(
            "/datasets",
            get=lists.datasets,
            post=single.post_dataset_query,
            put=single.put_dataset_query,
            delete=single.delete_dataset_query,
        ),
        *_at("/datasets/revisions/{revision}", get=entries.revision),
        *_at(
            "/datasets/{ident}",
            get=single.dataset,
            put=single.put_dataset,
            delete=single.delete_dataset,
        ),
        *_at("/datasets/{ident}/record", get=entries.record),
        *_at("/datasets/{ident}/metrics", get=entries.metrics),
        *_at("/datasets/{ident}/diff", get=entries.diff),
        *_at(
            "/datasets/{ident}/distributions",
            get=distributions.listing,
            post=distributions.create,
        ),
        *_at(
            "/distributions/{ident}",
            get=distributions.read,
            put=distributions.replace,
            delete=distributions.delete,
        ),
        *_at("/records/revisionRecord/{revision}", get=entries.revision_record),
        *_at("/records/{ident}", get=entries.record),
        *_at("/identifiers/datasets/{ident}", put=identifiers.create),
        *_at("/identifiers/datasets/{ident}/eligibility", get=identifiers.eligibility),
    ]


def _drafts() -> list[BaseRoute]:
    from allmende.interfaces.piveau import drafts

    return [
        *_at("/drafts/datasets", get=drafts.listing, post=drafts.create),
        *_at("/drafts/datasets/{ident}", get=drafts.read, put=drafts.put, delete=drafts.delete),
        *_at("/drafts/datasets/publish/{ident}", put=drafts.publish),
        *_at("/drafts/datasets/hide/{ident}", put=drafts.hide),
    ]
