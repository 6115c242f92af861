# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Licences in plain words: what one may do with data, from the licence texts' own terms.

One table, because the same licence has many addresses (DCAT-AP.de list, EU authority
list, the licence's home). The page says what follows; the licence text rules.
"""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and its terms; None means the licence does not settle it by itself."""

    name: str
    url: str | None
    open: bool
    attribution: bool | None = True
    commercial: bool | None = True
    change: bool | None = True
    share_alike: bool = False


_CC = "https://creativecommons.org/licenses/"

_TABLE: tuple[tuple[str, Licence], ...] = (
    (
        r"dl-?(de)?[-/]?zero",
        Licence("dl-de/zero-2-0", "https://www.govdata.de/dl-de/zero-2-0", True, False),
    ),
    (
        r"dl-?(de)?[-/]?by-nc",
        Licence("dl-de/by-nc-1-0", "https://www.govdata.de/dl-de/by-nc-1-0", False,
                commercial=False),
    ),
    (
        r"dl-?(de)?[-/]?by(-de)?[-/]1",
        Licence("dl-de/by-1-0", "https://www.govdata.de/dl-de/by-1-0", True),
    ),
    (
        r"dl-?(de)?[-/]?by",
        Licence("dl-de/by-2-0", "https://www.govdata.de/dl-de/by-2-0", True),
    ),
    (
        r"cc-?zero|cc-?0|publicdomain/zero",
        Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", True, False),
    ),
    (
        r"ccpdm|publicdomain/mark|public-domain",
        Licence("Public Domain Mark", "https://creativecommons.org/publicdomain/mark/1.0/",
                True, False),
    ),
    (
        r"by-nc-nd",
        Licence("CC BY-NC-ND 4.0", f"{_CC}by-nc-nd/4.0/", False, commercial=False, change=False),
    ),
    (
        r"by-?nc-?sa",
        Licence("CC BY-NC-SA 4.0", f"{_CC}by-nc-sa/4.0/", False, commercial=False,
                share_alike=True),
    ),
    (
        r"(cc|licenses)[-/]by-?nc",
        Licence("CC BY-NC 4.0", f"{_CC}by-nc/4.0/", False, commercial=False),
    ),
    (
        r"(cc|licenses)[-/]by-?nd",
        Licence("CC BY-ND 4.0", f"{_CC}by-nd/4.0/", False, change=False),
    ),
    (
        r"(cc|licenses)[-/]by-?sa",
        Licence("CC BY-SA 4.0", f"{_CC}by-sa/4.0/", True, share_alike=True),
    ),
    (r"(cc|licenses)[-/]by[-/]de.*3", Licence("CC BY 3.0 DE", f"{_CC}by/3.0/de/", True)),
    (r"(cc|licenses)[-/]by", Licence("CC BY 4.0", f"{_CC}by/4.0/", True)),
    (
        r"odbl|odc-bl",
        Licence("ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/", True,
                share_alike=True),
    ),
    (
        r"pddl|odcpddl",
        Licence("PDDL 1.0", "https://opendatacommons.org/licenses/pddl/1-0/", True, False),
    ),
    (
        r"odc-?by|odby",
        Licence("ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/", True),
    ),
    (
        r"geonutz",
        Licence("GeoNutzV", "https://www.gesetze-im-internet.de/geonutzv/", True),
    ),
    (
        r"officialwork",
        Licence("§ 5 UrhG", "https://www.gesetze-im-internet.de/urhg/__5.html", True, False),
    ),
    (r"other-?open|other-pd|other-at", Licence("other-open", None, True, None)),
    (
        r"other-(closed|commercial|freeware)",
        Licence("other-closed", None, False, None, None, None),
    ),
)


@lru_cache(maxsize=1024)
def licence(iri: str) -> Licence | None:
    """The licence behind an address; None when the table does not know it."""
    key = re.sub(r"[_\s]+", "-", iri.lower())
    return next((found for pattern, found in _TABLE if re.search(pattern, key)), None)


def licence_name(iri: str) -> str:
    """A short name for lists: the known one, else the end of the address."""
    found = licence(iri)
    return found.name if found else tail(iri)


def tail(iri: str) -> str:
    """The part of an address after its last `/` or `#`; the address itself when empty."""
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri
