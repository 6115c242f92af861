# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""LoRaWAN: messages of The Things Stack v3 and ChirpStack v4."""
