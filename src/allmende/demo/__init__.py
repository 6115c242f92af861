# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The demo city: open data of Jena, shipped with the program and described in full."""
