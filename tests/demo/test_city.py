# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The demo city brings its name, and leaves alone what somebody has set."""

from __future__ import annotations

from allmende.core.settings import Settings
from allmende.demo.city import with_city
from allmende.portal.site import site


def test_the_demo_is_called_jena() -> None:
    settings = with_city(Settings())
    assert settings.catalogue == "jena"
    assert site(settings).title == "Allmende Jena"


def test_what_is_set_stays() -> None:
    own = Settings(catalogue="meine", extra={"portal": {"city_name": "Weimar"}})
    settings = with_city(own)
    assert settings.catalogue == "meine"
    assert site(settings).city == "Weimar"
