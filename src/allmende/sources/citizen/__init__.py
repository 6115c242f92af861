# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Sensors of citizens: own programs and the firmware of sensor.community, over HTTP."""
