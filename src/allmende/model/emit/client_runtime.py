# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The part of every generated Python client that is the same: it is copied into the module."""

from __future__ import annotations

# --- from here on it is copied ---
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Geometry = dict[str, Any]  # a GeoJSON geometry in longitude and latitude (RFC 7946)
MEDIA_TYPE = "application/geo+json"


class ServerError(Exception):
    """The server refused: its status, and what it says about it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


@dataclass(kw_only=True)
class Feature(Generic[T]):
    """A row with its place; `etag` names the state that was read, for safe changes."""

    properties: T
    geometry: Geometry | None = None
    id: str = ""
    etag: str = ""


class Features(Generic[T]):
    """The rows of one collection of an OGC API Features server."""

    def __init__(
        self,
        address: str,
        read: Callable[[dict[str, Any]], T],
        write: Callable[[T], dict[str, Any]],
        *,
        token: str = "",
        timeout: float = 60,
    ) -> None:
        self.address, self.token, self.timeout = address, token, timeout
        self._read, self._write = read, write

    def items(
        self,
        *,
        filter: str = "",
        bbox: tuple[float, float, float, float] | None = None,
        datetime: str = "",
        limit: int = 1000,
        **more: str,
    ) -> Iterator[Feature[T]]:
        """Every row that fits, read in pages of `limit`; `filter` is CQL2 text."""
        given = {"filter": filter, "datetime": datetime, "limit": str(limit), **more}
        if bbox is not None:
            given["bbox"] = ",".join(str(each) for each in bbox)
        query = {name: value for name, value in given.items() if value}
        following = f"{self.address}?{urllib.parse.urlencode(query)}"
        while following:
            _, page = self._ask("GET", following)
            for each in page["features"]:
                yield self._feature(each)
            links = page.get("links", [])
            following = next((each["href"] for each in links if each["rel"] == "next"), "")

    def get(self, id: str) -> Feature[T]:
        """One row. ServerError 404 when there is none."""
        headers, found = self._ask("GET", self._at(id))
        return self._feature(found, headers.get("etag", ""))

    def create(self, properties: T, geometry: Geometry | None = None, id: str = "") -> str:
        """Adds a row; its id."""
        body = self._document(Feature(properties=properties, geometry=geometry, id=id))
        headers, _ = self._ask("POST", self.address, body)
        return urllib.parse.unquote(headers["location"].rpartition("/")[2])

    def replace(self, feature: Feature[T]) -> None:
        """Changes a row. ServerError 412 when somebody else has changed it meanwhile."""
        self._ask("PUT", self._at(feature.id), self._document(feature), feature.etag)

    def delete(self, feature: Feature[T]) -> None:
        """Removes a row. ServerError 412 when somebody else has changed it meanwhile."""
        self._ask("DELETE", self._at(feature.id), etag=feature.etag)

    def _at(self, id: str) -> str:
        return f"{self.address}/{urllib.parse.quote(id, safe='')}"

    def _feature(self, found: dict[str, Any], etag: str = "") -> Feature[T]:
        return Feature(
            properties=self._read(found["properties"]),
            geometry=found.get("geometry"),
            id=str(found["id"]),
            etag=etag,
        )

    def _document(self, feature: Feature[T]) -> dict[str, Any]:
        found: dict[str, Any] = {"type": "Feature", "geometry": feature.geometry}
        if feature.id:
            found["id"] = feature.id
        return found | {"properties": self._write(feature.properties)}

    def _ask(
        self, method: str, address: str, body: dict[str, Any] | None = None, etag: str = ""
    ) -> tuple[dict[str, str], dict[str, Any]]:
        if not address.startswith(("http://", "https://")):
            raise ValueError("the address has to begin with http:// or https://")
        headers = {"Accept": f"{MEDIA_TYPE}, application/json"}
        if self.token and address.startswith(self.address):
            headers["Authorization"] = f"Bearer {self.token}"
        if etag:
            headers["If-Match"] = etag
        data = None
        if body is not None:
            headers["Content-Type"] = MEDIA_TYPE
            data = json.dumps(body).encode()
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                text = answer.read()
                known = {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as error:
            with error:
                raise ServerError(error.code, error.read().decode("utf-8", "replace")) from None
        return known, json.loads(text) if text else {}
