-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- What stands where a file of a dataset was that somebody has deleted with its content.
create table deleted_file (
    id integer primary key,
    dataset text not null,
    name text not null,
    at bigint not null,
    actor text not null, -- account
    reason text not null,
    shown integer not null -- whether a published state of the dataset named it
);
create index deleted_file_of on deleted_file (dataset, name);
