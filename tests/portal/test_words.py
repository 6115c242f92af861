# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Every sentence exists in both languages, is used, and no text stands in a template."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from allmende.core import access, feedback, following, four_eyes, showcases, usage_counting
from allmende.core.bulk import Became
from allmende.core.identity.levels import Assurance
from allmende.core.own_records import Sort, Trouble
from allmende.core.sensing.devices import KINDS
from allmende.core.sensing.health import STATES
from allmende.core.signin import SECOND
from allmende.core.suggesting import Why
from allmende.core.validating import NAMES
from allmende.model.catalogue import Range, ResourceKind
from allmende.model.document import FieldType
from allmende.model.licensing import LEVELS
from allmende.model.sensing.citizen_places import DETAILS
from allmende.model.sensing.quality import RULES
from allmende.policy import Level, Role, Scope, Status
from allmende.portal import licence_words, past
from allmende.portal.editing.fields import Group
from allmende.portal.editing.values import SIDES
from allmende.portal.names import FORMAT_HINTS
from allmende.portal.search_form import FACETS, SORTS
from allmende.portal.static_files import STYLES, assets
from allmende.portal.views import leaving, licences, releases, requests, reservations
from allmende.portal.views import past as past_views
from allmende.portal.views.harvests import NUMBERS
from allmende.portal.views.people_log import DEEDS
from allmende.portal.views.quality import FILE_TROUBLES
from allmende.portal.views.quality import TROUBLES as LINK_TROUBLES
from allmende.portal.views.search import EXPLAINED, OPENNESS
from allmende.portal.views.sensing_devices import ACCESSES, DONE, STATUSES, TROUBLES
from allmende.portal.views.sensing_try import FLAGS
from allmende.portal.views.validate import SEVERITIES
from allmende.portal.words import LANGUAGES, MissingMessage, messages, words

CHECKS = ("valid", "plausible", "step", "spike", "flat", "frozen", "stale", "interval")
SENSE_FLAGS = ("unchecked", "good", "suspect", "bad", "interpolated")

