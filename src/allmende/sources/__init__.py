# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Readers of foreign sources, one folder for each kind. Imports core and model only."""
