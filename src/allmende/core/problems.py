# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every error as problem details (RFC 9457), in German or English. Pure functions.

The web room turns what a request raises into a `Problem` and encodes it as
`application/problem+json`, as a page for browsers, or in the shape of a protocol that has
registered its own encoder.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType, field

from allmende.errors import AllmendeError

MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True):
    """The members of RFC 9457 §3.1 and three of ours: stable code, request id, error id."""

    type: str  # address of the explanation, relative to the base address
    title: str  # short, the same for every problem of this type
    status: int
    detail: str  # what happened here and what to do
    instance: str  # path of the request, without its query
    code: str  # stable, for programs
    request_id: str | UnsetType = field(default=UNSET, name="requestId")
    error_id: str | UnsetType = field(default=UNSET, name="errorId")


class Kind(NamedTuple):
    """One type of problem: its HTTP status and its title and advice in two languages."""

    status: int
    title: Mapping[str, str]
    advice: Mapping[str, str]


def _kind(status: int, en: str, de: str, advice_en: str, advice_de: str) -> Kind:
    return Kind(status, {"en": en, "de": de}, {"en": advice_en, "de": advice_de})


KINDS: dict[str, Kind] = {
    "invalid-input": _kind(
        400,
        "The request cannot be understood",
        "Die Anfrage ist nicht verständlich",
        "Compare the request with the description at /openapi.json.",
        "Bitte die Anfrage mit der Beschreibung unter /openapi.json vergleichen.",
    ),
    "not-authenticated": _kind(
        401,
        "Sign-in is needed",
        "Anmeldung erforderlich",
        "Sign in, or send a valid token in the Authorization header.",
        "Bitte anmelden oder ein gültiges Token im Kopf Authorization senden.",
    ),
    "not-allowed": _kind(
        403,
        "Not allowed",
        "Nicht erlaubt",
        "Ask the steward of the organisation for the role or scope that is needed.",
        "Bitte bei der Datenverantwortlichen der Organisation die nötige Rolle erfragen.",
    ),
    "not-found": _kind(
        404,
        "Not found",
        "Nicht gefunden",
        "Check the address, or search for the thing.",
        "Bitte die Adresse prüfen oder die Suche benutzen.",
    ),
    "method-not-allowed": _kind(
        405,
        "This address does not know the method",
        "Diese Adresse kennt die Methode nicht",
        "The Allow header of the answer lists the methods there are.",
        "Der Kopf Allow der Antwort nennt die möglichen Methoden.",
    ),
    "not-acceptable": _kind(
        406,
        "The format is not available",
        "Das Format ist nicht verfügbar",
        "Ask for one of the formats the answer names.",
        "Bitte eines der Formate wählen, die die Antwort nennt.",
    ),
    "request-timeout": _kind(
        408,
        "The request came too slowly",
        "Die Anfrage kam zu langsam",
        "Send the request again over a better connection or in smaller parts.",
        "Bitte die Anfrage über eine bessere Verbindung oder in kleineren Teilen senden.",
    ),
    "conflict": _kind(
        409,
        "Conflict with the current state",
        "Widerspruch zum aktuellen Stand",
        "Read the thing again and repeat the change.",
        "Bitte den Eintrag neu laden und die Änderung wiederholen.",
    ),
    "gone": _kind(
        410,
        "No longer here",
        "Nicht mehr da",
        "Take what replaces it, if the message names something, and remove the link.",
        "Bitte nehmen, was an seine Stelle getreten ist, falls etwas genannt ist, und den Verweis "
        "entfernen.",
    ),
    "precondition-failed": _kind(
        412,
        "The thing has changed",
        "Der Eintrag wurde geändert",
        "Read the thing again and repeat the change.",
        "Bitte den Eintrag neu laden und die Änderung wiederholen.",
    ),
    "limit-exceeded": _kind(
        413,
        "A limit was passed",
        "Eine Grenze wurde überschritten",
        "Send less at once; the answer names the limit.",
        "Bitte weniger auf einmal senden; die Antwort nennt die Grenze.",
    ),
    "uri-too-long": _kind(
        414,
        "The address is too long",
        "Die Adresse ist zu lang",
        "Shorten the query, or send it in the body of a POST where that is offered.",
        "Bitte die Abfrage kürzen oder, wo möglich, im Rumpf einer POST-Anfrage senden.",
    ),
    "unsupported-media-type": _kind(
        415,
        "The media type is not understood",
        "Der Medientyp wird nicht verstanden",
        "Send one of the media types the description at /openapi.json lists.",
        "Bitte einen der Medientypen senden, die /openapi.json nennt.",
    ),
    "range-not-satisfiable": _kind(
        416,
        "The file has no such part",
        "Diesen Teil hat die Datei nicht",
        "Ask for bytes within the length that the Content-Range header names.",
        "Bitte Bytes innerhalb der Länge verlangen, die der Kopf Content-Range nennt.",
    ),
    "invalid-record": _kind(
        422,
        "The record does not fit its model",
        "Der Datensatz passt nicht zu seinem Modell",
        "Mend the fields the answer names.",
        "Bitte die genannten Felder berichtigen.",
    ),
    "too-many-requests": _kind(
        429,
        "Too many requests",
        "Zu viele Anfragen",
        "Wait as many seconds as the Retry-After header says.",
        "Bitte so viele Sekunden warten, wie der Kopf Retry-After nennt.",
    ),
    "header-too-large": _kind(
        431,
        "The head of the request is too large",
        "Der Kopf der Anfrage ist zu groß",
        "Send fewer or shorter headers; deleting cookies can help.",
        "Bitte weniger oder kürzere Kopfzeilen senden; Cookies zu löschen kann helfen.",
    ),
    "internal": _kind(
        500,
        "Something went wrong here",
        "Hier ist etwas schiefgegangen",
        "Tell the operator the error id; it leads to the log.",
        "Bitte dem Betreiber die Fehlernummer nennen; sie führt zum Protokoll.",
    ),
    "not-supported": _kind(
        501,
        "Not offered",
        "Wird nicht angeboten",
        "Leave this part out; the answer names what there is.",
        "Bitte diesen Teil weglassen; die Antwort nennt, was es gibt.",
    ),
    "source-unavailable": _kind(
        502,
        "A source of data failed",
        "Eine Datenquelle ist ausgefallen",
        "Try again later, or tell the operator of the source.",
        "Bitte später noch einmal versuchen oder den Betreiber der Quelle verständigen.",
    ),
    "busy": _kind(
        503,
        "Too busy",
        "Überlastet",
        "Wait as many seconds as the Retry-After header says and try again.",
        "Bitte so viele Sekunden warten, wie der Kopf Retry-After nennt.",
    ),
    "deadline-exceeded": _kind(
        503,
        "It took too long",
        "Es hat zu lange gedauert",
        "Ask for less at once, with a narrower filter or smaller pages.",
        "Bitte weniger auf einmal abfragen, mit engerem Filter oder kleineren Seiten.",
    ),
}

