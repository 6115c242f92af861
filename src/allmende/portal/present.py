# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Records as people see them: the values a template shows, in one language."""

from collections.abc import Iterable
from dataclasses import dataclass

from allmende.core.catalogue import Record
from allmende.model.catalogue import (
    Agent,
    DataService,
    Dataset,
    Distribution,
    Resource,
    Statement,
    local,
)
from allmende.model.vocabulary import vocabulary
from allmende.portal import addresses, names
from allmende.portal.markup import Said, plain, said
from allmende.portal.page import Page

EXCERPT = 220  # characters


@dataclass(frozen=True, slots=True)
class Name:
    """A licence or publisher as shown: its name and, if there is one, its address."""

    text: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A record in a list."""

    address: str
    kind: str
    title: Said
    publisher: Said
    excerpt: Said
    formats: list[str]
    licence: str
    modified: str
    theme: str
    access: str
    status: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A distribution as shown."""

    anchor: str
    title: Said
    description: Said
    format: str
    hint: str
    media_type: str
    size: int | None
    modified: str
    issued: str
    download: str | None
    access: list[str]
    pages: list[str]
    licence: Name | None
    attribution: Said
    checksum: str
    availability: str
    documented: list[str]
    stored_name: str | None
    barred: bool = False


def title_of(record: Record, page: Page) -> Said:
    """The title, else the id."""
    return page.said(record.resource.title) or Said(record.id, None)


def web(iri: str | None) -> str | None:
    """The address when a browser may follow it (http, https, mailto, tel), else None."""
    return (
        iri if iri and iri.lower().startswith(("http://", "https://", "mailto:", "tel:")) else None
    )


def agent_name(agent: Agent | None, language: str) -> Said:
    """The name of an organisation or person, else the end of its address."""
    if agent is None:
        return Said("", None)
    return said(agent.name, language) or Said(agent.iri or "", None)


def publisher_value(agent: Agent, page: Page) -> str:
    """The publisher as the search knows it: named in the platform's own language."""
    return local(agent.name, page.platform.settings.language) or agent.iri or ""


def formats(resource: Resource, language: str = "en") -> list[str]:
    """The formats of a resource in their order, each once."""
    if isinstance(resource, DataService):
        return list(dict.fromkeys(names.file_format(iri, language) for iri in resource.format))
    if not isinstance(resource, Dataset):
        return []
    found = (format_of(file, language) for file in resource.distribution)
    return list(dict.fromkeys(name for name in found if name))


def format_of(file: Distribution, language: str = "en") -> str:
    """The format of a distribution by format, media type or package; empty when not said."""
    iri = _format_iri(file)
    return names.file_format(iri, language) if iri else ""


def _format_iri(file: Distribution) -> str:
    """The format, or the media type when the format only says that it is bytes."""
    if file.format and file.media_type and names.is_bytes(file.format):
        return file.media_type
    return file.format or file.media_type or file.package_format or ""


def licences(resource: Resource) -> list[str]:
    """The licence addresses of a resource and of its distributions, each once."""
    files = resource.distribution if isinstance(resource, Dataset) else []
    found = [resource.license, *(file.license for file in files)]
    return list(dict.fromkeys(iri for iri in found if iri))


def licence_names(resource: Resource, language: str) -> list[str]:
    """The short names of all licences, each once."""
    return list(dict.fromkeys(names.licence_name(iri, language) for iri in licences(resource)))


def card(record: Record, page: Page) -> Card:
    """A record for a list."""
    resource = record.resource
    text = page.said(resource.description)
    return Card(
        address=page.at(addresses.thing(record.kind, record.id)),
        kind=record.kind.value,
        title=title_of(record, page),
        publisher=agent_name(resource.publisher, page.language),
        excerpt=Said(plain(text.text, EXCERPT), text.lang),
        formats=formats(resource, page.language),
        licence=", ".join(licence_names(resource, page.language)[:2]),
        modified=resource.modified or resource.issued or "",
        theme=next((names.theme_code(iri) for iri in resource.theme), "other"),
        access=record.data_access.value,
        status=record.status.value,
    )


def cards(records: Iterable[Record], page: Page) -> list[Card]:
    """Records for a list, in their order."""
    return [card(record, page) for record in records]


def files(record: Record, page: Page) -> list[FileView]:
    """The distributions of a dataset, numbered from 1 as in their addresses."""
    resource = record.resource
    found = resource.distribution if isinstance(resource, Dataset) else []
    return [file_view(file, number, record, page) for number, file in enumerate(found, 1)]


def file_view(file: Distribution, number: int, record: Record, page: Page) -> FileView:
    """One distribution."""
    hint = names.hint_key(_format_iri(file))
    download = next((iri for iri in file.download_url if web(iri)), None)
    same = {download, *file.download_url}
    return FileView(
        anchor=f"distribution-{number}",
        title=page.said(file.title) or Said(str(page.words("file.untitled", n=number)), None),
        description=page.said(file.description),
        format=format_of(file, page.language),
        hint=str(page.words(hint)) if hint else "",
        media_type=_media_type(file),
        size=file.byte_size,
        modified=file.modified or "",
        issued=file.issued or "",
        download=download,
        access=[iri for iri in file.access_url if web(iri) and iri not in same],
        pages=_statement_addresses(file.page),
        licence=_own_licence(file, record.resource, page.language),
        attribution=page.said(file.license_attribution),
        checksum=_checksum(file),
        availability=(
            vocabulary("planned-availability").label(file.availability, page.language)
            if file.availability
            else ""
        ),
        documented=_statement_addresses(file.conforms_to),
        stored_name=stored_name(download, record, page),
    )


def stored_name(download: str | None, record: Record, page: Page) -> str | None:
    """The name of the file when the platform itself keeps it (`/files/{dataset}/{name}`)."""
    begin = f"{page.site.base_url}/files/{record.id}/"
    return download.removeprefix(begin) if download and download.startswith(begin) else None


def _media_type(file: Distribution) -> str:
    return file.media_type.partition("media-types/")[2] if file.media_type else ""


def _checksum(file: Distribution) -> str:
    if file.checksum is None or not file.checksum.value:
        return ""
    algorithm = names.tail(file.checksum.algorithm or "").removeprefix("checksumAlgorithm_")
    return f"{algorithm.upper()} {file.checksum.value}".strip()


def _own_licence(file: Distribution, resource: Resource, language: str) -> Name | None:
    """The licence of a file when the files do not all have the same."""
    if file.license is None or len(licence_names(resource, language)) < 2:
        return None
    return licence_link(file.license, language)


def licence_link(iri: str, language: str) -> Name:
    """The short name of a licence with the address of its text."""
    found = names.licence(iri)
    page = found.facts.get("page") if found else None
    return Name(names.licence_name(iri, language), page or web(iri))


def _statement_addresses(statements: list[Statement]) -> list[str]:
    return [s.iri for s in statements if web(s.iri) and s.iri is not None]
