# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two changed versions of a record become one."""

from __future__ import annotations

from msgspec import structs

from allmende.model.catalogue import Resource


def merged(base: Resource, mine: Resource, theirs: Resource) -> tuple[Resource, list[str]]:
    """`mine` with the fields that only `theirs` has changed since `base`.

    Also the names of the fields that both have changed differently; `mine` is kept there.
    The three are of the same kind.
    """
    taken: dict[str, object] = {}
    both: list[str] = []
    for name in mine.__struct_fields__:
        was, ours, other = (getattr(each, name) for each in (base, mine, theirs))
        if ours == was:
            taken[name] = other
        elif other not in (was, ours):
            both.append(name)
    return structs.replace(mine, **taken), both
