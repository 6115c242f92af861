# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What somebody may see of the past of a record.

Who sees a record today does not thereby see what it was as a draft, while it was closed, or
while it belonged to another organisation: each revision is judged by the status, the levels
and the owner it had. Who changed it is for people of the organisation it belonged to. All
others do not see, in what a record said earlier, people it does not name any more.
"""

from __future__ import annotations

from allmende.model.filter import Value, matches
from allmende.model.personal import without_former_people
from allmende.policy import Subject, read_condition
from allmende.policy.access import INSIDERS
from allmende.store.records import Record, Revision


def shown(subject: Subject, record: Record, change: Revision) -> bool:
    """Whether the subject would have seen the state after this change at its time."""
    fields: dict[str, Value | None] = {
        "organisation": change.organisation or record.organisation,
        "status": change.status,
        "metadata_access": change.metadata_access,
        "data_access": change.data_access,
    }
    return matches(read_condition(subject), fields)


def is_insider(subject: Subject, record: Record, change: Revision) -> bool:
    """Whether the subject has a role with an insight where the record belonged to then."""
    return subject.has(change.organisation or record.organisation, *INSIDERS)


def discreet(subject: Subject, record: Record, change: Revision) -> Revision:
    """The change without what the subject may not know; the same object."""
    if not is_insider(subject, record, change):
        change.actor = change.released_by = ""
        if change.resource is not None and change.number != record.revision:
            change.resource = without_former_people(change.resource, record.resource)
    return change
