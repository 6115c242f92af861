# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether a record meets DCAT-AP, told from what was found in it under any profile.

Every profile extends DCAT-AP; what it asks beyond that does not count for MQA.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from allmende.model.validation.paths import SH
from allmende.model.validation.profiles import URN, statements
from allmende.model.validation.record import Checked, Finding

_BASE = "dcat-ap"


def compliant(checked: Checked) -> bool:
    """Whether nothing that was found is a violation of DCAT-AP itself."""
    return meets(checked.findings)


def meets(findings: Iterable[Finding]) -> bool:
    """The same for the findings alone."""
    grave = _violations()
    return not any(each.severity == "violation" and each.check in grave for each in findings)


@cache
def _violations() -> frozenset[str]:
    """The checks of DCAT-AP that are violations when they fail."""
    start = len(URN) + len(_BASE) + 1
    return frozenset(
        subject[start:]
        for subject, predicate, value in statements(_BASE)
        if predicate == SH + "severity" and value == SH + "Violation"
    )
