# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Write src/allmende/model/vocabularies/*.json from the official lists and our own facts.

    python tools/build_vocabularies.py FOLDER_WITH_OPEN_DATA

Codes and labels (German and English) come from the official files, everything that needs
judgement (open, machine-readable, plain words) from tools/vocabulary_facts.toml.

SOURCES
- data-theme, file-type: EU Vocabularies, Publications Office of the European Union
  (reuse permitted with the source named, decision 2011/833/EU)
- eu-licence: EU Vocabularies, as above
- licence, contributor: dcat-ap.de, GovData (lists of codes and names)
- hvd-category: EU high-value dataset categories, Publications Office of the European Union,
  copy of berlinonline/hvd_categories (MIT)
The short lists (frequency, access right, status, availability, language, …) are written by
hand in the same folder as TOML.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Store

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "allmende" / "model" / "vocabularies"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
DCATDE = "http://dcat-ap.de/def/"
HVD = "http://data.europa.eu/bna/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OFFICE = "EU Vocabularies, Publications Office of the European Union"
DATABASES = frozenset({"CC0", "COM_REUSE", "ODC_PDDL", "ODC_BY", "ODC_BL"})
"""Families of licences that speak of the database right."""
Concepts = dict[str, dict[str, Any]]


def load(path: Path, syntax: RdfFormat) -> Store:
    """The file as a queryable store."""
    store = Store()
    store.bulk_load(path=str(path), format=syntax)
    return store


def labels(store: Store, base: str) -> Concepts:
    """Code → label per language, for `de` and `en`."""
    query = f"SELECT ?c ?l {{ ?c a <{SKOS}Concept> ; <{SKOS}prefLabel> ?l }}"
    concepts: Concepts = {}
    for row in store.query(query):
        concept, label = row["c"].value, row["l"]
        if concept.startswith(base):
            entry = concepts.setdefault(concept[len(base) :], {})
            if label.language in ("de", "en"):
                entry[label.language] = label.value.strip()
    return dict(sorted(concepts.items()))


def values(store: Store, property_iri: str, base: str) -> dict[str, str]:
    """Code → value of a property with one value."""
    found = {}
    for row in store.query(f"SELECT ?c ?v {{ ?c <{property_iri}> ?v }}"):
        if row["c"].value.startswith(base):
            found[row["c"].value[len(base) :]] = row["v"].value
    return found


def notations(store: Store, base: str) -> dict[str, list[str]]:
    """Code → file endings and media types."""
    query = """PREFIX e: <http://publications.europa.eu/ontology/euvoc#>
        SELECT ?c ?n { ?c e:xlNotation/e:xlCodification ?n }"""
    found: dict[str, list[str]] = {}
    for row in store.query(query):
        code = row["c"].value[len(base) :]
        if row["n"].value not in found.setdefault(code, []):
            found[code].append(row["n"].value)
    return {code: sorted(words) for code, words in found.items()}


