# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Entity tags: `"state.representation"`, so that If-Match fits whichever format was read."""

import re

from allmende.core.conditional import etag
from allmende.core.models import Kept

_REPRESENTATION = re.compile(r"\.[0-9a-f]+(?=(?:--gzip)?\")")


def state_tag(kept: Kept) -> str:
    """The tag of a version's state."""
    return etag(kept.id, kept.version, kept.updated)


def tag_of(kept: Kept, *representation: object) -> str:
    """The strong tag of one representation of that state."""
    seen = [len(each.fields) for each in kept.model.entities]  # not everybody sees every field
    return f"{state_tag(kept)[:-1]}.{etag(*representation, seen)[1:]}"


def states(header: str) -> str:
    """An If-Match or If-None-Match header with states only."""
    return _REPRESENTATION.sub("", header)
