-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Somebody asks for the data of a dataset that is not open; times in µs UTC.
create table access_request (
    id text primary key, -- random, part of an address
    dataset text not null,
    account text, -- null once the person is erased
    purpose_kind text not null, -- research, business …
    purpose text not null,
    months integer not null, -- for how long it is wanted
    language text not null,
    status text not null, -- open, asked, granted, refused, withdrawn, revoked, ended
    created bigint not null,
    changed bigint not null,
    decided bigint,
    decided_by text,
    until bigint, -- while it is granted
    terms text not null default '', -- what the owner asks of whoever gets the data
    reminded bigint -- when both were told that it ends soon
);
create index access_request_account on access_request (account, status);
create index access_request_dataset on access_request (dataset, status);

-- What the two sides say to each other.
create table access_word (
    request text not null references access_request (id) on delete cascade,
    number integer not null,
    at bigint not null,
    side text not null, -- asker or owner
    actor text not null,
    action text not null, -- question, answer, granted, refused, revoked, withdrawn
    words text not null,
    primary key (request, number)
);

-- Under which law an organisation gives its data.
create table licence_owner (
    organisation text primary key,
    kind text not null, -- city, municipal-company …
    regime text not null,
    attribution text not null -- JSON: by language
);

-- A licence that asks for permission, where the law allows it: asked for, decided, for a time.
create table licence_reservation (
    id text primary key,
    dataset text not null,
    ground text not null, -- code of the legal ground
    reason text not null,
    asked_by text not null,
    asked bigint not null,
    months integer not null,
    language text not null,
    status text not null, -- open, approved, refused, withdrawn, ended
    decided bigint,
    decided_by text,
    decision text not null default '', -- the public reason
    until bigint,
    reminded bigint,
    before text not null default '[]' -- JSON: the licences of the files until then
);
create index licence_reservation_dataset on licence_reservation (dataset, status);
