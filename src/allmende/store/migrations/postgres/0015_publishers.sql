-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Who passes on what happens to entities and observations, and how far it has got.
create table sense_publisher (
    name text collate "C" primary key,
    event bigint not null, -- sequence in event
    entry bigint not null, -- sequence in obs.journal
    worker text collate "C" not null default '',
    lease_until bigint not null default 0 -- µs UTC; until then no other process does it
);
