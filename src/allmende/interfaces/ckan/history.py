# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The changes of a dataset as CKAN's activities."""

from __future__ import annotations

from typing import Any

from allmende.core import aliases, catalogue
from allmende.interfaces.ckan.actions import action
from allmende.interfaces.ckan.call import Call
from allmende.interfaces.ckan.packages import resolved
from allmende.interfaces.ckan.texts import time
from allmende.model import uuids
from allmende.model.catalogue import ResourceKind
from allmende.policy import Status

LIMIT, MOST = 31, 100


@action()
async def package_activity_list(call: Call) -> list[dict[str, Any]]:
    """The changes of a dataset, the last first; limit (31, at most 100) and offset.

    Who changed it is said to people of the organisation only.
    """
    record = await resolved(call, call.needed("id"))
    found = await catalogue.revisions(call.platform, call.subject, ResourceKind.DATASET, record.id)
    start, limit = call.whole("offset", 0), call.whole("limit", LIMIT, MOST)
    uuid = aliases.uuid_of(record)
    return [
        {
            "id": uuids.named("activity", uuid, str(each.number)),
            "timestamp": time(each.at),
            "user_id": each.actor or None,
            "object_id": uuid,
            "activity_type": _kind(each.action, each.status),
            "data": {"package": {"id": uuid, "name": record.id}, "revision": each.number},
        }
        for each in found[start:][:limit]
    ]


def _kind(action_name: str, status: Status) -> str:
    if status == Status.ARCHIVED:
        return "deleted package"
    return "new package" if action_name == "created" else "changed package"
