# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Random records of every class, made from the same plan the codec works with."""

from typing import Any

from hypothesis import strategies as st

from allmende.model.catalogue import Node, Range, Relationship
from allmende.model.rdf.plan import FieldPlan, plan_of
from allmende.model.vocabulary import names, vocabulary

# XML 1.0 cannot carry control characters, so texts that must survive RDF/XML have none
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
).filter(str.strip)
tags = st.sampled_from(["und", "de", "en", "de-at", "pl-t-de-t0-mtec"])
iris = st.builds(
    "https://example.org/{}/{}".format,
    st.sampled_from(["a", "ä", "b%20c"]),
    st.integers(0, 10**9),
)
dates = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.integers(1000, 9998).map(str),
    st.just("2021-05"),
).filter(lambda text: not text.startswith("9999"))
geometries = st.sampled_from(
    ["POINT(11.58 50.92)", '{"type":"Point","coordinates":[1,2]}', "<gml:Point>1 2</gml:Point>"]
)
SINGLE: dict[Range, st.SearchStrategy[Any]] = {
    Range.LITERAL: texts,
    Range.DATE: dates,
    Range.DURATION: st.sampled_from(["P1D", "PT15M", "P1Y2M3DT4H5M6.7S"]),
    Range.DECIMAL: st.floats(0, 1e9, allow_nan=False).map(lambda number: round(number, 6)),
    Range.INTEGER: st.integers(0, 10**15),
    Range.HEX: st.binary(min_size=1, max_size=32).map(bytes.hex),
    Range.GEOMETRY: geometries,
    Range.IRI: iris,
}


def value(field: FieldPlan) -> st.SearchStrategy[Any]:
    """Values for one field, as the model wants them."""
    if field.range is Range.TEXT:
        return st.dictionaries(tags, texts, min_size=1, max_size=3)
    if field.range is Range.WORDS:
        words = st.lists(texts, min_size=1, max_size=3, unique=True)
        return st.dictionaries(tags, words, min_size=1, max_size=2)
    if field.range is Range.CONCEPT:
        listed = list(vocabulary(field.vocabulary).concepts) if field.vocabulary in names() else []
        single: st.SearchStrategy[Any] = st.sampled_from(listed) if listed else iris
    elif field.range is Range.NODE and field.node is not None:
        return (
            st.lists(node(field.node), min_size=1, max_size=2)
            if field.many
            else node(field.node)
        )  # fmt: skip
    else:
        single = SINGLE[field.range]
    return st.lists(single, min_size=1, max_size=2, unique=True) if field.many else single


@st.composite
def node(draw: st.DrawFn, cls: type[Node]) -> Node:
    """A node with some of its fields; nodes have no IRI of their own here."""
    fields = list(plan_of(cls).by_name.values())
    if cls is Relationship:
        fields = [field for field in fields if field.name != "agent"]
    chosen = draw(st.lists(st.sampled_from(fields), max_size=4, unique_by=lambda f: f.name))
    return cls(**{field.name: draw(value(field)) for field in chosen})
