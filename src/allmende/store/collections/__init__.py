# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections: a table of typed rows each, with revisions, quarantine and a spatial index."""
