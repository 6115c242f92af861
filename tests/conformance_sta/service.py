# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A SensorThings service that is known by its address only, and what is put into it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import httpx2
import pytest

T = TypeVar("T", bound=Callable[..., object])

RUN = f"conformance {secrets.token_hex(4)}"
"""What everything is called that one run makes, so that other data do not matter."""

OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
UNIT = {
    "name": "degree Celsius",
    "symbol": "°C",
    "definition": "http://unitsofmeasure.org/ucum#para-30",
}
POINT = {"type": "Point", "coordinates": [11.58, 50.92]}
RESULTS = list(range(10))

KINDS = {
    "Things": ("name", "description"),
    "Locations": ("name", "description", "encodingType", "location"),
    "HistoricalLocations": ("time",),
    "Datastreams": ("name", "description", "unitOfMeasurement", "observationType"),
    "Sensors": ("name", "description", "encodingType", "metadata"),
    "ObservedProperties": ("name", "description", "definition"),
    "Observations": ("phenomenonTime", "resultTime", "result"),
    "FeaturesOfInterest": ("name", "description", "encodingType", "feature"),
}
"""Collections and the properties that every entity in them has (18-088 clause 8.2)."""

LINKS = {
    "Things": {"Locations": True, "HistoricalLocations": True, "Datastreams": True},
    "Locations": {"Things": True, "HistoricalLocations": True},
    "HistoricalLocations": {"Thing": False, "Locations": True},
    "Datastreams": {
        "Thing": False,
        "Sensor": False,
        "ObservedProperty": False,
        "Observations": True,
    },
    "Sensors": {"Datastreams": True},
    "ObservedProperties": {"Datastreams": True},
    "Observations": {"Datastream": False, "FeatureOfInterest": False},
    "FeaturesOfInterest": {"Observations": True},
}
"""Relations of each kind, and whether they lead to many."""


def requirement(name: str) -> Callable[[T], T]:
    """Notes which requirement of OGC 18-088 a test is about, for the table at the end."""

    def noted(test: T) -> T:
        test.__requirement__ = name  # type: ignore[attr-defined]
        return test

    return noted


