# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Column documentation next to every table, as CSV on the Web.

W3C "Metadata Vocabulary for Tabular Data", 2015: the metadata of `trees.csv` lies at
`trees.csv-metadata.json` (§5.3 of the "Model for Tabular Data and Metadata on the Web").
"""

from __future__ import annotations

from typing import Any

import msgspec

from allmende.demo.forms import DatasetForm, DistributionForm

SUFFIX = "-metadata.json"
MEDIA_TYPE = "application/csvm+json"

# The three words of the descriptions that CSVW calls differently.
DATATYPES = {"year": "gYear", "time": "dateTime", "address": "anyURI"}


def metadata(form: DatasetForm, table: DistributionForm) -> bytes:
    """The CSVW document of one table: dialect, columns with type and meaning in two languages."""
    document: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "de"}],
        "url": table.file,
        "dc:title": _texts(table.title),
        "dc:description": _texts(form.provenance),
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
            "lineTerminators": ["\n"],
        },
        "tableSchema": {
            "columns": [_column(name, *told) for name, told in table.columns.items()],
        },
    }
    if table.key:
        document["tableSchema"]["primaryKey"] = table.key
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _column(name: str, kind: str, german: str, english: str, unit: str = "") -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": name,
        "titles": name,
        "datatype": DATATYPES.get(kind, kind),
        "dc:description": _texts({"de": german, "en": english}),
    }
    return column | {"schema:unitText": unit} if unit else column


def _texts(text: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": value, "@language": tag} for tag, value in text.items()]