# A key that is put together, with every end it can have.
FAMILIES: dict[str, tuple[str, ...]] = {
    "deed.": DEEDS,
    "link.": LINK_TROUBLES,
    "score.file-": FILE_TROUBLES,
    "level-of.": tuple(Assurance),
    "method.": ("password", *SECOND),
    "role-short.": tuple(Role),
    "wrong.": ("bbox", "start", "end"),
    "facet.": (*FACETS, "west", "south", "east", "north", "start", "end"),
    "sort.": SORTS,
    "search.mode.": EXPLAINED,
    "openness.": OPENNESS,
    "level.": ("internal", "restricted"),
    "kind.": ("dataset", "series", "service", "catalog"),
    "format.": FORMAT_HINTS,
    "role.": tuple(Role),
    "scope.": tuple(scope for scope in Scope if scope != Scope.ADMIN),
    "past.deed.": past_views.DEEDS,
    "past.by.": past_views.AUTHORS,
    "past.what.": past.WHATS,
    "past.rule.": past.RULES,
    "past.status.": tuple(Status),
    "past.metadata_access.": tuple(Level),
    "past.data_access.": tuple(Level),
    "past.field.": past.OWN_FIELDS,
    "leave.do.": leaving.ALL_WAYS,
    "leave.hint.": leaving.ALL_WAYS,
    "rel.state.": releases.STATES,
    "rel.done.": releases.DONE,
    "rel.scope.": four_eyes.SCOPES,
    "run.n.": NUMBERS,
    "run.": ("complete", "running", "incomplete", "failed"),
    "language.": LANGUAGES,
    "licence.may.": ("use", "commercial", "change"),
    "licence.no.": ("commercial", "change"),
    "licence.must.": ("name", "share"),
    "facts.": ("contact", "time", "coverage", "subject", "origin"),
    "coverage.": ("w", "e", "s", "n"),
    "edit.": SIDES,
    "edit.group-": tuple(Group),
    "edit.hint-": (Range.DATE, Range.DURATION),
    "edit.lead-": tuple(ResourceKind),
    "edit.new-": tuple(ResourceKind),
    "edit.why.": get_args(Why),
    "mine-data.sort-": get_args(Sort),
    "mine-data.status-": tuple(Status),
    "mine-data.trouble-": tuple(each for each in get_args(Trouble) if each),
    "bulk.became-": get_args(Became),
    "count.": ("datasets-word", "publishers-word", "formats-word"),
    "validate.n.": SEVERITIES,
    "validate.severity.": SEVERITIES,
    "validate.about.": NAMES,
    "nav.": ("catalogues", "datasets"),
    "example.": ("turtle", "ending", "search", "table", "rows", "features", "sparql", "python"),
    "lic.q.": licence_words.QUESTIONS,
    "lic.h.": licences.IN_TABLE,
    "lic.a.": licence_words.ANSWERS,
    "lic.sell.": ("yes", "no", "ask"),
    "lic.name.": ("must", "need-not", "ask"),
    "lic.change.": ("yes", "no", "ask"),
    "lic.share.": ("must", "need-not", "ask"),
    "lic.database.": ("yes", "no", "unknown"),
    "lic.open.": ("yes", "no"),
    "lic.level-": LEVELS,
    "lic.line.": ("title", "owner", "address"),
    "rsv.state.": reservations.STATES,
    "req.state.": requests.STATES,
    "req.step.": requests.STEPS,
    "req.side.": ("asker", "owner"),
    "req.kind.": access.KINDS,
    "batch.": ("created", "updated", "deleted", "refused", "flagged"),
    "filter.": ("from", "to"),
    "try.flag.": tuple(FLAGS.values()),
    "try.fact.": ("device", "profile", "received", "counter", "port", "payload", "link"),
    "health.": ("name", "status", "last", "arrived", "flagged"),
    "health.state.": STATES,
    "health.means.": STATES,
    "type.": tuple(FieldType),
    "mine.detail.": DETAILS,
    "mine.status.": ("active", "waiting", "stopped"),
    "mine.flag.": ("0", "1", "2", "3"),
    "dev.status.": STATUSES,
    "dev.trouble.": TROUBLES,
    "dev.done.": DONE,
    "dev.access.": ACCESSES,
    "dev.link.": ("good", "fair", "weak"),
    "dev.state.": ("waiting", "done", "quarantined"),
    "dev.fact.": (
        "eui",
        "first",
        "battery",
        "radio",
        "gateways",
        "counter",
        "messages",
        "repeated",
        "lost",
        "application",
        "profile",
    ),
    "net.kind.": KINDS,
    "visibility.": ("internal", "personal"),
    "retention.for-": (
        "all",
        "organisation",
        "origin",
        "property",
        "kind",
        "thing",
        "stream",
        "datastream",
    ),
    "retention.did-": ("deleted", "archived", "figures", "expired", "erased"),
    "validate.of.": (
        "Catalog",
        "CatalogRecord",
        "DataService",
        "Dataset",
        "DatasetSeries",
        "Distribution",
    ),
    "retention.would-": ("deleted", "archived"),
    "retention.unit-": ("days", "hours", "ever"),
    "retention.then-": ("archive", "delete"),
    "retention.grain-": ("hour", "day", "month"),
    "retention.grain-years-": ("hour", "day", "month"),
    "checks.name.": CHECKS,
    "checks.told.": CHECKS,
    "checks.rule.": (*RULES, "none"),
    "checks.origin.": ("general", "property", "source", "own"),
    "checks.mode.": ("inherit", "reported", "own", "on", "off"),
    "checks.field.": ("low", "high", "change", "step", "spike", "flat", "stale", "interval"),
    "home.trend.": ("up", "down", "level"),
    "sense.sort.": ("current", "name", "newest"),
    "sense.download.": ("shown", "single"),
    "sense.figure.": ("n", "good", "mean", "min", "max", "sum"),
    "sense.flag.": SENSE_FLAGS,
    "sense.flag-told.": SENSE_FLAGS,
    "sense.grain.": ("raw", "hour", "day", "month"),
    "sense.origin.": ("official", "citizen", "derived", "replay"),
    "sense.origin-told.": ("citizen", "derived", "replay"),
    "sense.period.": ("day", "week", "month", "year", "all"),
    "query.": ("newest", "formats", "licences"),
    "follow.": ("dataset", "search", "confirm", "manage"),
    "pace.": following.PACES,
    "fb.kind.": feedback.KINDS,
    "fb.state.": feedback.STATES,
    "fb.outcome.": feedback.OUTCOMES,
    "fb.done.": ("waiting", "open", "private"),
    "fb.deed.": ("publish", "reopen", "refuse"),
    "show.kind.": showcases.KINDS,
    "show.state.": showcases.STATES,
    "show.do.": showcases.STATES,
    "use.kind.": usage_counting.KINDS,
}

