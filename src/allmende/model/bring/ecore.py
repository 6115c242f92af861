# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ecore packages (Eclipse EMF) as a model.

Supertypes are flattened into their classes, containment becomes an entity inside, other
references the id of a row. Of two opposite references the single one is kept. Other files can
be given beside; what points into a file that is not there stays text or any JSON, with a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from allmende.model.bring.ecore_types import attribute_type, documentation, hint
from allmende.model.bring.ecore_xml import Element, parse
from allmende.model.bring.types import (
    Brought,
    Names,
    Note,
    finished,
    note,
    put_pattern,
    text_of,
    wrong,
)
from allmende.model.document import VERSION, Code, Entity, Field, FieldType, Model
from allmende.model.sniff.names import usable

MAX_SUPERTYPES = 200


def bring_ecore(
    data: bytes,
    *,
    name: str = "",
    language: str = "en",
    others: Mapping[str, bytes] | None = None,
) -> Brought:
    """The model in an Ecore file. InvalidInput when it is none.

    others: the files it refers to, by their file name; of those only what is used is taken.
    """
    packages = _packages(data)
    beside = {_base(each): _packages(other) for each, other in (others or {}).items()}
    maker = _Maker(packages, beside, language)
    entities = maker.entities()
    if not entities:
        raise wrong("no class has a feature", "keine Klasse hat ein Merkmal")
    first = packages[0]
    title = name or first.get("name") or "model"
    version = hint(first, "version") or _version(first)
    model = Model(
        id=usable(title).replace("_", "-")[:60].strip("-") or "model",
        version=version if VERSION.match(version) else "1.0.0",
        title={language: title[:200]},
        description=text_of(documentation(first), language),
        source=first.get("nsURI") if first.get("nsURI").startswith("http") else "",
        entities=entities,
    )
    return finished(model, maker.notes)


def _packages(data: bytes) -> list[Element]:
    root = parse(data)
    packages = [root] if root.name == "EPackage" else root.all("EPackage")
    if not packages:
        raise wrong("there is no EPackage in it", "es enthält kein EPackage")
    return packages


def _version(package: Element) -> str:
    """What an annotation with the source `Version` says, as cities write it."""
    found = (each for each in package.all("eAnnotations") if each.get("source") == "Version")
    return next((hint_of.get("value") for each in found for hint_of in each.all("details")), "")


def _base(address: str) -> str:
    return re.split(r"[/\\]", address)[-1]


