# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Models of others become ours: JSON Schema, Smart Data Models, Ecore, Table Schema, LinkML.

Every importer gives the model and notes for a person; nothing is fetched from elsewhere.
"""

from __future__ import annotations

from typing import Any

from allmende.model.bring.ecore import bring_ecore
from allmende.model.bring.json_schema import bring_json_schema
from allmende.model.bring.linkml import bring_linkml
from allmende.model.bring.own import bring_document, plain
from allmende.model.bring.table_schema import bring_table_schema
from allmende.model.bring.types import Brought, wrong

__all__ = [
    "FORMATS",
    "Brought",
    "bring",
    "bring_document",
    "bring_ecore",
    "bring_json_schema",
    "bring_linkml",
    "bring_table_schema",
    "format_of",
]

FORMATS = ("document", "json-schema", "ecore", "table-schema", "linkml")


def bring(data: bytes, *, form: str = "", name: str = "", language: str = "en") -> Brought:
    """The model in a file of one of FORMATS; which one is found out when not said.

    name: what the model is called when the file does not say it. language: of the texts in
    the file. InvalidInput when the file cannot be read.
    """
    form = form or format_of(data)
    if form == "document":
        return bring_document(data)
    importers: dict[str, Any] = {
        "json-schema": bring_json_schema,
        "ecore": bring_ecore,
        "table-schema": bring_table_schema,
        "linkml": bring_linkml,
    }
    if form not in importers:
        known = ", ".join(FORMATS)
        raise wrong(
            f"the format {form} is not known ({known})", f"Format {form} unbekannt ({known})"
        )
    found: Brought = importers[form](data, name=name, language=language)
    return found


def format_of(data: bytes) -> str:
    """The format of a file by what stands in it. InvalidInput when it is none of them."""
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if head == b"<" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "ecore"
    value = plain(data)
    if not isinstance(value, dict):
        raise wrong("it is no object", "es ist kein Objekt")
    if isinstance(value.get("entities"), list):
        return "document"
    if isinstance(value.get("classes"), dict) and "$schema" not in value:
        return "linkml"
    if isinstance(value.get("fields"), list) or isinstance(value.get("resources"), list):
        return "table-schema"
    if isinstance(value.get("schema"), dict) and "fields" in value["schema"]:
        return "table-schema"
    return "json-schema"
