# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as files for people who know no protocol: /observations.csv and its like."""

from __future__ import annotations

from starlette.routing import Route


def routes() -> list[Route]:
    """The three forms, the archive, and the rules of retention as a document."""
    from allmende.interfaces.observations import archive, files, rules

    return [
        Route("/observations.csv", files.csv),
        Route("/observations.json", files.json),
        Route("/observations.parquet", files.parquet),
        Route("/observations/archive", archive.listing),
        Route("/observations/archive/{month}.parquet", archive.month),
        Route("/retention.json", rules.as_json),
        Route("/retention.toml", rules.as_toml),
    ]