class _Maker:
    def __init__(
        self, packages: list[Element], beside: dict[str, list[Element]], language: str
    ) -> None:
        self.language = language
        self.beside = beside
        self.notes: list[Note] = []
        self.classifiers: dict[str, Element] = {}
        self.order: list[str] = []
        for package in packages:
            self._collect(package)
        own = list(self.order)
        for package in (each for listed in beside.values() for each in listed):
            self._collect(package)
        self.own = frozenset(own)
        self.names = Names()
        self.entity_names: dict[str, str] = {}
        self.other_files: set[str] = set()

    def _collect(self, package: Element) -> None:
        for each in package.all("eClassifiers"):
            name = each.get("name")
            if name and name not in self.classifiers:
                self.classifiers[name] = each
                self.order.append(name)
            elif name:
                self.notes.append(_twice(name))
        for inner in package.all("eSubpackages"):
            self._collect(inner)

    def _of_kind(self, kind: str) -> Iterator[tuple[str, Element]]:
        for name in self.order:
            if self.classifiers[name].get("type").endswith(kind):
                yield name, self.classifiers[name]

    def entities(self) -> list[Entity]:
        """Every class that is not abstract or lies in another one; roots first."""
        wanted = [
            name
            for name, each in self._of_kind("EClass")
            if name in self.own and not (_yes(each, "abstract") or _yes(each, "interface"))
        ]
        contained: set[str] = set()
        for name in wanted:  # grows by what lies inside
            for each in self._features(name, set()):
                if _contains(each) and self._is_class(self.target(each)):
                    contained.add(self.target(each))
                    wanted += [] if self.target(each) in wanted else [self.target(each)]
        wanted.sort(key=lambda name: name in contained)
        for name in wanted:
            self.entity_names[name] = self.names.give(name)
        found = [self._entity(name) for name in wanted]
        kept = [each for each in found if each.fields]
        gone = {each.name for each in found} - {each.name for each in kept}
        for entity in kept:
            for field in entity.fields:
                field.entity = "" if field.entity in gone else field.entity
        return kept

    def _is_class(self, name: str) -> bool:
        found = self.classifiers.get(name)
        return found is not None and found.get("type").endswith("EClass")

    def _references(self) -> Iterator[Element]:
        for _, each in self._of_kind("EClass"):
            yield from (
                feature
                for feature in each.all("eStructuralFeatures")
                if feature.get("type").endswith("EReference")
            )

    def _entity(self, name: str) -> Entity:
        element = self.classifiers[name]
        entity = Entity(name=self.entity_names[name], title={self.language: name})
        entity.description = text_of(documentation(element), self.language)
        names = Names()
        features: dict[str, Element] = {}
        for each in self._features(name, set()):
            features[each.get("name")] = each
        for feature in features.values():
            if feature.get("name") and not self._left_out(feature, name):
                entity.fields.append(self._field(feature, names))
                if _yes(feature, "iD"):
                    entity.key.append(entity.fields[-1].name)
        entity.key = entity.key[:1] or self._by_keys(name, entity)
        if entity.find("name"):
            entity.label = "name"
        return entity

    def _features(self, name: str, seen: set[str]) -> Iterator[Element]:
        """The features of the supertypes, each once, then those of the class itself."""
        element = self.classifiers.get(name)
        if element is None or name in seen or len(seen) > MAX_SUPERTYPES:
            return
        seen.add(name)
        for above in self._supertypes(element):
            yield from self._features(above, seen)
        yield from element.all("eStructuralFeatures")

    def _supertypes(self, element: Element) -> list[str]:
        written = element.get("eSuperTypes")
        listed = [
            *written.split(),
            *(each.get("eClassifier") for each in element.all("eGenericSuperTypes")),
        ]
        return [_last(each) for each in listed if self._here(each, element.get("name"))]

    def _by_keys(self, name: str, entity: Entity) -> list[str]:
        """The key that `eKeys` of a reference to this class name, when it has such fields."""
        for each in self._references():
            if self.target(each) == name and each.get("eKeys"):
                keys = [_last(key) for key in each.get("eKeys").split()]
                keys = [key for key in keys if entity.find(key)]
                if keys:
                    return keys
        return []

    def target(self, feature: Element) -> str:
        """The name of the class or type that a feature has."""
        written = feature.get("eType")
        if not written:
            generic = feature.all("eGenericType")
            written = generic[0].get("eClassifier") if generic else ""
        return _last(written)

    def _here(self, written: str, where: str) -> bool:
        """Whether a reference leads into this file; if not, a note says so once."""
        if not written or written in ("ecore:EClass", "ecore:EDataType", "ecore:EEnum"):
            return False
        address = written.partition("#")[0]
        if not address or "#" not in written or "/emf/" in address or _base(address) in self.beside:
            return True
        if address not in self.other_files:
            self.other_files.add(address)
            self.notes.append(_elsewhere(address, where))
        return False

    def _left_out(self, feature: Element, owner: str) -> bool:
        """Whether this is the container, or the list at the other end of a reference."""
        if not feature.get("type").endswith("EReference") or not feature.get("eOpposite"):
            return False
        other = self._opposite(feature)
        if other is None or _contains(feature):
            return False
        if _contains(other):
            return True
        mine, theirs = _many(feature), _many(other)
        first = (owner, feature.get("name")) <= (self.target(feature), other.get("name"))
        out = (mine and not theirs) or (mine == theirs and not first)
        if out:
            self.notes.append(_opposite(owner, feature.get("name")))
        return out

    def _opposite(self, feature: Element) -> Element | None:
        owner = self.classifiers.get(self.target(feature))
        name = _last(feature.get("eOpposite"))
        named = owner.all("eStructuralFeatures") if owner else []
        return next((each for each in named if each.get("name") == name), None)

    def _field(self, feature: Element, names: Names) -> Field:
        field = Field(name=names.give(feature.get("name")))
        field.required = feature.get("lowerBound", "0") not in ("0", "")
        field.many = _many(feature)
        field.description = text_of(documentation(feature), self.language)
        written = feature.get("eType") or next(
            (each.get("eClassifier") for each in feature.all("eGenericType")), ""
        )
        here = self._here(written.split()[-1] if written else "", field.name)
        if feature.get("type").endswith("EReference"):
            self._reference(field, feature, here)
        else:
            self._attribute(field, feature, written)
        field.unit = hint(feature, "unit")
        field.iri = hint(feature, "iri")
        return field

    def _reference(self, field: Field, feature: Element, here: bool) -> None:
        entity = self.entity_names.get(self.target(feature), "") if here else ""
        if _contains(feature):
            field.type, field.entity = FieldType.OBJECT, entity
            return
        field.reference = entity or self.target(feature)
        if here and not entity and self.target(feature) in self.classifiers:
            field.reference = ""
            self.notes.append(_abstract(field.name, self.target(feature)))
        if not here:
            field.reference = ""

    def _attribute(self, field: Field, feature: Element, written: str) -> None:
        target = self.classifiers.get(self.target(feature))
        if target is not None and target.get("type").endswith("EEnum"):
            field.codes = _literals(target, self.language)
            return
        kind = attribute_type(written, target)
        if kind is None:
            kind = FieldType.STRING
            self.notes.append(_unknown_type(field.name, _last(written)))
        field.type = kind
        if kind is FieldType.GEOMETRY and field.many:
            field.type = FieldType.OBJECT
        if kind is FieldType.STRING:
            pattern = hint(feature, "pattern")  # of XML Schema: for the whole text
            put_pattern(field, f"^(?:{pattern})$" if pattern else "", self.notes)


