# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What leaves the house by itself: feeds, a stream of all changes, search for browsers."""

from starlette.routing import Route


def routes() -> list[Route]:
    """The addresses of feeds, of the stream of changes and of search for browsers."""
    from allmende.interfaces.feeds import (
        cite,
        govdata,
        ldes,
        oembed,
        opensearch,
        results,
        revisions,
        structured,
    )

    return [
        *(
            Route(f"/{kind}/{{id}}/cite.{{form}}", cite.cite, methods=["GET"])
            for kind in cite.KINDS
        ),
        Route("/datasets/{id}/schema.jsonld", structured.in_schema_org, methods=["GET"]),
        Route("/datasets/{id}/croissant.json", structured.as_croissant, methods=["GET"]),
        Route("/feeds/{lang}/datasets.{ending}", results.datasets, methods=["GET"]),
        Route("/feeds/{lang}/changes.{ending}", revisions.everything, methods=["GET"]),
        Route("/feeds/{lang}/{kind}/{name}", revisions.record, methods=["GET"]),
        Route("/opensearch/{lang}.xml", opensearch.description, methods=["GET"]),
        Route("/opensearch/{lang}/suggestions", opensearch.suggestions, methods=["GET"]),
        Route("/oembed", oembed.oembed, methods=["GET"]),
        Route("/govdata", govdata.feed, methods=["GET"]),
        Route("/govdata.{ending}", govdata.feed, methods=["GET"]),
        Route("/govdata/check.json", govdata.refused, methods=["GET"]),
        Route("/ldes", ldes.stream, methods=["GET"]),
        Route("/ldes.{ending}", ldes.stream, methods=["GET"]),
        Route("/ldes/{page}", ldes.page, methods=["GET"]),
    ]
