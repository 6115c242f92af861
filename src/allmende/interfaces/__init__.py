# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Protocols through which data go out, one folder for each. Imports core and model only."""
