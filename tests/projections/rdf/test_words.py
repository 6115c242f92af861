# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import InvalidInput, LimitExceeded, NotAllowed
from allmende.projections.rdf.words import MAX_DEPTH, MAX_TEXT, Form, form_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * {?s ?p ?o}", Form.SELECT),
        ("# ASK first\nPREFIX ask: <urn:construct#> construct {?s ask:x 1} {}", Form.CONSTRUCT),
        ("BASE <http://ask/> PREFIX : <#> describe <a>", Form.DESCRIBE),
        ('ASK { ?s ?p "SERVICE <x> \\" INSERT" }', Form.ASK),
        ("ASK { ?service <urn:service> service:x, '''LOAD ' it''' @insert }", Form.ASK),
        ("SELECT ?a { FILTER(?a<?b) # SERVICE\n }", Form.SELECT),
    ],
)
def test_the_form_is_the_first_word_that_is_no_name_text_or_comment(text: str, form: Form) -> None:
    assert form_of(text) is form


@pytest.mark.parametrize(
    "text",
    ["LOAD <http://x/>", "INSERT DATA {<a:a> <a:b> 1}", "with <g:g> delete {?s ?p ?o} where {}"],
)
def test_an_update_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(NotAllowed, match="cannot be changed"):
        form_of(text)


@pytest.mark.parametrize("service", ["SERVICE <http://x/>", "service silent ?s"])
def test_federation_is_refused(service: str) -> None:
    with pytest.raises(NotAllowed, match="SERVICE"):
        form_of(f"SELECT * {{ {service} {{?s ?p ?o}} }}")


def test_limits_of_length_and_depth_are_named() -> None:
    with pytest.raises(LimitExceeded, match="characters"):
        form_of("SELECT" + " " * MAX_TEXT)
    with pytest.raises(LimitExceeded, match="brackets"):
        form_of("SELECT * " + "{" * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1))


@given(st.text(alphabet="SELECTask{}()[]<>\"'\\#?:@ \n\u00e4", max_size=80))
def test_any_text_has_a_form_or_a_clear_error(text: str) -> None:
    try:
        form_of(text)
    except (InvalidInput, NotAllowed) as raised:
        error = raised
    else:
        return
    assert error.text["de"] != error.text["en"]
