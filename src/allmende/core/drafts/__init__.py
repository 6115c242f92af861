# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Uploads on their way to a collection: kept while a person describes them.

draft = await drafts.start(platform, subject, "baeume.csv", content)
await drafts.look(platform, draft, ReadOptions())      # reads it, proposes a model
drafts.describe(draft, chosen, where)                  # what the person says of the columns
await drafts.begin(platform, subject, draft, "trial")  # then "publish"
"""

from allmende.core.drafts.describing import (
    Choice,
    Where,
    choices,
    describe,
    faults,
    fits,
    map_columns,
    use_model,
    where_of,
)
from allmende.core.drafts.keeping import (
    DAYS,
    delete,
    forget,
    get,
    listing,
    may_import,
    organisations_of,
    require,
    save,
    start,
    tidy,
)
from allmende.core.drafts.looking import column_of, fetched, look, see_places
from allmende.core.drafts.publishing import INLINE, JOB_KIND, about_faults, begin, work
from allmende.core.drafts.types import About, Altered, Draft, Renewal, Sight, Task

__all__ = [
    "DAYS",
    "INLINE",
    "JOB_KIND",
    "About",
    "Altered",
    "Choice",
    "Draft",
    "Renewal",
    "Sight",
    "Task",
    "Where",
    "about_faults",
    "begin",
    "choices",
    "column_of",
    "delete",
    "describe",
    "faults",
    "fetched",
    "fits",
    "forget",
    "get",
    "listing",
    "look",
    "map_columns",
    "may_import",
    "organisations_of",
    "require",
    "save",
    "see_places",
    "start",
    "tidy",
    "use_model",
    "where_of",
    "work",
]
