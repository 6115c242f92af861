# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms for the catalogue: one description of fields drives every kind of them."""