_KEY = re.compile(r"""["']([a-z0-9]+(?:[.-][A-Za-z0-9:_-]+)+)["']""")
_FACT = re.compile(r'_fact\(\s*page,\s*"([a-z-]+)"')


@pytest.fixture(scope="session")
def source(repository: Path) -> str:
    """All code and templates of the portal as one text."""
    room = repository / "src/allmende/portal"
    found = [*room.rglob("*.py"), *room.glob("templates/*.html")]
    return "\n".join(path.read_text("utf-8") for path in sorted(found))


def used(source: str) -> set[str]:
    """Every key that the source asks for."""
    found = set(_KEY.findall(source)) | {"skip"}
    found |= {f"fact.{key}" for key in _FACT.findall(source)}
    found |= {begin + str(end) for begin, ends in FAMILIES.items() for end in ends}
    found |= {f"{page}.title" for page in ("about", "imprint", "privacy", "accessibility")}
    return found | {f"fact.{key}" for key in ("endpoint", "endpoint-description")}


def test_both_languages_have_the_same_sentences() -> None:
    assert set(messages("de")) == set(messages("en"))
    for key, forms in messages("de").items():
        assert all(forms), key
        assert all(messages("en")[key]), key
        assert len(forms) == len(messages("en")[key]), key


def test_every_sentence_is_used(source: str) -> None:
    assert sorted(set(messages("de")) - used(source)) == []


def test_every_used_sentence_exists(source: str) -> None:
    asked = set(re.findall(r"""\bw(?:ords)?(?:\.count)?\(\s*["']([^"']+)["'][,)]""", source))
    asked |= {begin + str(end) for begin, ends in FAMILIES.items() for end in ends}
    asked |= {f"fact.{key}" for key in _FACT.findall(source)}
    missing = sorted(asked - set(messages("de")) - {"key"})
    assert missing == []


def test_values_have_the_same_names_in_both_languages() -> None:
    def names(forms: tuple[str, ...]) -> set[str | None]:
        return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}

    for key, forms in messages("de").items():
        assert names(forms) == names(messages("en")[key]), key


def test_german_speaks_politely_and_fairly() -> None:
    """Sie, no du; no generic masculine of the usual suspects."""
    text = " ".join(" ".join(forms) for forms in messages("de").values())
    assert not re.search(r"\b(du|dein\w*|dir|dich)\b", text, re.I)
    assert not re.search(r"\b(Nutzer|Benutzer|Bürger|Entwickler|Besucher)\b", text)


