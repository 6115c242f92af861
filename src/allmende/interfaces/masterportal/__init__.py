# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What an unmodified Masterportal needs: its five files, and a CSW for the button “i”."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from allmende.core.problems import Problem


def routes() -> list[Route]:
    """The addresses below /masterportal and /csw."""
    from allmende.interfaces.masterportal import csw, files

    here = "/masterportal"
    return [
        Route(f"{here}/config.js", files.config_js),
        Route(f"{here}/config.json", files.config_json),
        Route(f"{here}/services.json", files.services),
        Route(f"{here}/rest-services.json", files.rest_services),
        Route(f"{here}/style_v3.json", files.styles),
        Route("/csw", csw.endpoint),
    ]


def _exception(request: Request, problem: Problem) -> Response:
    from allmende.interfaces.masterportal.csw import exception

    return exception(problem)


ENCODERS: Mapping[str, Callable[[Request, Problem], Response]] = {"/csw": _exception}
