# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How often Python looks for objects that only hold each other.

Nearly all objects here go as soon as nobody needs them, without that search. With its usual
settings it would run after every 700 new objects: several times while one page of records
is decoded, and every so often through the whole search index, for 60 ms and more.
"""

import gc

YOUNG = 20_000  # new objects after which the youngest are looked through
OLDER = 20  # how many of those rounds go by until older objects are looked through as well


def seldom() -> None:
    """The search runs thirty times less often; at most some megabytes wait for it."""
    gc.set_threshold(YOUNG, OLDER, OLDER)


def settled() -> None:
    """What is in memory now stays for as long as the server: it is not looked through again.

    Objects that nobody needs later still go; only rings of them stay. Does nothing in a process
    that has not called `seldom`, like one that opens a platform, closes it and goes on.
    """
    if gc.get_threshold()[0] == YOUNG:
        gc.freeze()
