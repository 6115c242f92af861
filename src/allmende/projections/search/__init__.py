# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Full text, facets, places and times of the catalogue; see docs/explanation/search.md."""

from allmende.projections.search.bitmaps import FACETS, FacetCount
from allmende.projections.search.index import SearchIndex
from allmende.projections.search.projection import REBUILD_BATCH, Difference, SearchProjection
from allmende.projections.search.query import Found, Mode, SearchQuery, Sort

__all__ = [
    "FACETS",
    "REBUILD_BATCH",
    "Difference",
    "FacetCount",
    "Found",
    "Mode",
    "SearchIndex",
    "SearchProjection",
    "SearchQuery",
    "Sort",
]
