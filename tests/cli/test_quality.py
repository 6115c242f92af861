# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""`allmende quality`, called as the executable people use."""

import json
from pathlib import Path

from tests.cli.test_validate import GOOD
from tests.web.process import call


def test_figures_links_and_scores(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.ttl"
    address = "<http://127.0.0.1:9/x>"
    more = GOOD + f"<https://example.org/d> dcat:distribution [ dcat:accessURL {address} ] .\n"
    file.write_text(more, "utf-8")
    here = ("--data", str(tmp_path / "data"))
    assert (
        call("harvest", str(file), "--kind", "dcat", "--catalogue", "probe", *here).returncode == 0
    )
    told = json.loads(call("quality", "show", "--json", *here).stdout)
    assert told["city"]["datasets"] == 1
    assert told["links"] == {"all": 1, "fine": 0, "broken": 0, "waiting": 1}
    # an address of this machine is never called
    asked = json.loads(call("quality", "links", "--json", *here).stdout)
    assert (asked["asked"], asked["broken"]) == (1, 1)
    again = call("quality", "again", *here, LC_ALL="de_DE.UTF-8")
    assert "0 Bewertungen" in again.stdout
    shown = call("quality", "show", *here, LC_ALL="de_DE.UTF-8").stdout
    assert "/405" in shown
    assert "0 Links antworten, 1 nicht, 0 warten" in shown
