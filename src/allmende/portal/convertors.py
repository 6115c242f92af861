# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parts of addresses with a form: `/models/{id:name}/{version:semantic}`.

Pages of models take only bare ids and versions, so that `/models/trees/1.0.0.py` stays a file
for people and programs alike.
"""

from starlette.convertors import StringConvertor, register_url_convertor


class NameConvertor(StringConvertor):
    """An id without an ending."""

    regex = "[a-z0-9][a-z0-9-]{0,62}"


class SemanticConvertor(StringConvertor):
    """A version number without an ending."""

    regex = r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}"


class EuiConvertor(StringConvertor):
    """The EUI of a radio device in any of its writings."""

    regex = "[0-9A-Fa-f:-]{16,23}"


register_url_convertor("eui", EuiConvertor())
register_url_convertor("name", NameConvertor())
register_url_convertor("semantic", SemanticConvertor())