def data_theme(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """The thirteen data themes."""
    base = AUTHORITY + "data-theme/"
    store = load(folder / "vocabularies" / "data-theme-skos-ap-act.ttl", RdfFormat.TURTLE)
    concepts = labels(store, base)
    del concepts["OP_DATPRO"]  # provisional data: not a theme
    for code, words in facts["aliases"].items():
        concepts[code]["preferred"] = words
    title = {"de": "Thema", "en": "Theme"}
    return {"title": title, "base": base, "source": OFFICE, "concepts": concepts}


def file_type(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """File types with endings, media types and our two judgements."""
    base = AUTHORITY + "file-type/"
    store = load(folder / "vocabularies" / "filetypes-skos-ap-act.ttl", RdfFormat.TURTLE)
    concepts = labels(store, base)
    del concepts["OP_DATPRO"]
    for code, words in notations(store, base).items():
        if code in concepts:
            concepts[code]["media"] = [word for word in words if "/" in word]
            concepts[code]["aliases"] = [word for word in words if "/" not in word]
    concepts.update(facts["added"])
    for code, words in facts["aliases"].items():
        concepts[code]["preferred"] = words
    for flag in ("open", "machine_readable"):
        for code in facts[flag]:
            concepts[code][flag] = True
    title = {"de": "Dateityp", "en": "File type"}
    source = f"{OFFICE}; endings, flags and additions ours"
    return {
        "title": title,
        "base": base,
        "source": source,
        "concepts": dict(sorted(concepts.items())),
    }


def licence(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Licences of dcat-ap.de with what they mean in plain words."""
    base = DCATDE + "licenses/"
    store = load(folder / "vocabularies" / "dcat-ap-de-licenses-open.rdf", RdfFormat.RDF_XML)
    concepts = labels(store, base)
    open_by_list = values(store, "http://govdata.de/mqa/#isOpenLicense", base)
    pages = values(store, "http://xmlns.com/foaf/0.1/homepage", base)
    alternatives = values(store, SKOS + "altLabel", base)
    for code, concept in concepts.items():
        concept.update(facts["concepts"][code])
        concept["aliases"] = sorted({alternatives[code], *concept.get("aliases", [])})
        if code in pages:
            concept["page"] = pages[code]
        terms = facts["terms"][concept["terms"]]
        if terms["open"] != (open_by_list[code] == "true"):
            raise SystemExit(f"{code}: the official list calls it open = {open_by_list[code]}")
    title = {"de": "Lizenz", "en": "Licence"}
    source = "dcat-ap.de, GovData (codes, German names, addresses); English and terms ours"
    result = {"title": title, "base": base, "source": source, "concepts": concepts}
    return {**result, "terms": facts["terms"]}


def eu_licence(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Licences of the EU's authority table; those without a German name keep the English one."""
    base = AUTHORITY + "licence/"
    store = load(folder / "vocabularies" / "licences-skos.rdf", RdfFormat.RDF_XML)
    concepts = labels(store, base)
    same = values(store, SKOS + "exactMatch", base)
    for code, concept in concepts.items():
        family = re.sub(r"_\d.*$", "", code)
        concept["terms"] = facts["families"][family]
        concept["database"] = "yes" if "4.0" in concept["en"] or family in DATABASES else "no"
        newest = f"{family}_4_0"
        if newest in concepts and code != newest:
            concept["replaced_by"] = newest
        if code in same:
            concept |= {"same": [same[code]], "page": same[code]}
    title = {"de": "Lizenz (EU-Liste)", "en": "Licence (EU list)"}
    source = f"{OFFICE}, edition 2019-06-19; terms ours"
    result = {"title": title, "base": base, "source": source, "concepts": concepts}
    return {**result, "terms": facts["terms"]}


def contributor(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """The systems that deliver to GovData."""
    base = DCATDE + "contributors/"
    store = load(folder / "vocabularies" / "dcat-ap-de-contributors.rdf", RdfFormat.RDF_XML)
    title = {"de": "Datenbereitsteller", "en": "Contributor"}
    source = "dcat-ap.de, GovData, edition 2025-10-21"
    return {"title": title, "base": base, "source": source, "concepts": labels(store, base)}


def hvd_category(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """High-value dataset categories with their parents."""
    store = load(folder / "catalogue" / "hvd_scheme.ttl", RdfFormat.TURTLE)
    concepts = labels(store, HVD)
    for code, parent in values(store, SKOS + "broader", HVD).items():
        concepts[code]["broader"] = parent
    title = {"de": "HVD-Kategorie", "en": "High-value category"}
    return {"title": title, "base": HVD, "source": OFFICE, "concepts": concepts}


BUILDERS = {
    "data-theme": data_theme,
    "file-type": file_type,
    "licence": licence,
    "eu-licence": eu_licence,
    "contributor": contributor,
    "hvd-category": hvd_category,
}


def main() -> None:
    """Build every vocabulary."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    facts = tomllib.loads((ROOT / "tools" / "vocabulary_facts.toml").read_text("utf-8"))
    for name, build in BUILDERS.items():
        given = {"terms": facts["licence"]["terms"]} if name == "eu-licence" else {}
        content = build(folder, facts.get(name, {}) | given)
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=False)
        (TARGET / f"{name}.json").write_text(text + "\n", "utf-8")
        print(name, len(content["concepts"]))


if __name__ == "__main__":
    main()
