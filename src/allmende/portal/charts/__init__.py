# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Charts as SVG made on the server: numbers in, positions in percent and short paths out."""
