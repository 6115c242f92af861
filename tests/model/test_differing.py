# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What differs between two states of a record, and how two changed states become one."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from allmende.model.catalogue import Agent, Dataset, Distribution, Kind, Period
from allmende.model.differing import MOST_COMPARED, Change, differences
from allmende.model.merging import merged
from allmende.model.namespaces import FOAF, VCARD
from allmende.model.personal import without_former_people

CSV = "http://publications.europa.eu/resource/authority/file-type/CSV"


def told(changes: list[Change]) -> list[tuple[str, str, object, object]]:
    return [(each.field, each.what, each.before, each.after) for each in changes]


def test_texts_are_compared_language_by_language() -> None:
    old = Dataset(title={"de": "Bäume", "en": "Trees"})
    new = Dataset(title={"de": "Stadtbäume", "fr": "Arbres"})
    found = differences(old, new)
    assert [(each.language, each.what, each.before, each.after) for each in found] == [
        ("de", "changed", "Bäume", "Stadtbäume"),
        ("fr", "added", None, "Arbres"),
        ("en", "removed", "Trees", None),
    ]


def test_lists_are_compared_item_by_item() -> None:
    old = Dataset(keyword={"de": ["Baum", "Park", "Park"]}, theme=["a", "b"])
    new = Dataset(keyword={"de": ["Park", "Straße"]}, theme=["b", "a"])
    assert told(differences(old, new)) == [
        ("keyword", "removed", "Baum", None),
        ("keyword", "removed", "Park", None),
        ("keyword", "added", None, "Straße"),
        ("theme", "order", None, None),
    ]


def test_distributions_are_paired_before_they_are_compared() -> None:
    table = Distribution(title={"de": "Tabelle"}, access_url=["https://a.de/1"], byte_size=10)
    plan = Distribution(title={"de": "Karte"}, access_url=["https://a.de/2"])
    moved = Distribution(title={"de": "Tabelle"}, access_url=["https://a.de/1"], byte_size=12)
    fresh = Distribution(title={"de": "Dienst"}, access_url=["https://a.de/3"], format=CSV)
    found = differences(Dataset(distribution=[table, plan]), Dataset(distribution=[fresh, moved]))
    assert [(each.item, each.what) for each in found] == [
        ("Dienst", "added"),
        ("Tabelle", "changed"),
        ("Karte", "removed"),
    ]
    assert told(list(found[1].parts)) == [("byte_size", "changed", 10, 12)]
    assert ("format", "added", None, CSV) in told(list(found[0].parts))


def test_things_without_a_common_name_are_paired_by_likeness() -> None:
    old = Distribution(access_url=["https://a.de/old"], format=CSV, license="x", byte_size=5)
    new = Distribution(access_url=["https://a.de/new"], format=CSV, license="x", byte_size=5)
    (only,) = differences(Dataset(distribution=[old]), Dataset(distribution=[new]))
    assert only.what == "changed"
    assert {each.field for each in only.parts} == {"access_url"}
    far = Distribution(access_url=["https://b.de"], title={"de": "Anders"})
    found = differences(Dataset(distribution=[old]), Dataset(distribution=[far]))
    assert [each.what for each in found] == ["added", "removed"]


def test_single_things_and_values() -> None:
    old = Dataset(publisher=Agent(name={"de": "Amt"}), issued="2020", temporal=[Period(start="1")])
    new = Dataset(publisher=Agent(name={"de": "Stelle"}), modified="2021", temporal=[])
    found = differences(old, new)
    assert [(each.field, each.what) for each in found] == [
        ("issued", "removed"),
        ("modified", "added"),
        ("publisher", "changed"),
        ("temporal", "removed"),
    ]
    assert told(list(found[2].parts)) == [("name", "changed", "Amt", "Stelle")]


def test_very_long_lists_stay_cheap_and_complete() -> None:
    old = [Distribution(access_url=[f"https://a.de/{at}"]) for at in range(1_500)]
    new = [Distribution(access_url=[f"https://b.de/{at}"]) for at in range(1_500)]
    found = differences(Dataset(distribution=old), Dataset(distribution=new))
    assert len(found) == 3_000
    assert MOST_COMPARED < 1_500


_TEXT = st.dictionaries(st.sampled_from(["de", "en"]), st.text(max_size=3), max_size=2)
_FILES = st.lists(
    st.builds(
        Distribution,
        title=_TEXT,
        access_url=st.lists(st.sampled_from(["https://a", "https://b"]), max_size=2),
        byte_size=st.none() | st.integers(0, 3),
    ),
    max_size=4,
)
_DATASETS = st.builds(
    Dataset,
    title=_TEXT,
    keyword=st.dictionaries(
        st.sampled_from(["de", "en"]), st.lists(st.sampled_from("abc"), min_size=1, max_size=3)
    ),
    theme=st.lists(st.sampled_from("xyz"), max_size=3),
    issued=st.none() | st.sampled_from(["2020", "2021"]),
    distribution=_FILES,
)


@given(_DATASETS, _DATASETS)
def test_equal_states_differ_in_nothing_and_others_in_something(one: Dataset, two: Dataset) -> None:
    assert differences(one, one) == []
    found = differences(one, two)
    assert bool(found) == (one != two)
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[Change]) == found


@given(_DATASETS, _DATASETS, _DATASETS)
def test_a_merge_loses_no_change_of_ours(base: Dataset, mine: Dataset, theirs: Dataset) -> None:
    made, both = merged(base, mine, theirs)
    for name in Dataset.__struct_fields__:
        was, ours, other = (getattr(each, name) for each in (base, mine, theirs))
        assert getattr(made, name) == (other if ours == was else ours)
        assert (name in both) == (ours != was and other not in (was, ours))


def test_former_people_are_not_named() -> None:
    former = Dataset(
        contact_point=[
            Kind(
                fn={"de": "Erika Muster"}, email=["mailto:e.muster@stadt.de"], telephone=["tel:1"]
            ),
            Kind(fn={"de": "Umweltamt"}, kind=VCARD + "Organization", email=["mailto:umwelt@s.de"]),
        ],
        creator=[
            Agent(name={"de": "Max Frei"}, kind=FOAF + "Person", iri="https://s.de/max"),
            Agent(name={"de": "Bauamt"}),
        ],
        extra=["_:a <http://xmlns.com/foaf/0.1/mbox> <mailto:x@y.de> .", '_:a <urn:x> "y" .'],
    )
    kept = without_former_people(
        former, Dataset(contact_point=[Kind(email=["mailto:umwelt@s.de"])])
    )
    assert kept.contact_point[0] == Kind()
    assert kept.contact_point[1].fn == {"de": "Umweltamt"}
    assert kept.contact_point[1].email == ["mailto:umwelt@s.de"]
    assert kept.creator == [Agent(kind=FOAF + "Person"), Agent(name={"de": "Bauamt"})]
    assert kept.extra == ['_:a <urn:x> "y" .']
    assert former.contact_point[0].email == ["mailto:e.muster@stadt.de"]
    assert without_former_people(former, former) == former
