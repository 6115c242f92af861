# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing models: who may, what a version number has to be, what never changes."""

from __future__ import annotations

from msgspec import Struct

from allmende.core.platform import Platform
from allmende.errors import (
    AllmendeError,
    Conflict,
    InvalidInput,
    InvalidRecord,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from allmende.model.compare import compare, suffices
from allmende.model.document import Model, problems
from allmende.model.emit.document import canonical
from allmende.model.fold import accenti, casei
from allmende.policy import Action, Level, Status, Subject, may, read_condition, roles_said
from allmende.store import Connection, audit
from allmende.store import models as rows
from allmende.store.models import Kept, Written

MAX_DOCUMENT = 2_000_000  # bytes of one model
MAX_VERSIONS = 1_000  # of one model


class Outcome(Struct, frozen=True):
    """What became of a model that was put."""

    id: str
    version: str
    change: str  # created, updated, unchanged, released


async def put(
    platform: Platform,
    subject: Subject,
    model: Model,
    organisation: str,
    *,
    status: Status = Status.PUBLISHED,
    metadata_access: Level = Level.OPEN,
    data_access: Level = Level.OPEN,
) -> Outcome:
    """Keeps a version of a model.

    The same content again changes nothing, whoever sends it, except that a draft is released
    when `status` is published. Other content replaces a draft. Raises NotAuthenticated,
    NotAllowed; InvalidRecord for a model that cannot be used or whose version number is too
    low for what has changed; Conflict when the version is published with other content, or
    the id belongs to another organisation.
    """
    written = Written(
        model=model,
        organisation=organisation,
        status=status,
        metadata_access=metadata_access,
        data_access=data_access,
        words=_words(model),
        document=canonical(model),
    )
    _check(written)
    result = await platform.store.write(_put, subject, written)
    if isinstance(result, AllmendeError):
        raise result
    return result


def _check(written: Written) -> None:
    wrong = problems(written.model)
    if wrong:
        raise InvalidRecord(
            "The model cannot be used: " + " ".join(each["en"] for each in wrong),
            "Das Modell ist nicht verwendbar: " + " ".join(each["de"] for each in wrong),
            code="bad-model",
        )
    if len(written.document) > MAX_DOCUMENT:
        raise InvalidRecord(
            f"The model is larger than {MAX_DOCUMENT} bytes; divide it.",
            f"Das Modell ist größer als {MAX_DOCUMENT} Byte; bitte teilen.",
            code="model-too-large",
        )
    if written.status == Status.ARCHIVED:
        raise InvalidInput(
            "A new version is a draft or published; it can be archived afterwards.",
            "Eine neue Fassung ist Entwurf oder veröffentlicht; archiviert wird sie danach.",
        )


def _put(db: Connection, subject: Subject, written: Written) -> Outcome | AllmendeError:
    known = rows.all_of(db, written.model.id)
    before = next((each for each in known if each.version == written.model.version), None)
    if before is not None and canonical(before.model) == written.document:
        return _same(db, subject, before, written, known)
    problem = _problem(subject, written, before, known)
    if problem is not None:
        return problem
    if before is None:
        rows.insert(db, written, subject.id)
    else:
        rows.rewrite(db, before.key, written, subject.id)
    change = "created" if before is None else "updated"
    if before is not None and written.status == Status.PUBLISHED:
        rows.set_policy(db, before, written.status, written.metadata_access, written.data_access)
    _note(db, subject, f"model-{change}", written)
    return _outcome(written, change)


def _same(
    db: Connection, subject: Subject, before: Kept, written: Written, known: list[Kept]
) -> Outcome | AllmendeError:
    """The content is there already: nothing to do, or a draft to release."""
    if before.status != Status.DRAFT or written.status != Status.PUBLISHED:
        return _outcome(written, "unchanged")
    if not may(subject, Action.RELEASE, before.organisation):
        return _refused(subject, Action.RELEASE)
    too_low = _too_low(written.model, known)
    if too_low is not None:
        return too_low
    rows.set_policy(db, before, Status.PUBLISHED, before.metadata_access, before.data_access)
    _note(db, subject, "model-released", written)
    return _outcome(written, "released")


def _problem(
    subject: Subject, written: Written, before: Kept | None, known: list[Kept]
) -> AllmendeError | None:
    drafts = written.status == Status.DRAFT and (before is None or before.status == Status.DRAFT)
    needed = Action.WRITE_DRAFT if drafts else Action.WRITE
    owners = {written.organisation, *(each.organisation for each in known)}
    if not may(subject, needed, written.organisation):
        return _refused(subject, needed)
    if len(owners) > 1:
        return _taken(written.model.id)
    if before is not None and before.status != Status.DRAFT:
        return _fixed(written.model)
    if before is None and len(known) >= MAX_VERSIONS:
        return InvalidRecord(
            f"A model has at most {MAX_VERSIONS} versions.",
            f"Ein Modell hat höchstens {MAX_VERSIONS} Fassungen.",
            code="too-many-versions",
        )
    return None if drafts else _too_low(written.model, known)


def _too_low(model: Model, known: list[Kept]) -> AllmendeError | None:
    """Whether the number promises more than the content keeps, against the version before it."""
    number = rows.number_of(model.version)
    older = [
        each
        for each in known
        if each.status != Status.DRAFT and rows.number_of(each.version) < number
    ]
    if not older:
        return None
    found = compare(older[-1].model, model)
    if found.level == "none" or suffices(model.version, found.required):
        return None
    strongest = [each for each in found.changes if each.level == found.level]
    reasons = {
        language: "; ".join(each.text[language] for each in strongest[:5])
        for language in ("en", "de")
    }
    before, required = older[-1].version, found.required
    return InvalidRecord(
        f"Against {before} this needs at least version {required}: {reasons['en']}",
        f"Gegenüber {before} braucht das mindestens Fassung {required}: {reasons['de']}",
        code="version-too-low",
    )


async def arrange(
    platform: Platform,
    subject: Subject,
    ident: str,
    version: str,
    *,
    status: Status | None = None,
    metadata_access: Level | None = None,
    data_access: Level | None = None,
) -> None:
    """Releases, withdraws (while no collection uses it), archives or classifies a version.

    Raises NotFound, NotAuthenticated, NotAllowed, Conflict, InvalidRecord (version too low).
    """
    await _visible(platform, subject, ident, version)
    result = await platform.store.write(
        _arrange, subject, ident, version, (status, metadata_access, data_access)
    )
    if isinstance(result, AllmendeError):
        raise result


def _arrange(
    db: Connection,
    subject: Subject,
    ident: str,
    version: str,
    wanted: tuple[Status | None, Level | None, Level | None],
) -> AllmendeError | None:
    known = rows.all_of(db, ident)
    kept = next((each for each in known if each.version == version), None)
    if kept is None:
        return not_found(ident)
    status, metadata, data = wanted
    needed = Action.RELEASE if (metadata, data) == (None, None) else Action.WRITE
    if status == Status.ARCHIVED or kept.status == Status.ARCHIVED:
        needed = Action.WRITE
    if not may(subject, needed, kept.organisation):
        return _refused(subject, needed)
    if status == Status.PUBLISHED and (too_low := _too_low(kept.model, known)) is not None:
        return too_low
    if status == Status.DRAFT and rows.is_used(db, ident, version):
        return _used(kept)
    rows.set_policy(
        db, kept, status or kept.status, metadata or kept.metadata_access, data or kept.data_access
    )
    audit.note(db, subject.id, "model-arranged", f"{ident}/{version}", kept.organisation)
    return None


async def discard(platform: Platform, subject: Subject, ident: str, version: str) -> None:
    """Deletes a draft that no collection uses. Raises NotFound, NotAllowed, Conflict."""
    await _visible(platform, subject, ident, version)
    problem = await platform.store.write(_discard, subject, ident, version)
    if problem is not None:
        raise problem


def _discard(db: Connection, subject: Subject, ident: str, version: str) -> AllmendeError | None:
    known = rows.all_of(db, ident)
    kept = next((each for each in known if each.version == version), None)
    if kept is None:
        return not_found(ident)
    if not may(subject, Action.WRITE_DRAFT, kept.organisation):
        return _refused(subject, Action.WRITE_DRAFT)
    if kept.status != Status.DRAFT:
        return _fixed(kept.model)
    if rows.is_used(db, ident, version):
        return _used(kept)
    rows.delete(db, kept)
    audit.note(db, subject.id, "model-discarded", f"{ident}/{version}", kept.organisation)
    return None


async def _visible(platform: Platform, subject: Subject, ident: str, version: str) -> None:
    """Raises NotFound when the subject may not see the version."""
    condition = read_condition(subject)
    if await platform.store.read(rows.find, condition, ident, version) is None:
        raise not_found(f"{ident} {version}")


def _note(db: Connection, subject: Subject, action: str, written: Written) -> None:
    target = f"{written.model.id}/{written.model.version}"
    audit.note(db, subject.id, action, target, written.organisation)


def _outcome(written: Written, change: str) -> Outcome:
    return Outcome(written.model.id, written.model.version, change)


# --- words ---------------------------------------------------------------------------


def _words(model: Model) -> str:
    """Everything in a model that is searched, folded."""
    parts = [model.id, *model.title.values(), *model.description.values()]
    for entity in model.entities:
        parts += [entity.name, *entity.title.values(), *entity.description.values()]
        for field in entity.fields:
            parts += [field.name, *field.title.values(), *field.description.values()]
    return folded(" ".join(parts))


def folded(text: str) -> str:
    """A text without the difference of case and accents."""
    return accenti(casei(text)).replace("\x00", " ")


def _refused(subject: Subject, action: Action) -> AllmendeError:
    if subject.kind == "anonymous":
        return NotAuthenticated(
            "Sign in or send a token to change models.",
            "Bitte melden Sie sich an oder senden Sie ein Token, um Modelle zu ändern.",
        )
    roles, rollen = roles_said(action)
    return NotAllowed(
        f"This needs one of these roles in the organisation: {roles}.",
        f"Dafür brauchen Sie in der Organisation eine dieser Rollen: {rollen}.",
    )


def _taken(ident: str) -> Conflict:
    return Conflict(
        f"The id “{ident}” belongs to a model of another organisation; choose another one.",
        f"Die Kennung „{ident}“ gehört einem Modell einer anderen Organisation; bitte eine "
        "andere wählen.",
        code="model-taken",
    )


def _fixed(model: Model) -> Conflict:
    return Conflict(
        f"Version {model.version} of {model.id} is published and does not change any more; give "
        "the model a new version number.",
        f"Fassung {model.version} von {model.id} ist veröffentlicht und ändert sich nicht mehr; "
        "bitte eine neue Fassungsnummer vergeben.",
        code="version-published",
    )


def _used(kept: Kept) -> Conflict:
    return Conflict(
        f"A collection uses version {kept.version} of {kept.id}.",
        f"Eine Sammlung benutzt Fassung {kept.version} von {kept.id}.",
        code="model-used",
    )


def not_found(ident: str) -> NotFound:
    """The error for a model that is not there, or that the subject may not see."""
    return NotFound(
        f"There is no model “{ident}” here, or you may not see it.",
        f"Das Modell „{ident}“ gibt es hier nicht, oder Sie dürfen es nicht sehen.",
    )
