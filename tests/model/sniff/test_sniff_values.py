# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How values in columns are told apart: money, dates, numbers that are names, shapes."""

from typing import Any

import pytest

from allmende.model.coerce import read_value
from allmende.model.document import Entity, Field, FieldType, GeometryType, problems
from allmende.model.sniff import Proposal, sniff_csv, sniff_table

T = FieldType
JENA = (11.58, 50.93)


def entity(proposal: Proposal) -> Entity:
    assert problems(proposal.model) == []
    for each in proposal.notes:
        assert set(each.text) == {"de", "en"}
        assert all(each.text.values())
    return proposal.model.entity()


def only(header: str, *cells: Any) -> Field:
    """The field that a single column with this header becomes."""
    rows = [[index, cell] for index, cell in enumerate(cells, 1)]
    found = entity(sniff_table(rows, header=["id", header])).fields
    assert len(found) == 2, found
    return found[1]


def codes(proposal: Proposal) -> set[str]:
    return {each.code for each in proposal.notes}


@pytest.mark.parametrize(
    ("header", "cells", "values"),
    [
        ("Kosten", ["1.234,50 €", "12,00 €", "-3,10 €"], [1234.5, 12, -3.1]),
        ("Kosten", ["EUR 12", "EUR 1.300", "EUR 7,5"], [12, 1300, 7.5]),
        ("Kosten (€)", ["1.234", "12.000", "9.999"], [1234, 12000, 9999]),
        ("Wert in Euro", ["1234,50", "12", "7,1"], [1234.5, 12, 7.1]),
        ("Cost [EUR]", ["1,234.50", "12", "7.1"], [1234.5, 12, 7.1]),
        ("Price", ["€1,234.50", "€12", "-€7"], [1234.5, 12, -7]),
        ("Preis €", ["12,-", "13,--", "14,50"], [12, 13, 14.5]),
        ("Preis", ["12,– €", "1.000 Euro", "14,50 EUR"], [12, 1000, 14.5]),
        ("Kosten in €", [12.0, 13.0], [12, 13]),
    ],
)
def test_money_is_a_number_in_euro(header: str, cells: list[Any], values: list[float]) -> None:
    rows = [[index, cell] for index, cell in enumerate(cells, 1)]
    proposal = sniff_table(rows, header=["id", header])
    field = entity(proposal).fields[1]
    assert (field.type, field.unit) == (T.NUMBER, "EUR")
    reading = proposal.columns[1].reading or proposal.reading
    assert [read_value(field, cell, reading) for cell in cells] == values
    assert field.name in ("kosten", "wert", "cost", "price", "preis")


def test_money_below_a_heading_does_not_hide_it() -> None:
    proposal = sniff_csv("Kosten;x\n1.234,50 €;a\n12,00 €;a\n".encode())
    assert proposal.header
    assert proposal.model.entity().fields[0].unit == "EUR"


@pytest.mark.parametrize(
    ("cells", "order", "unclear"),
    [
        (["03/04/2024", "05/06/2024"], "dmy", True),
        (["03/04/2024", "05/16/2024"], "mdy", False),
        (["13/04/2024", "05/06/2024"], "dmy", False),
        (["03-04-2024", "04-04-2024"], "dmy", True),
        (["04/04/2024"], "dmy", False),
        (["03.04.2024", "05.06.2024"], "dmy", False),
        (["2024-03-04", "2024-05-06"], "dmy", False),
        (["03/04/24", "05/13/24"], "mdy", False),
        (["03/04/2024"] * 90 + ["05/16/2024"], "mdy", False),
        (["03/04/2024 10:00", "05/06/2024 11:30"], "dmy", True),
    ],
)
def test_the_order_of_dates_is_told_by_the_column(
    cells: list[str], order: str, unclear: bool
) -> None:
    rows = [[index, cell] for index, cell in enumerate(cells, 1)]
    proposal = sniff_table(rows, header=["id", "Datum"])
    assert proposal.model.entity().fields[1].type in (T.DATE, T.DATETIME)
    reading = proposal.columns[1].reading or proposal.reading
    assert reading.date_order == order
    assert ("ambiguous-date" in codes(proposal)) is unclear


def test_numbers_beside_marked_ones_are_names() -> None:
    cells = [str(each) for each in range(60)] + ["B 30", "N78830/2"]
    assert only("baumnummer", *cells).type is T.STRING
    assert only("hoehe", *cells[:60], "12 m").type is T.INTEGER


def test_a_shape_that_names_its_crs_in_binary_form_is_read() -> None:
    import shapely

    points = [shapely.set_srid(shapely.Point(681_000 + n, 5_645_000), 25832) for n in range(3)]
    rows = [[n, shapely.to_wkb(each, hex=True, include_srid=True)] for n, each in enumerate(points)]
    found = sniff_table(rows, header=["id", "geom"]).model.entity().geometry
    assert found is not None
    assert (found.geometry, found.crs) == (GeometryType.POINT, "EPSG:25832")
