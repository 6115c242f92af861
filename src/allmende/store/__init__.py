# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The only room with SQL."""

from allmende.store.connection import Connection, Dialect, now
from allmende.store.store import Store, StoreLimits

__all__ = ["Connection", "Dialect", "Store", "StoreLimits", "now"]
