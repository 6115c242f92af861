# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Who may read and do what, and why."""

from allmende.policy.access import (
    REASONS,
    Action,
    Level,
    Part,
    Rule,
    Status,
    may,
    may_add,
    personal_condition,
    read_condition,
    read_rules,
    roles_for,
    roles_said,
    why,
)
from allmende.policy.fields import levels, visible
from allmende.policy.subject import (
    ANONYMOUS,
    EVERY_ORGANISATION,
    SYSTEM,
    Grant,
    Own,
    Role,
    Scope,
    Subject,
)

__all__ = [
    "ANONYMOUS",
    "EVERY_ORGANISATION",
    "REASONS",
    "SYSTEM",
    "Action",
    "Grant",
    "Level",
    "Own",
    "Part",
    "Role",
    "Rule",
    "Scope",
    "Status",
    "Subject",
    "levels",
    "may",
    "may_add",
    "personal_condition",
    "read_condition",
    "read_rules",
    "roles_for",
    "roles_said",
    "visible",
    "why",
]
