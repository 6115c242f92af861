# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Working copies: changes of a record that nobody outside sees before they are released.

copy = await working_copies.start(platform, subject, ResourceKind.DATASET, "trees")
copy.resource.title["en"] = "Trees"                    # also the levels and the legal basis
copy = await working_copies.save(platform, subject, copy, copy.version)
copy = await working_copies.submit(platform, subject, copy.id, copy.version, "Clearer title")
outcome = await working_copies.release(platform, other, copy.id, copy.version)

A record has at most one working copy, and the people who write drafts of its organisation
share it; `start` gives the one that is there. Of drafts there are copies too: to have a new
record released, `catalogue.put` it with `Status.DRAFT`, `start` and `submit`. A release
always publishes. Who may see a copy, and who may change it, follows from the rules for a
draft with the levels of the record and with those of the copy; a copy one may not see does
not exist (NotFound).

Every change names the version it was read in, like If-Match: another one raises
PreconditionFailed, and nothing is lost. When the record itself has changed meanwhile
(`copy.outdated`), `refresh` brings its changes into the copy.

Where a second person has to release (`needs_two`), who has saved the copy last cannot
release it, and `catalogue.put` refuses to change directly what is published (NotAllowed with
the code "four-eyes"). Elsewhere whoever may change what is published may release an own
copy at once.
"""

from allmende.core.working_copies.editing import (
    LARGEST,
    Refreshed,
    discard,
    refresh,
    save,
    start,
    submit,
)
from allmende.core.working_copies.releasing import release, send_back
from allmende.core.working_copies.seeing import (
    LONGEST_REASON,
    authors,
    get,
    listing,
    may_edit,
    may_release,
    needs_two,
    of_record,
    waiting,
)
from allmende.store.working_copies import State, WorkingCopy

__all__ = [
    "LARGEST",
    "LONGEST_REASON",
    "Refreshed",
    "State",
    "WorkingCopy",
    "authors",
    "discard",
    "get",
    "listing",
    "may_edit",
    "may_release",
    "needs_two",
    "of_record",
    "refresh",
    "release",
    "save",
    "send_back",
    "start",
    "submit",
    "waiting",
]
