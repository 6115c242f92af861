-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Quality points (MQA, 405 at most) of each dataset as it was last written or measured.
create table resource_score (
    resource bigint primary key references resource (key) on delete cascade,
    made_by text not null, -- version of the scoring
    points integer not null,
    findability double precision not null,
    accessibility double precision not null,
    interoperability double precision not null,
    reusability double precision not null,
    contextuality double precision not null,
    pending double precision not null, -- points that wait for a measurement
    publisher text collate "C" not null, -- its name, to sum up by; '' when it has none
    compliant integer, -- meets DCAT-AP: 0 or 1; null when not checked
    counted text not null, -- JSON: fulfilled, of how many, not measured, of every metric
    scored bigint not null -- µs UTC
);
create index resource_score_publisher on resource_score (publisher);

-- What the points of a dataset were: one row a day and revision on which they changed.
create table score_history (
    resource bigint not null references resource (key) on delete cascade,
    day integer not null, -- since 1970-01-01 UTC
    revision integer not null,
    points integer not null,
    findability double precision not null,
    accessibility double precision not null,
    interoperability double precision not null,
    reusability double precision not null,
    contextuality double precision not null,
    primary key (resource, day, revision)
);

-- Means over everything public: of the city, of each catalogue and publisher, day by day.
create table score_day (
    scope text collate "C" not null, -- city, catalogue or publisher
    name text collate "C" not null, -- '' for the city
    day integer not null,
    records integer not null,
    points double precision not null,
    findability double precision not null,
    accessibility double precision not null,
    interoperability double precision not null,
    reusability double precision not null,
    contextuality double precision not null,
    excellent integer not null,
    good integer not null,
    sufficient integer not null,
    bad integer not null,
    primary key (scope, name, day)
);

-- Addresses of files and services, and how they answered when they were last asked.
create table link (
    address text collate "C" primary key,
    host text not null,
    due bigint not null, -- when to ask next, µs UTC; 0 at once
    asked bigint not null default 0, -- µs UTC; 0 never
    status integer, -- of HTTP; 0 when there was no answer; null when not known
    trouble text not null default '', -- a code when there was no good answer
    failures integer not null default 0, -- one after the other
    took integer not null default 0, -- ms
    media_type text not null default '',
    size bigint, -- bytes, as far as the server says
    target text not null default '' -- where it leads to, when it leads somewhere else
);
create index link_due on link (due);
create table link_use (
    resource bigint not null references resource (key) on delete cascade,
    address text collate "C" not null,
    primary key (resource, address)
);
create index link_use_address on link_use (address);

-- What was found inside a file: ours, or one that is linked to and not too large.
create table file_check (
    resource bigint not null references resource (key) on delete cascade,
    address text collate "C" not null,
    declared text not null, -- format as the record names it
    checked bigint not null, -- µs UTC
    state text not null, -- a stamp of the content: checksum or validator
    found text not null, -- JSON: what was measured
    primary key (resource, address)
);
