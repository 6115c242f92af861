-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- How often a mailbox has refused letters for good, one after the other, and since when.
alter table follow add column refused integer not null default 0;
alter table follow add column refused_since bigint;

-- What was ended because its mailbox refuses: what was followed and when, nothing about who did.
create table follow_ended (
    id integer primary key,
    record bigint, -- key of the dataset; null for a search
    at bigint not null
);
create index follow_ended_record on follow_ended (record, at);
