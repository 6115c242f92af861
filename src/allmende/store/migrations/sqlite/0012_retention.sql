-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- How long observations are kept (every version of every rule), what has gone, what is archived.
create table retention (
    id text not null,
    version integer not null,
    document text, -- the rule as JSON; null: withdrawn with this version
    organisation text not null default '', -- that of the streams it is for; '' is all
    author text not null,
    reason text not null,
    at bigint not null, -- µs UTC
    primary key (id, version)
) without rowid;

-- Months of datastreams whose observations lie in a Parquet file of the archive.
create table obs.archived (
    datastream integer not null,
    month integer not null, -- UTC, 202406
    file text not null,
    n integer not null,
    first_time bigint not null, last_time bigint not null,
    first_number bigint not null, last_number bigint not null,
    primary key (datastream, month)
) without rowid;
create index obs.archived_file on archived (file);

-- What rules have done, for everybody to read.
create table obs.retained (
    sequence integer primary key autoincrement,
    at bigint not null,
    datastream integer not null,
    action text not null, -- deleted, archived, figures (deleted), expired (from the archive)
    first_time bigint not null, -- of what was concerned
    until bigint not null,
    n bigint not null,
    policy text not null,
    version integer not null
);
create index obs.retained_datastream on retained (datastream, sequence);
