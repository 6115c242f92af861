# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The parts of the build tool that makes the files of the demo city from raw copies."""