def _literals(target: Element, language: str) -> list[Code]:
    found: dict[str, Code] = {}
    for each in target.all("eLiterals"):
        code = each.get("literal") or each.get("name")
        about = documentation(each) or ("" if code == each.get("name") else each.get("name"))
        if code:
            found.setdefault(code, Code(code=code, title=text_of(about, language)))
    return list(found.values())


def _last(written: str) -> str:
    """`ecore:EClass other.ecore#//sub/Tree` → `Tree`."""
    last = written.split()[-1] if written.split() else ""
    return re.split(r"[/#]", last)[-1] if "#" in last or "/" in last else last


def _contains(feature: Element) -> bool:
    return _yes(feature, "containment")


def _many(feature: Element) -> bool:
    return feature.get("upperBound", "1") not in ("1", "0", "")


def _yes(element: Element, name: str) -> bool:
    return element.get(name) == "true"


def _twice(name: str) -> Note:
    return note(
        "twice",
        f"Two packages have a class “{name}”; the first is taken.",
        f"Zwei Pakete haben eine Klasse „{name}“; die erste gilt.",
    )


def _elsewhere(address: str, where: str) -> Note:
    return note(
        "other-file",
        f"{where} uses {address[:200]}, which is another file: text or any JSON there.",
        f"{where} verweist auf {address[:200]} in anderer Datei: dort Text oder JSON.",
        on=where,
    )


def _opposite(owner: str, name: str) -> Note:
    return note(
        "opposite",
        f"{owner}.{name} follows from the reference the other way and is left out.",
        f"{owner}.{name} ergibt sich aus dem Verweis in Gegenrichtung und entfällt.",
    )


def _abstract(name: str, target: str) -> Note:
    return note(
        "abstract-target",
        f"It may point to any kind of {target}.",
        f"Der Verweis kann auf jede Art von {target} zeigen.",
        on=name,
    )


def _unknown_type(name: str, kind: str) -> Note:
    return note(
        "unknown-type",
        f"The data type {kind} is not known; it is taken as text.",
        f"Der Datentyp {kind} ist nicht bekannt; er gilt als Text.",
        on=name,
    )
