# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Stronger ways to sign in: second factor, passkeys, OpenID providers; levels of assurance."""
