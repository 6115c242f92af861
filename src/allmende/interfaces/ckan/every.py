# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""All actions there are: reading this module fills the list."""

from allmende.interfaces.ckan import (  # noqa: F401 - each registers its actions
    groups,
    history,
    packages,
    resources,
    revising,
    searching,
    site,
    tags,
    uploading,
)
from allmende.interfaces.ckan.actions import ACTIONS

__all__ = ["ACTIONS"]
