# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""hub-search: the catalogue as JSON, searched, listed and fed."""

from starlette.routing import BaseRoute, Route


def addresses(base: str) -> list[BaseRoute]:
    """The addresses of the search below `base`."""
    from allmende.interfaces.piveau.search import feeds, listing, searching, terms

    found = {
        "/search": searching.search,
        "/scroll": searching.scroll,
        "/datasets": listing.datasets,
        "/datasets/{ident}": listing.dataset,
        "/datasets/{ident}/revisions/{revision}": listing.revision,
        "/datasets/{ident}/{revision}": listing.revision,
        "/catalogues": listing.catalogues,
        "/catalogues/{ident}": listing.one_catalogue,
        "/dataservices/{ident}": listing.service,
        "/datasetseries/{ident}": listing.series,
        "/resources": listing.resource_types,
        "/organizations": listing.organisations,
        "/organizations/{ident}": listing.organisation,
        "/gazetteer/autocomplete": listing.gazetteer,
        "/vocabularies": terms.listing,
        "/vocabularies/{name}": terms.one,
        "/vocabularies/{name}/vocable": terms.by_iri,
        "/vocabularies/{name}/{ident}": terms.by_id,
        "/sitemap": feeds.sitemap_index,
        "/sitemap/{number:int}": feeds.sitemap,
        "/{lang}/feeds/datasets.atom": feeds.atom,
        "/{lang}/feeds/datasets.rss": feeds.rss,
        "/{lang}/feeds/datasets/{ident}": feeds.changes,
    }
    return [
        Route(base + "/search", searching.search_post, methods=["POST"]),
        *(Route(base + path, handler, methods=["GET"]) for path, handler in found.items()),
    ]
