# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Examples to copy, with true addresses of this server."""

from dataclasses import dataclass

ADDRESSES: tuple[tuple[str, str], ...] = (  # word key → path
    ("address.dataset", "/datasets/{id}"),
    ("address.search", "/datasets.json"),
    ("address.catalogue", "/catalog.ttl"),
    ("address.ogc", "/ogc"),
    ("address.data", "/data"),
    ("address.sensorthings", "/sensorthings/v1.1"),
    ("address.models", "/models"),
    ("address.sparql", "/sparql"),
    ("address.feeds", "/feeds/de/changes.atom"),
    ("address.ldes", "/ldes"),
    ("address.govdata", "/govdata"),
    ("address.ckan", "/api/3/action/package_search?q=baum"),
    ("address.hub", "/api/hub/search/search?q=baum"),
    ("address.openapi", "/openapi.json"),
)

QUERIES: dict[str, str] = {
    "newest": """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>

SELECT ?dataset ?title ?modified WHERE {
  ?dataset a dcat:Dataset ;
    dct:title ?title ;
    dct:modified ?modified .
}
ORDER BY DESC(?modified)
LIMIT 10""",
    "formats": """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>

SELECT ?format (COUNT(?file) AS ?files) WHERE {
  ?dataset dcat:distribution ?file .
  ?file dct:format ?format .
}
GROUP BY ?format
ORDER BY DESC(?files)""",
    "licences": """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>

SELECT ?licence (COUNT(DISTINCT ?dataset) AS ?datasets) WHERE {
  ?dataset dcat:distribution/dct:license ?licence .
}
GROUP BY ?licence
ORDER BY DESC(?datasets)""",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of code: key of its sentence, language, text."""

    key: str
    language: str
    code: str


def examples(base: str, ident: str) -> list[Example]:
    """Examples for curl, Python and SPARQL with addresses below `base`."""
    dataset = f"{base}/datasets/{ident}"
    return [
        Example("turtle", "curl", f"curl -H 'Accept: text/turtle' {dataset}"),
        Example("ending", "curl", f"curl {dataset}.jsonld"),
        Example("search", "curl", f"curl '{base}/datasets.json?q=baum&limit=5'"),
        Example("table", "curl", f"curl '{base}/datasets.csv?format=CSV'"),
        Example("rows", "curl", f"curl '{base}/data/trees?height>=25&sort=-height&limit=5'"),
        Example("features", "curl", _features(base)),
        Example("sparql", "curl", _curl(base)),
        Example("python", "Python", _python(base)),
    ]


def _features(base: str) -> str:
    return (
        f"curl -G {base}/ogc/collections/trees/items \\\n"
        '  --data-urlencode "filter=height > 25 AND vitality <= 1" -d limit=5'
    )


def _curl(base: str) -> str:
    return (
        f"curl {base}/sparql \\\n  -H 'Accept: text/csv' \\\n"
        "  --data-urlencode 'query=\n"
        "PREFIX dcat: <http://www.w3.org/ns/dcat#>\n"
        "PREFIX dct: <http://purl.org/dc/terms/>\n"
        "SELECT ?title WHERE { ?d a dcat:Dataset ; dct:title ?title } LIMIT 10'"
    )


def _python(base: str) -> str:
    return f'''import json
from urllib.parse import urlencode
from urllib.request import Request, urlopen

query = """
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?title WHERE {{ ?d a dcat:Dataset ; dct:title ?title }} LIMIT 10
"""
address = "{base}/sparql?" + urlencode({{"query": query}})
request = Request(address, headers={{"Accept": "application/sparql-results+json"}})
with urlopen(request) as answer:
    for row in json.load(answer)["results"]["bindings"]:
        print(row["title"]["value"])'''
