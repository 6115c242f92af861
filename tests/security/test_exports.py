# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What we give out does no harm in the programs that open it."""

import csv
from io import StringIO
from pathlib import Path

import anyio
import pytest
from tests.interfaces.support import served

from allmende.core import catalogue
from allmende.core.catalogue import Entry
from allmende.core.fetch import Fetcher
from allmende.errors import SourceUnavailable
from allmende.interfaces import dcat
from allmende.model.catalogue import Dataset, ResourceKind
from allmende.policy import SYSTEM


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_title_is_no_formula_in_a_spreadsheet(tmp_path: Path, sign: str) -> None:
    title = f'{sign}HYPERLINK("https://example.org/")'

    async def main() -> None:
        async with served(tmp_path, dcat.routes) as house:
            hostile = Dataset(title={"de": title})
            entry = Entry(kind=ResourceKind.DATASET, resource=hostile, organisation="jena", id="x")
            await catalogue.put(house.platform, SYSTEM, entry)
            answer = await house.client.get("/datasets.csv")
            _, row = csv.reader(StringIO(answer.text))
            assert row[1] == f"'{title}"

    anyio.run(main)


def test_an_address_that_cannot_be_read_is_an_error_of_the_source() -> None:
    async def main() -> None:
        async with Fetcher() as fetch:
            with pytest.raises(SourceUnavailable, match="cannot be read"):
                await fetch.get("http://[a")

    anyio.run(main)
