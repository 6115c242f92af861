# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A dataset or catalogue as schema.org JSON-LD in its page, so that search engines find it."""

import json

from markupsafe import Markup

from allmende.core import structured
from allmende.core.catalogue import Record
from allmende.model.schema_org import document
from allmende.portal.page import Page


async def json_ld(record: Record, page: Page) -> Markup:
    """The script element's content; `<`, `>` and `&` are escaped so that it cannot end early."""
    about = await structured.about(page.platform, page.subject, record, page.language)
    text = json.dumps(document(about), ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign that HTML knows is escaped above
