# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A request for a page in one language, and how a template becomes its answer."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from allmende.policy import Action, may
from allmende.policy.subject import ANONYMOUS, Subject
from allmende.portal import addresses
from allmende.portal.applications import Application, apps, offered
from allmende.portal.markup import plain, rich, said
from allmende.portal.site import Site, city_style, site
from allmende.portal.static_files import static
from allmende.portal.words import LANGUAGES, Words, words

if TYPE_CHECKING:
    from jinja2 import Environment

    from allmende.core.platform import Platform


MENU = (
    ("/datasets", "nav.datasets"),
    ("/map", "map.title"),
    ("/things", "nav.measurements"),
    ("/publishers", "nav.publishers"),
    ("/catalogues", "nav.catalogues"),
    ("/developers", "nav.developers"),
)


@cache
def environment() -> "Environment":
    """Jinja with escaping on; an unknown name in a template is an error."""
    from jinja2 import (
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
        StrictUndefined,
    )

    guests = {name: FileSystemLoader(folder / "templates") for name, folder in apps().items()}
    made = Environment(
        loader=ChoiceLoader([PackageLoader("allmende.portal", "templates"), PrefixLoader(guests)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(static=static, languages=LANGUAGES)
    made.filters.update(rich=rich, plain=plain, place=place)
    return made


def place(address: str) -> str:
    """A web address as it is, of a file on the machine only its name."""
    return address if "://" in address else address.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the breadcrumb: its text and, except for the page itself, its address."""

    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A parameter whose value is none of those known; it was left out and the page says so."""

    name: str
    given: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What a view needs to know: the request, who asks, and the language."""

    request: Request
    words: Words
    site: Site
    subject: Subject
    path: str
    status: int = 200
    applications: tuple[Application, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    @property
    def platform(self) -> "Platform":
        """The platform that the application was opened with."""
        found: Platform = self.request.app.state.platform
        return found

    @property
    def language(self) -> str:
        """`de` or `en`."""
        return self.words.tag

    def choice(self, name: str, known: Iterable[str], default: str = "") -> str:
        """The parameter, when it is one of those known; else the default, and a hint for people."""
        given, values = self.request.query_params.get(name, ""), tuple(known)
        if given in values:
            return given
        if given:
            self.unread.append(Unread(name, given[:60], tuple(each for each in values if each)))
        return default

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        """Paths and word keys of the main navigation."""
        return MENU

    @property
    def may_bring(self) -> bool:
        """Whether the subject may bring data of some organisation."""
        subject = self.subject
        return subject.kind == "user" and any(
            may(subject, Action.WRITE, each) for each in subject.roles
        )

    @property
    def may_write(self) -> bool:
        """Whether the subject works on drafts of some organisation."""
        subject = self.subject
        return subject.kind == "user" and any(
            may(subject, Action.WRITE_DRAFT, each) for each in subject.roles
        )

    @property
    def found(self) -> bool:
        """Whether this is a page of its own and not an error."""
        return self.status < 400

    @property
    def city_style(self) -> str:
        """The address of the style sheet with the city's colours."""
        return f"/static/city.css?v={city_style(self.site.portal).mark}"

    @property
    def canonical(self) -> str:
        """The address under which search engines should know the page."""
        return self.absolute(self.in_language(self.language))

    def at(self, path: str, pairs: addresses.Pairs = ()) -> str:
        """The address of a page in the language of this one."""
        return addresses.with_query(f"/{self.language}{path}", pairs)

    def in_language(self, language: str) -> str:
        """The address of this very page in another language, with its query."""
        query = self.request.url.query
        return f"/{language}{self.path}" + (f"?{query}" if query else "")

    def absolute(self, address: str) -> str:
        """An address of this server with its scheme and host."""
        return f"{self.site.base_url}{address}"

    def render(
        self, template: str, /, *, title: str, crumbs: Iterable[Crumb] = (), **values: Any
    ) -> Response:
        """The page made from a template; `title` stands in the head and, mostly, as h1."""
        html = (
            environment()
            .get_template(template)
            .render(
                page=self,
                w=self.words,
                site=self.site,
                subject=self.subject,
                title=title,
                crumbs=list(crumbs),
                **values,
            )
        )
        headers = {"Content-Language": self.language, **self.headers}
        return HTMLResponse(html, self.status, headers)

    def said(self, text: dict[str, str]) -> Any:
        """A multilingual text for this page, with its language when that is another."""
        return said(text, self.language)

    def with_status(self, status: int) -> "Page":
        """The same page, answered with another HTTP status."""
        return replace(self, status=status)

    def redirect(self, path: str, pairs: addresses.Pairs = ()) -> Response:
        """Go on to another page of the same language (303)."""
        return RedirectResponse(self.at(path, pairs), 303)


View = Callable[[Page], Awaitable[Response]]


def page_for(request: Request, language: str) -> Page:
    """The page context of a request whose path begins with the language or has none."""
    path = request.url.path
    for tag in LANGUAGES:
        if path == f"/{tag}" or path.startswith(f"/{tag}/"):
            path = path[len(tag) + 1 :] or "/"
            break
    subject = getattr(request.state, "subject", ANONYMOUS)
    return Page(request, words(language), _site(request), subject, path)


def _site(request: Request) -> Site:
    platform = getattr(request.app.state, "platform", None)
    settings = getattr(platform, "settings", None)
    if settings is None:
        from allmende.core.settings import Settings

        settings = Settings()
    return site(settings)


def endpoint(view: View, language: str) -> Callable[[Request], Awaitable[Response]]:
    """A view as Starlette wants it, for one language."""

    async def handle(request: Request) -> Response:
        page = page_for(request, language)
        return await view(replace(page, applications=await offered(page.platform)))

    return handle
