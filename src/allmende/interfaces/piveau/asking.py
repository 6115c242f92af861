# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The parameters of requests to the repository, checked."""

from datetime import UTC, datetime
from typing import Literal, cast, get_args

from starlette.requests import Request

from allmende.core.asking import one_of
from allmende.core.catalogue import Record
from allmende.errors import InvalidInput
from allmende.model.catalogue import ResourceKind
from allmende.model.dates import iso
from allmende.policy import Level, Status

ValueType = Literal["uriRefs", "identifiers", "originalIds", "metadata"]

DEFAULT_LIMIT = 100
MAX_LIMIT = 5_000
MAX_OFFSET = 10**12
LONGEST_ID = 2_000  # characters of an original id

MEMBERS = (ResourceKind.DATASET, ResourceKind.SERVICE, ResourceKind.SERIES)
DATASETS = (ResourceKind.DATASET,)
CATALOGUES = (ResourceKind.CATALOG,)
TYPES = {
    "dataset": ResourceKind.DATASET,
    "dataservice": ResourceKind.SERVICE,
    "datasetseries": ResourceKind.SERIES,
}
_LEVELS = {"public": Level.OPEN, "internal": Level.INTERNAL, "restricted": Level.RESTRICTED}
_STATUSES = {"draft": Status.DRAFT, "published": Status.PUBLISHED}


def number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number within its bounds. Raises InvalidInput naming them."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdecimal() and least <= int(text[:18]) <= most):
        raise InvalidInput(
            f"{name} has to be a whole number from {least} to {most}.",
            f"{name} muss eine ganze Zahl von {least} bis {most} sein.",
        )
    return int(text)


def window(request: Request) -> tuple[int, int]:
    """Offset and limit of a list."""
    offset = number(request, "offset", 0, 0, MAX_OFFSET)
    return offset, number(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)


def value_type(request: Request) -> ValueType:
    """What a list consists of; `sourceIds=true` is the old name of original ids."""
    given = request.query_params.get("valueType") or "uriRefs"
    if flag(request, "sourceIds"):
        given = "originalIds"
    return cast(ValueType, one_of("valueType", given, get_args(ValueType)))


def flag(request: Request, name: str, default: bool = False) -> bool:
    """A parameter that is true or false. Raises InvalidInput for anything else."""
    given = request.query_params.get(name, str(default)).lower()
    return one_of(name, given, ("true", "false")) == "true"


def required(request: Request, name: str) -> str:
    """A text parameter that has to be there, at most 2,000 characters."""
    text = request.query_params.get(name, "").strip()
    if not text or len(text) > LONGEST_ID or "\0" in text:
        raise InvalidInput(
            f"The parameter {name} is needed, with at most {LONGEST_ID} characters.",
            f"Der Parameter {name} wird gebraucht, mit höchstens {LONGEST_ID} Zeichen.",
        )
    return text


def resource_types(request: Request) -> tuple[ResourceKind, ...]:
    """The kinds of `resourceTypes`, repeated or with commas; all when it is not given."""
    given = ",".join(request.query_params.getlist("resourceTypes"))
    names = [name.strip().lower() for name in given.split(",") if name.strip()]
    for name in names:
        one_of("resourceTypes", name, tuple(TYPES))
    return tuple(dict.fromkeys(TYPES[name] for name in names)) or MEMBERS


def status_of(request: Request, before: Record | None) -> Status:
    """The status a write asks for; else as it is; published when it is new."""
    given = request.query_params.get("publicationStatus")
    if given is None:
        return before.status if before is not None else Status.PUBLISHED
    return _STATUSES[one_of("publicationStatus", given.lower(), tuple(_STATUSES))]


def level_of(request: Request) -> Level | None:
    """The access level a write asks for; None leaves it as it is."""
    given = request.query_params.get("accessLevel")
    if given is None:
        return None
    return _LEVELS[one_of("accessLevel", given.lower(), tuple(_LEVELS))]


def level_name(level: Level) -> str:
    """How a hub calls a level."""
    return next(name for name, each in _LEVELS.items() if each is level)


def moment(request: Request, name: str) -> int | None:
    """A date-time in µs UTC; without a zone it is UTC. Raises InvalidInput."""
    given = request.query_params.get(name)
    if not given:
        return None
    try:
        found = datetime.fromisoformat(iso(given.replace(" ", "+")) or given)
    except ValueError as error:
        raise InvalidInput(
            f"{name} has to be a date-time such as 2026-05-31T12:00:00Z.",
            f"{name} muss ein Zeitpunkt wie 2026-05-31T12:00:00Z sein.",
        ) from error
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1_000_000)
