# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the data is: records, vocabularies, profiles and their RDF; pure functions, no I/O."""
