# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Where data comes from: the sources, their runs and the report of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from allmende.core import harvest
from allmende.core.harvest import Run
from allmende.errors import NotFound
from allmende.model.repair import REPAIRS
from allmende.policy import Action, may
from allmende.portal.forms import checked_form, csrf
from allmende.portal.markup import Said
from allmende.portal.page import Crumb, Page

RUNS = 20
MAX_CHANGES = 200
NUMBERS = (
    "created", "updated", "unchanged", "restored", "archived", "missing", "duplicates", "faults",
    "repairs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunView:
    """A run in a list."""

    address: str
    source: str
    status: str
    started: str
    seconds: str
    numbers: list[tuple[str, int]]
    done: int
    total: int | None
    error: str


async def sources(page: Page) -> Response:
    """All sources and the newest runs."""
    found = await harvest.sources(page.platform, page.subject)
    runs = await harvest.runs(page.platform, page.subject, limit=RUNS)
    latest: dict[str, tuple[str, int]] = {}
    for run in runs:
        latest.setdefault(run.source, (_status(run), run.started))
    return page.render(
        "harvests.html",
        title=str(page.words("nav.harvests")),
        crumbs=[Crumb(str(page.words("nav.harvests")))],
        sources=[
            (source, _name(page, source), page.at(f"/harvests/{source.id}"), latest.get(source.id))
            for source in found
        ],
        runs=[_view(page, run) for run in runs],
    )


async def source(page: Page) -> Response:
    """One source with its runs."""
    found = await harvest.source(page.platform, page.subject, page.request.path_params["id"])
    runs = await harvest.runs(page.platform, page.subject, found.id, limit=RUNS)
    name = _name(page, found)
    return page.render(
        "harvest_source.html",
        title=name.text,
        crumbs=[_above(page), Crumb(name.text)],
        source=found,
        grace_days=found.grace_days
        if found.grace_days >= 0
        else page.platform.settings.harvest_grace_days,
        catalogue=page.at(f"/catalogues/{found.catalogue}"),
        every=page.words.duration(f"PT{found.every_seconds // 3600}H")
        if found.every_seconds >= 3600
        else "",
        runs=[_view(page, run) for run in runs],
        may_harvest=may(page.subject, Action.HARVEST, found.organisation),
        csrf=csrf(page),
    )


async def run(page: Page) -> Response:
    """The report of one run, with what was put right and what could not be taken."""
    number: int = page.request.path_params["run"]
    report = await harvest.run(page.platform, page.subject, number)
    if report.run.source != page.request.path_params["id"]:
        raise NotFound("There is no such run.", "Diesen Lauf gibt es nicht.")
    found = await harvest.source(page.platform, page.subject, report.run.source)
    name = _name(page, found)
    title = page.words.plain("run.title", n=number, source=name.text)
    repairs = [
        (REPAIRS.get(code, {}).get(page.language, code), code, count)
        for code, count in sorted(report.repairs.items(), key=lambda pair: -pair[1])
    ]
    return page.render(
        "harvest_run.html",
        title=title,
        crumbs=[_above(page), Crumb(name.text, page.at(f"/harvests/{found.id}")), Crumb(title)],
        run=_view(page, report.run),
        faults=[each for each in report.faults if not _told(page, each[1].text, report.run.error)],
        repairs=repairs,
    )


async def preview(page: Page) -> Response:
    """What a run would do now, record by record; nothing is written. Sent by a form."""
    await checked_form(page)
    found = await harvest.source(page.platform, page.subject, page.request.path_params["id"])
    outcome = await harvest.preview(page.platform, page.subject, found)
    name = _name(page, found)
    return page.render(
        "harvest_preview.html",
        title=page.words.plain("preview-run.title", source=name.text),
        crumbs=[
            _above(page),
            Crumb(name.text, page.at(f"/harvests/{found.id}")),
            Crumb(str(page.words("preview-run.short"))),
        ],
        numbers=sorted(outcome.numbers.items()),
        changes=outcome.changes[:MAX_CHANGES],
        left_out=max(len(outcome.changes) - MAX_CHANGES, 0),
        faults=[
            each
            for each in outcome.faults[:MAX_CHANGES]
            if not _told(page, each.text, outcome.error)
        ],
        error=outcome.error.get(page.language, ""),
    )


def _told(page: Page, fault: Mapping[str, str], error: Mapping[str, str]) -> bool:
    """Whether a fault says only what the error of the whole run says already."""
    return bool(error) and fault.get(page.language) == error.get(page.language)


def _status(run: Run) -> str:
    """The status of a run; a complete one in which nothing was found is `empty`."""
    return "empty" if run.status == "complete" and not run.counts.done else run.status


def _above(page: Page) -> Crumb:
    return Crumb(str(page.words("nav.harvests")), page.at("/harvests"))


def _name(page: Page, source: harvest.Source) -> Said:
    return Said(page.said(source.title).text or source.id, page.said(source.title).lang)


def _view(page: Page, run: Run) -> RunView:
    counts = run.counts
    return RunView(
        address=page.at(f"/harvests/{run.source}/runs/{run.id}"),
        source=run.source,
        status=_status(run),
        started=page.words.moment(run.started),
        seconds=page.words.number(round(run.seconds, 1)),
        numbers=[(name, getattr(counts, name)) for name in NUMBERS],
        done=counts.done,
        total=counts.total,
        error=run.error.get(page.language, ""),
    )
