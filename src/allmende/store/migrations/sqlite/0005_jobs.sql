-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Work that nobody waits for. States: waiting, running (while the lease lasts), done, dead.
create table job (
    id integer primary key autoincrement,
    kind text not null,
    arguments text not null,
    unique_key text,
    state text not null,
    run_at bigint not null,
    worker text,
    lease_until bigint,
    tries integer not null,
    most_tries integer not null,
    last_error text,
    created bigint not null,
    finished bigint
);
create unique index job_unique_key on job (unique_key)
    where unique_key is not null and state in ('waiting', 'running');
create index job_waiting on job (run_at) where state = 'waiting';
create index job_running on job (lease_until) where state = 'running';
create index job_finished on job (finished) where finished is not null;

-- Work that comes again and again; the rule is written for people.
create table schedule (
    name text primary key,
    kind text not null,
    arguments text not null,
    rule text not null,
    next_at bigint not null
);

-- What fails at present, so that a fault is told once and its end once.
create table job_trouble (
    name text primary key,
    since bigint not null,
    error text not null
);

-- How far each subscriber has got in the outbox, and who is serving it.
create table subscription (
    name text primary key,
    sequence bigint not null,
    worker text,
    lease_until bigint not null,
    tries integer not null,
    retry_at bigint not null
);
