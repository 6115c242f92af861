# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Measurements: things, datastreams, observations, and what is done with series of them."""
