# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an address does, said once at its function: description and limits.

The OpenAPI page, the limits of a request, cross-origin reading and the time limit follow
from it. A function without it gets the defaults and stays out of /openapi.json.

    @operation(
        "One dataset in the asked format",
        parameters=(Parameter("id", "path", "Id of the dataset"),),
        produces=("text/turtle", "application/ld+json"),
    )
    async def dataset(request: Request) -> Response: ...
"""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from msgspec import Struct, field

_F = TypeVar("_F", bound=Callable[..., Any])


class Parameter(Struct, frozen=True):
    """One parameter of an address; `schema` is JSON Schema."""

    name: str
    place: Literal["path", "query", "header"]
    about: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """Description and limits of one function; limits are names of settings."""

    summary: str
    about: str = ""
    tag: str = ""
    parameters: tuple[Parameter, ...] = ()
    consumes: tuple[str, ...] = ()  # media types of the request body
    produces: tuple[str, ...] = ("application/json",)
    body_limit: str = "body_limit"
    seconds: str = "request_seconds"
    reads: bool = False  # a POST that changes nothing (SPARQL, CKAN search): no write rate, CORS
    rate: str = "writes_per_minute"  # of a signed-in subject
    secured: bool = False  # needs a sign-in or token


NAME = "__operation__"
PLAIN = Operation(summary="")


def operation(summary: str, **details: Any) -> Callable[[_F], _F]:
    """Attach an Operation to a function; `details` are its other fields."""

    def attach(function: _F) -> _F:
        setattr(function, NAME, Operation(summary=summary, **details))
        return function

    return attach


def operation_of(function: object) -> Operation:
    """The description of a function, or the plain one."""
    found: Operation = getattr(function, NAME, PLAIN)
    return found
