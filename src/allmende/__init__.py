# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Allmende: describe a source of urban data once, and every interface follows."""

__version__ = "0.1.0"
