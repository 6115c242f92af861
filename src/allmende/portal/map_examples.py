# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ways to get a collection: files in every format, addresses and code to copy."""

from dataclasses import dataclass
from urllib.parse import urlencode

from allmende.core.collections import Collection
from allmende.core.collections.describing import FORMS
from allmende.portal.examples import Example
from allmende.portal.map_filter import Form
from allmende.portal.page import Page


@dataclass(frozen=True, slots=True)
class Download:
    """A format with the address of all rows, or of those that the filter leaves."""

    title: str
    address: str
    media_type: str


def downloads(collection: Collection, form: Form) -> list[Download]:
    """Every format of the collection."""
    placed = collection.entity.geometry is not None
    items = f"/ogc/collections/{collection.id}/items"
    found = []
    for each in FORMS:
        if each.placed and not placed:
            continue
        query = {"f": each.key, **({"filter": form.cql} if form.cql else {})}
        address = f"{items}?{urlencode(query)}"
        found.append(Download(each.title, address, each.media_type))
    return found


def examples(page: Page, collection: Collection) -> list[Example]:
    """Addresses of the interfaces, a command and a program, with true addresses."""
    base = page.site.base_url
    items = f"{base}/ogc/collections/{collection.id}/items"
    box = collection.extent
    where = f"&bbox={','.join(f'{each:.4f}' for each in box)}" if box else ""
    return [
        Example("api.items", "sh", f"curl '{items}?limit=10{where}'"),
        Example("api.table", "sh", f"curl -o {collection.id}.csv '{items}?f=csv'"),
        Example("api.python", "python", _python(items)),
    ]


def _python(items: str) -> str:
    return f"""import json
from urllib.request import urlopen

address = "{items}?limit=1000"
while address:
    page = json.load(urlopen(address))
    for feature in page["features"]:
        print(feature["id"], feature["properties"])
    links = {{link["rel"]: link["href"] for link in page["links"]}}
    address = links.get("next")"""
