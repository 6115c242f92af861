# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Parts of addresses with a form: `/models/{id:name}/{version:semantic}`.

Pages of models take only bare ids and versions, so that `/models/trees/1.0.0.py` stays a file
for people and programs alike.
"""

from starlette.convertors import Convertor, StringConvertor, register_url_convertor


class NameConvertor(StringConvertor):
    """An id without an ending."""

    regex = "[a-z0-9][a-z0-9-]{0,62}"


class SemanticConvertor(StringConvertor):
    """A version number without an ending."""

    regex = r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}"


class EuiConvertor(StringConvertor):
    """The EUI of a radio device in any of its writings."""

    regex = "[0-9A-Fa-f:-]{16,23}"


class PairConvertor(Convertor[tuple[int, int]]):
    """Two numbers of revisions, `3...5`, the smaller one first."""

    regex = r"[0-9]{1,9}\.\.\.[0-9]{1,9}"

    def convert(self, value: str) -> tuple[int, int]:
        """The two numbers in their order."""
        one, _, other = value.partition("...")
        return min(int(one), int(other)), max(int(one), int(other))

    def to_string(self, value: tuple[int, int]) -> str:
        """The pair as it stands in an address."""
        return "{}...{}".format(*value)


register_url_convertor("pair", PairConvertor())
register_url_convertor("eui", EuiConvertor())
register_url_convertor("name", NameConvertor())
register_url_convertor("semantic", SemanticConvertor())