class Service:
    """The service: requests by paths below its root or by whole addresses."""

    def __init__(self, root: str, authorization: str = "") -> None:
        self.root = root.rstrip("/")
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        self.client = httpx2.Client(headers=headers, timeout=60, follow_redirects=True)

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request."""
        address = path if path.startswith(("http://", "https://")) else f"{self.root}/{path}"
        return self.client.request(method, address.rstrip("/"), **more)

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of an answer 200; options without their $."""
        params = {f"${name}": str(value) for name, value in options.items()}
        answer = self.ask("GET", path, params=params or None)
        text = answer.text[:300]
        assert answer.status_code == 200, f"{answer.status_code} {text} at {answer.request.url}"
        return answer.json()

    def values(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """The entities of a collection, first page."""
        found: list[dict[str, Any]] = self.get(path, **options)["value"]
        return found

    def status(self, path: str, **options: Any) -> int:
        """The status of a GET; options without their $."""
        params = {f"${name}": str(value) for name, value in options.items()}
        return self.ask("GET", path, params=params or None).status_code

    def post(self, path: str, body: Any, *expected: int) -> httpx2.Response:
        """Sends a new entity; 201 unless something else is expected."""
        answer = self.ask("POST", path, json=body)
        assert answer.status_code in (expected or (201,)), f"{answer.status_code} {answer.text}"
        return answer

    def make(self, path: str, body: Any) -> str:
        """Makes an entity; its address."""
        answer = self.post(path, body)
        assert "location" in answer.headers, "18-088 §10.2.1: 201 comes with Location"
        return str(answer.headers["location"])

    def announced(self) -> list[str]:
        """The conformance classes that the service lists."""
        settings = self.start().get("serverSettings", {})
        return list(settings.get("conformance", []))

    def start(self) -> dict[str, Any]:
        """The root document; some services want a slash behind their root."""
        answer = self.client.get(self.root)
        if answer.status_code == 404:
            answer = self.client.get(f"{self.root}/")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def key(entity: dict[str, Any]) -> str:
    """An id as it stands in addresses and conditions."""
    found = entity["@iot.id"]
    return str(found) if isinstance(found, int) else "'" + str(found).replace("'", "''") + "'"


def thing(name: str = "thing", **more: Any) -> dict[str, Any]:
    """A body."""
    return {"name": f"{RUN} {name}", "description": "made by a test", **more}


def location(name: str = "place", **more: Any) -> dict[str, Any]:
    """A body."""
    return thing(name, encodingType="application/geo+json", location=POINT) | more


def sensor(name: str = "sensor", **more: Any) -> dict[str, Any]:
    """A body."""
    address = "https://example.org/sensor.pdf"
    return thing(name, encodingType="application/pdf", metadata=address) | more


def observed(name: str = "property", **more: Any) -> dict[str, Any]:
    """A body."""
    return thing(name, definition="https://example.org/temperature") | more


def feature(name: str = "feature", **more: Any) -> dict[str, Any]:
    """A body."""
    return thing(name, encodingType="application/geo+json", feature=POINT) | more


def stream(name: str = "stream", **more: Any) -> dict[str, Any]:
    """A body with sensor and property inside."""
    return {
        **thing(name),
        "unitOfMeasurement": UNIT,
        "observationType": f"{OM}OM_Measurement",
        "Sensor": sensor(),
        "ObservedProperty": observed(),
        **more,
    }


def at(hour: int) -> str:
    """A moment."""
    return f"2025-03-01T{hour:02d}:00:00Z"


class World:
    """One entity of every kind, and ten observations with the results 0 to 9.

    Everything is linked by ids, so that a service that lacks deep inserts or collections
    below entities is still judged by everything else.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        _check_writable(service)
        more = {"properties": {"run": RUN, "height": 12.5, "deep": {"er": "yes"}}}
        self.place = service.make("Locations", location())
        self.thing = service.make("Things", thing(Locations=[self.link(self.place)], **more))
        self.sensor = service.make("Sensors", sensor())
        self.observed = service.make("ObservedProperties", observed())
        self.stream, self.other = (self.new_stream(name) for name in ("first", "second"))
        self.feature = service.make("FeaturesOfInterest", feature())
        self.observations = [self.observe(self.stream, hour, hour) for hour in RESULTS]
        self.observation = self.observations[3]
        self.past = self._past()

    def _past(self) -> str:
        """A HistoricalLocation: the one that came by itself, else one that is sent."""
        service = self.service
        if found := service.values(f"{self.thing}/HistoricalLocations"):
            return str(found[0]["@iot.selfLink"])
        body = {
            "time": at(0),
            "Thing": self.link(self.thing),
            "Locations": [self.link(self.place)],
        }
        answer = service.ask("POST", "HistoricalLocations", json=body)
        return answer.headers.get("location", "")

    def link(self, address: str) -> dict[str, Any]:
        """A reference to an entity."""
        return {"@iot.id": self.service.get(address)["@iot.id"]}

    def new_stream(self, name: str, **links: Any) -> str:
        """A datastream of the thing; its address."""
        ids = {
            "Thing": self.link(self.thing),
            "Sensor": self.link(self.sensor),
            "ObservedProperty": self.link(self.observed),
        }
        return self.service.make("Datastreams", stream(name, **{**ids, **links}))

    def observe(self, stream: str, hour: int, result: Any, **more: Any) -> str:
        """An observation of the feature; its address."""
        body = {
            "phenomenonTime": at(hour),
            "resultTime": at(hour),
            "result": result,
            "Datastream": self.link(stream),
            "FeatureOfInterest": self.link(self.feature),
        }
        return self.service.make("Observations", {**body, **more})

    def gone(self) -> str:
        """The address of a thing that was deleted."""
        address = self.service.make("Things", thing("gone"))
        assert self.service.ask("DELETE", address).is_success
        return address

    def address(self, kind: str) -> str:
        """The address of one entity of a kind."""
        found = {
            "Things": self.thing,
            "Locations": self.place,
            "HistoricalLocations": self.past,
            "Datastreams": self.stream,
            "Sensors": self.sensor,
            "ObservedProperties": self.observed,
            "Observations": self.observation,
            "FeaturesOfInterest": self.feature,
        }[kind]
        assert found, f"the service has none of the {kind}, and none can be sent"
        return found

    def remove(self) -> None:
        """Takes everything away again."""
        service = self.service
        service.ask("DELETE", self.thing)
        mine = f"startswith(name,'{RUN}')"
        for kind in ("Things", "Locations", "Sensors", "ObservedProperties", "FeaturesOfInterest"):
            while found := service.values(kind, filter=mine, top=100):
                gone = [service.ask("DELETE", each["@iot.selfLink"]) for each in found]
                if not any(each.is_success for each in gone):
                    break


def _check_writable(service: Service) -> None:
    answer = service.ask("POST", "ObservedProperties", json=observed("may it be written"))
    if answer.status_code in (401, 403, 404, 405, 501):
        pytest.skip(f"the service takes nothing new ({answer.status_code}); see STA_AUTH")
    assert answer.status_code == 201, f"{answer.status_code} {answer.text[:500]}"
    service.ask("DELETE", answer.headers.get("location", "ObservedProperties"))


class Moments:
    """A datastream whose observations differ in every part of their times."""

    TIMES: ClassVar[dict[float, str]] = {
        -1.6: "2023-12-31T23:59:58.250Z",
        2.4: "2024-02-29T00:00:01Z",
        2.6: "2024-06-15T12:30:45Z",
        7: "2025-06-15T12:30:45.500Z",
    }

    def __init__(self, world: World) -> None:
        self.stream = world.new_stream("moments")
        for result, time in self.TIMES.items():
            world.observe(self.stream, 0, result, phenomenonTime=time, resultTime=time)


class Places:
    """A point, a line and an area that meet at 11 50."""

    SHAPES: ClassVar[dict[str, tuple[str, Any]]] = {
        "area": ("Polygon", [[[11, 50], [13, 50], [13, 52], [11, 52], [11, 50]]]),
        "line": ("LineString", [[11, 50], [13, 52]]),
        "point": ("Point", [11, 50]),
    }

    def __init__(self, service: Service) -> None:
        self.service = service
        for name, (kind, coordinates) in self.SHAPES.items():
            shape = {"type": kind, "coordinates": coordinates}
            service.make("Locations", location(f"shape {name}", location=shape))

    def found(self, condition: str) -> list[str]:
        """The names of those that meet a condition."""
        mine = f"startswith(name,'{RUN} shape') and {condition}"
        values = self.service.values("Locations", filter=mine)
        return sorted(each["name"].rpartition(" ")[2] for each in values)


def results(sta: Service, world: World, **options: Any) -> list[Any]:
    """The results of the first datastream, first page."""
    found = sta.values(f"{world.stream}/Observations", **options)
    return [each["result"] for each in found]
