# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rules of retention said in plain German and English."""

from __future__ import annotations

from allmende.model.sensing.retention import Figures, Policy, Text

_GRAINS = {
    "hour": ("hourly figures", "Stundenwerte"),
    "day": ("daily figures", "Tageswerte"),
    "month": ("monthly figures", "Monatswerte"),
}


def sentence(policy: Policy) -> Text:
    """What happens to observations, as one or two sentences in German and English."""
    if policy.hold:
        return _hold(policy)
    if policy.raw is None:
        return {
            "en": "Single values are kept for ever.",
            "de": "Einzelwerte werden dauerhaft aufbewahrt.",
        }
    en, de = _single(policy)
    figures_en, figures_de = _figures(policy)
    said = {"en": f"{en}{figures_en}", "de": f"{de}{figures_de}"}
    if policy.least:
        said["en"] += f" Figures of fewer than {policy.least} values are not kept."
        said["de"] += (
            f" Zusammenfassungen aus weniger als {policy.least} Werten werden nicht aufbewahrt."
        )
    return said


def _hold(policy: Policy) -> Text:
    en = policy.note.get("en") or policy.note.get("de", "")
    de = policy.note.get("de") or policy.note.get("en", "")
    return {
        "en": f"Nothing is deleted at present: {en}",
        "de": f"Zurzeit wird nichts gelöscht: {de}",
    }


def _single(policy: Policy) -> tuple[str, str]:
    en, de = _length(policy)
    if policy.then == "delete":
        return (
            f"Single values are kept for {en} and then deleted",
            f"Einzelwerte werden {de} aufbewahrt, danach gelöscht",
        )
    if policy.archive_years is None:
        where = ("stay there for ever", "bleiben dort dauerhaft")
    else:
        years = _years(policy.archive_years)
        where = (f"are deleted after {years[0]}", f"werden nach {years[2]} gelöscht")
    return (
        f"Single values are kept at hand for {en}, then they go into the archive by month "
        f"and {where[0]}",
        f"Einzelwerte werden {de} griffbereit aufbewahrt, kommen danach monatsweise ins Archiv "
        f"und {where[1]}",
    )


def _length(policy: Policy) -> tuple[str, str]:
    if policy.hours is not None:
        one = policy.hours == 1
        return (
            "1 hour" if one else f"{policy.hours} hours",
            "1 Stunde" if one else f"{policy.hours} Stunden",
        )
    days = policy.days or 0
    return ("1 day", "1 Tag") if days == 1 else (f"{days:,} days", f"{_german(days)} Tage")


def _german(number: int) -> str:
    return f"{number:,}".replace(",", ".") if number >= 10_000 else str(number)


def _years(number: int) -> tuple[str, str, str]:
    if number == 1:
        return "1 year", "1 Jahr", "1 Jahr"
    return f"{number} years", f"{number} Jahre", f"{number} Jahren"


def _figures(policy: Policy) -> tuple[str, str]:
    if not policy.figures:
        return (
            ("; no figures are kept.", "; Zusammenfassungen bleiben nicht.")
            if policy.then == "delete"
            else (".", ".")
        )
    parts = [_kept(each) for each in policy.figures]
    return (
        f"; {_listed([each[0] for each in parts], 'and')}.",
        f"; {_listed([each[1] for each in parts], 'und')}.",
    )


def _kept(figures: Figures) -> tuple[str, str]:
    en, de = _GRAINS[figures.grain]
    if figures.years is None:
        return f"{en} stay for ever", f"{de} bleiben dauerhaft"
    years = _years(figures.years)
    return f"{en} stay for {years[0]}", f"{de} bleiben {years[1]}"


def _listed(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
