# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Problem details: every error class has a type, a title and advice in two languages."""

import inspect

import msgspec
import pytest

from allmende import errors
from allmende.core.problems import KINDS, code_of, problem, retry_after

CLASSES = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, errors.AllmendeError)
]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_class_is_a_kind_of_the_same_status(cls):
    assert KINDS[cls.code].status == cls.status


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_speaks_both_languages(code):
    for texts in (KINDS[code].title, KINDS[code].advice):
        assert texts["de"]
        assert texts["en"]
        assert texts["de"] != texts["en"]


def test_the_members():
    error = errors.NotFound("There is no dataset x.", "Es gibt keinen Datensatz x.")
    members = msgspec.to_builtins(problem(error, "de", "/datasets/x", request_id="r1"))
    assert members == {
        "type": "/problems/not-found",
        "title": "Nicht gefunden",
        "status": 404,
        "detail": "Es gibt keinen Datensatz x.",
        "instance": "/datasets/x",
        "code": "not-found",
        "requestId": "r1",
    }


def test_an_own_code_keeps_the_type_of_its_status():
    error = errors.LimitExceeded("Too deep.", code="json-depth")
    found = problem(error, "en", "/x")
    assert (found.type, found.code, found.detail) == (
        "/problems/limit-exceeded",
        "json-depth",
        "Too deep.",
    )


def test_an_inner_error_says_nothing_about_the_inside():
    found = problem(errors.AllmendeError("secret path /srv"), "en", "/x")
    assert "secret" not in found.detail
    assert "error id" in found.detail


@pytest.mark.parametrize(
    ("status", "code"),
    [(405, "method-not-allowed"), (418, "invalid-input"), (599, "internal"), (503, "busy")],
)
def test_bare_statuses(status, code):
    assert code_of(status) == code


def test_retry_after():
    assert retry_after(errors.TooManyRequests("x", retry_after=7)) == 7
    assert retry_after(errors.Busy("x")) == 2
    assert retry_after(errors.NotFound("x")) is None
    assert retry_after(429) == 60
