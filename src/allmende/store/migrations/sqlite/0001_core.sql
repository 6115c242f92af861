-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Catalogue resources: canonical JSON is the truth, the original RDF is kept beside it.
create table resource (
    key integer primary key,
    kind text not null,
    id text not null,
    iri text not null,
    catalogue text,
    original_id text,
    organisation text not null,
    status text not null,
    metadata_access text not null,
    data_access text not null,
    legal_basis text not null,
    origin text not null,
    revision integer not null,
    document_hash blob not null,
    source_hash blob,
    document text not null,
    repairs text not null,
    source_rdf blob,
    created bigint not null,
    updated bigint not null,
    unique (kind, id)
);
create unique index resource_original on resource (catalogue, kind, original_id)
    where original_id is not null;
create index resource_iri on resource (iri);
create index resource_catalogue on resource (catalogue, key);
create index resource_origin on resource (origin, key);

-- One row per change, with the full record as it was afterwards.
create table revision (
    resource bigint not null references resource (key) on delete cascade,
    number integer not null,
    at bigint not null,
    actor text not null,
    action text not null,
    reason text not null,
    status text not null,
    metadata_access text not null,
    data_access text not null,
    legal_basis text not null,
    document blob not null,
    primary key (resource, number)
) without rowid;

-- Outbox: what was committed, in the order of commits.
create table event (
    sequence integer primary key autoincrement,
    at bigint not null,
    topic text not null,
    action text not null,
    key bigint not null,
    id text not null
);

-- Files the platform holds itself; the bytes lie in the data directory under their SHA-256.
create table stored_file (
    dataset text not null,
    name text not null,
    media_type text not null,
    size bigint not null,
    sha256 text not null,
    updated bigint not null,
    primary key (dataset, name)
);
