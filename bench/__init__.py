# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Benchmarks: every figure of docs/benchmarks.md comes from here. Run with `make bench`."""