def visible(template: str) -> Iterator[str]:
    """What a reader would see of a template without its values."""
    bare = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", template, flags=re.S)
    bare = re.sub(r"<!doctype[^>]*>|<(script|style)\b.*?</\1>", " ", bare, flags=re.S | re.I)
    yield from re.findall(r"\b(?:alt|title|aria-label|placeholder)=\"([^\"]*)\"", bare)
    bare = re.sub(r"<[^>]*>", " ", bare)
    yield re.sub(r"""\s[a-z-]+="[^"]*"?""", " ", bare)  # attributes that a macro adds


def test_no_text_stands_in_a_template(templates: list[Path]) -> None:
    assert len(templates) > 20
    for path in templates:
        for text in visible(path.read_text("utf-8")):
            assert not re.search(r"[A-Za-zÄÖÜäöüß]{2,}", text), (path.name, text.split())


def test_templates_hold_no_style_and_no_handler(templates: list[Path]) -> None:
    for path in templates:
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text), path.name


def test_style_sheet_is_one_and_loads_nothing() -> None:
    text = assets()["site.css"].body.decode()
    assert text.count("SPDX-License-Identifier") == len(STYLES)
    assert "@import" not in text
    assert not re.search(r"url\(\s*['\"]?(https?:)?//", text)
    assert text.count("{") == text.count("}")


def test_every_custom_property_is_defined() -> None:
    text = assets()["site.css"].body.decode()
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined


def test_missing_sentence_is_an_error() -> None:
    with pytest.raises(MissingMessage, match=r"no\.such"):
        words("de")("no.such")


@pytest.mark.parametrize(
    ("iso", "de", "en"),
    [
        ("2021", "2021", "2021"),
        ("2021-03", "März 2021", "March 2021"),
        ("2021-03-05", "5. März 2021", "5 March 2021"),
        ("2021-03-05Z", "5. März 2021", "5 March 2021"),
        ("2021-03-05T12:00:00+00:00", "5. März 2021, 13:00", "5 March 2021, 13:00"),
        ("2021-03-05T12:00:00", "5. März 2021, 12:00", "5 March 2021, 12:00"),
        ("2021-13", "2021-13", "2021-13"),
        ("2021-02-30", "2021-02-30", "2021-02-30"),
        ("bald", "bald", "bald"),
    ],
)
def test_dates_keep_their_precision(iso: str, de: str, en: str) -> None:
    assert words("de").date(iso) == de
    assert words("en").date(iso) == en


@pytest.mark.parametrize(
    ("size", "de", "en"),
    [
        (1, "1 Byte", "1 byte"),
        (999, "999 Byte", "999 bytes"),
        (1500, "1,5 kB", "1.5 kB"),
        (9_128_000, "9,1 MB", "9.1 MB"),
        (250_000_000, "250 MB", "250 MB"),
        (3_400_000_000_000_000, "3.400 TB", "3,400 TB"),
    ],
)
def test_sizes_are_human(size: int, de: str, en: str) -> None:
    assert words("de").size(size).replace("\N{NO-BREAK SPACE}", " ") == de
    assert words("en").size(size).replace("\N{NO-BREAK SPACE}", " ") == en


def test_values_in_sentences_are_escaped() -> None:
    assert words("de")("search.title-for", text="<b>") == "Daten zu „&lt;b&gt;“"
    assert words("de").plain("search.title-for", text="A & <b>") == "Daten zu „A & <b>“"
    assert words("de").count("search.hits", 1) == "1 Datensatz"
    assert words("de").count("search.hits", 1200) == "1.200 Datensätze"


def test_durations_are_words() -> None:
    assert words("de").duration("PT15M") == "15 Minuten"
    assert words("en").duration("P1DT1H") == "1 day, 1 hour"
    assert words("de").duration("often") == "often"
    assert words("fr").tag == "de"


def test_every_code_of_a_cell_has_words() -> None:
    from allmende.model import unreadable
    from allmende.portal.map_rows import CODES

    both = {**CODES, **unreadable.CODES}
    assert all(set(said) == {"de", "en"} and said["de"] != code for code, said in both.items())