_BY_STATUS = {kind.status: code for code, kind in reversed(KINDS.items())}


def code_of(status: int) -> str:
    """The code of a bare HTTP status: 405 is `method-not-allowed`."""
    return _BY_STATUS.get(status, "internal" if status >= 500 else "invalid-input")


def kind_of(code: str, status: int) -> Kind:
    """The type a code belongs to; a code of its own has the type of its status."""
    return KINDS.get(code) or KINDS[code_of(status)]


def problem(
    error: AllmendeError | int, language: str, instance: str, *, request_id: str = ""
) -> Problem:
    """The problem of an error or a bare HTTP status, in `de` or `en`.

    A bare status and an error of status 500 say nothing about the inside of the program.
    """
    status = error if isinstance(error, int) else error.status
    code = code_of(status) if isinstance(error, int) else error.code
    kind = kind_of(code, status)
    inside = isinstance(error, int) or status == 500
    known = code if code in KINDS else code_of(status)
    return Problem(
        type=f"/problems/{known}",
        title=kind.title[language],
        status=status,
        detail=kind.advice[language] if inside else _text(error, language),
        instance=instance,
        code=code,
        request_id=request_id or UNSET,
    )


def _text(error: AllmendeError | int, language: str) -> str:
    return "" if isinstance(error, int) else error.text.get(language, error.text["en"])


def retry_after(error: AllmendeError | int) -> int | None:
    """Seconds for the Retry-After header of 429 and 503; None for other errors.

    An error that knows its `retry_after` better is believed.
    """
    known: int | None = getattr(error, "retry_after", None)
    if known is not None:
        return known
    status = error if isinstance(error, int) else error.status
    return {429: 60, 503: 2}.get(status)
