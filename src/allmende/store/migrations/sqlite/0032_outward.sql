-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- A letter that is written when it is sent has a kind that says who writes it.
alter table mail add column kind text not null default '';

-- What people follow by letter: a dataset or a search. Unconfirmed ones live for a day.
create table follow (
    id text primary key,
    account text references account (id) on delete cascade, -- null without an account
    email text not null,
    language text not null,
    kind text not null, -- dataset, search
    target text not null, -- id of the dataset; the search as a query string
    record bigint, -- key of the dataset
    pace text not null, -- soon, daily, weekly
    told bigint not null, -- last revision of the dataset, or last event, that was told
    told_at bigint not null,
    due bigint not null, -- no letter before
    confirmed bigint,
    created bigint not null
);
create unique index follow_once on follow (email, kind, target, coalesce(account, ''));
create index follow_due on follow (kind, due);
create index follow_record on follow (record);
create index follow_account on follow (account);

-- Comments, questions and private notes about a dataset, and what was answered.
create table feedback (
    id integer primary key,
    record bigint not null references resource (key) on delete cascade,
    kind text not null, -- error, wish, question
    private integer not null,
    text text not null,
    name text not null,
    email text not null,
    account text references account (id) on delete set null,
    language text not null,
    state text not null, -- waiting, open, closed, refused
    outcome text not null, -- how it was closed: done, answered, not-done
    created bigint not null,
    closed bigint
);
create index feedback_record on feedback (record);
create index feedback_state on feedback (state);
create table feedback_answer (
    id integer primary key,
    feedback bigint not null references feedback (id) on delete cascade,
    at bigint not null,
    actor text not null, -- account
    text text not null
);
create index feedback_answer_of on feedback_answer (feedback);

-- What people have made of datasets.
create table showcase (
    id text primary key,
    kind text not null, -- application, article, research, other
    title text not null,
    text text not null,
    link text not null,
    language text not null,
    maker text not null,
    email text not null,
    account text references account (id) on delete set null,
    state text not null, -- waiting, published, refused
    picture blob,
    picture_type text not null,
    created bigint not null,
    decided bigint,
    decided_by text not null
);
create index showcase_state on showcase (state, created);
create table showcase_dataset (
    showcase text not null references showcase (id) on delete cascade,
    record bigint not null references resource (key) on delete cascade,
    primary key (showcase, record)
);
create index showcase_dataset_record on showcase_dataset (record);

-- How often datasets were used: numbers by day and nothing about who did.
create table usage_day (
    day bigint not null, -- days since 1970-01-01 in the city's time zone
    record bigint not null references resource (key) on delete cascade,
    kind text not null, -- view, download, api
    number bigint not null,
    primary key (day, record, kind)
);
create index usage_day_record on usage_day (record, day);
