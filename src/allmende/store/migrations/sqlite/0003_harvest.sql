-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Sources that are harvested, and when.
create table harvest_source (
    id text primary key,
    kind text not null,
    address text not null,
    catalogue text not null,
    organisation text not null,
    title text not null,
    every_seconds bigint not null,
    options text not null,
    grace_days integer not null,
    metadata_access text not null,
    data_access text not null,
    legal_basis text not null,
    active integer not null,
    failing_since bigint,
    next_due bigint
);

-- One row per run; the row of a running one is brought up to date after every batch.
create table harvest_run (
    id integer primary key,
    source text not null,
    status text not null,
    actor text not null,
    owner text not null,
    started bigint not null,
    beat bigint not null,
    finished bigint,
    token text,
    counts text not null,
    error text not null
);
create index harvest_run_source on harvest_run (source, id);

-- Records and pages that could not be taken, with their bytes.
create table harvest_fault (
    id integer primary key,
    run bigint not null references harvest_run (id) on delete cascade,
    page text not null,
    original_id text not null,
    place text not null,
    code text not null,
    text text not null,
    raw blob not null
);
create index harvest_fault_run on harvest_fault (run, id);

-- What was put right in the records written by a run, counted by rule.
create table harvest_repair (
    run bigint not null references harvest_run (id) on delete cascade,
    code text not null,
    number integer not null,
    primary key (run, code)
);

-- What is remembered of each page: unchanged ones are not read again.
create table harvest_page (
    source text not null references harvest_source (id) on delete cascade,
    token text not null,
    hash text not null,
    etag text not null,
    last_modified text not null,
    next_token text,
    total integer,
    run bigint not null,
    primary key (source, token)
);

-- What is remembered of each record of a source.
create table harvest_item (
    source text not null references harvest_source (id) on delete cascade,
    kind text not null,
    original_id text not null,
    id text not null,
    hash text not null,
    page text not null,
    identifier text,
    modified text,
    state text not null,
    missing_since bigint,
    run bigint not null,
    primary key (source, kind, original_id)
);
create index harvest_item_identifier on harvest_item (identifier) where identifier is not null;
create index harvest_item_page on harvest_item (source, page);
