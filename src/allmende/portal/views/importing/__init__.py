# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From an unknown file to a published collection, step by step, without scripts."""

from allmende.portal.views.importing import about, check, columns, start

__all__ = ["about", "check", "columns", "start"]
