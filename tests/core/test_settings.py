# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Settings: file, environment, options, and the page that documents them."""

from pathlib import Path

import pytest

from allmende.core.configuration import load
from allmende.core.settings import Settings
from allmende.core.settings_page import reference
from allmende.errors import InvalidInput

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_reference_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_defaults(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load(environ={}) == Settings()


def test_options_win_over_environment_and_file(tmp_path):
    file = tmp_path / "allmende.toml"
    file.write_text('port = 1\nhost = "0.0.0.0"\nworkers = 2\n')
    settings = load(file, {"ALLMENDE_PORT": "2", "ALLMENDE_HOST": "::1"}, port=3, host=None)
    assert (settings.port, settings.host, settings.workers) == (3, "::1", 2)


def test_kinds_of_values_from_the_environment(tmp_path):
    settings = load(
        environ={
            "ALLMENDE_CONFIG": str(_file(tmp_path, "")),
            "ALLMENDE_JOBS": "false",
            "ALLMENDE_TRUSTED_PROXIES": "10.0.0.1, 10.1.0.0/16",
            "ALLMENDE_DATA": "/srv/allmende",
            "ALLMENDE_READ_SECONDS": "0.5",
            "ALLMENDE_BASE_URL": "https://daten.example.de/",
        }
    )
    assert settings.jobs is False
    assert settings.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")
    assert settings.data == Path("/srv/allmende")
    assert settings.read_seconds == 0.5
    assert settings.base_url == "https://daten.example.de"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("port = 70000", "port"),
        ('port = "many"', "port"),
        ("bodylimit = 1", "Did you mean body_limit?"),
        ("port =", "not valid TOML"),
        ('metrics_token = "abc"', "ALLMENDE_METRICS_TOKEN_FILE"),
        ('database = "postgresql://me:secret@localhost/a"', "secret"),
        ('language = "fr"', "language"),
    ],
)
def test_a_wrong_file_is_refused_with_the_name(tmp_path, text, part):
    with pytest.raises(InvalidInput, match=part):
        load(_file(tmp_path, text), {})


def test_a_named_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        load(tmp_path / "none.toml", {})


def test_a_database_without_password_may_stand_in_the_file(tmp_path):
    file = _file(tmp_path, 'database = "postgresql://me@localhost/allmende"')
    assert load(file, {}).database.endswith("/allmende")


def test_a_name_that_is_nearly_a_setting_is_refused():
    with pytest.raises(InvalidInput, match=r"Did you mean ALLMENDE_WORKERS\?"):
        load(environ={"ALLMENDE_WORKRES": "4"})
    others = {
        "ALLMENDE_PORT_8000_TCP_ADDR": "10.0.0.1",
        "ALLMENDE_SOURCE_HOST": "x",
        "ALLMENDE_NETWORK_DATA": "x",
    }
    assert load(environ=others).port == 8000


def test_secrets_come_from_environment_or_file(tmp_path):
    secret = _file(tmp_path, "s3cret\n", "token")
    nothing = str(_file(tmp_path, ""))
    environ = {"ALLMENDE_CONFIG": nothing, "ALLMENDE_METRICS_TOKEN_FILE": str(secret)}
    assert load(environ=environ).metrics_token == "s3cret"
    environ = {"ALLMENDE_CONFIG": nothing, "ALLMENDE_METRICS_TOKEN_FILE": str(tmp_path / "no")}
    with pytest.raises(InvalidInput, match="secret file"):
        load(environ=environ)


def _file(folder: Path, text: str, name: str = "allmende.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
