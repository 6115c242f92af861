-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Brokers of others whose messages the running platform takes, and how that goes.
create table sense_listener (
    id text collate "C" primary key,
    address text collate "C" not null, -- mqtts://user@host:8883/topic, without a password
    arrangement text collate "C" not null, -- JSON: kind, organisation, access, description
    organisation text collate "C" not null,
    created bigint not null, -- µs UTC
    connected smallint not null default 0,
    connected_changed bigint,
    seen bigint, -- the last message
    messages bigint not null default 0,
    results bigint not null default 0, -- stored, corrected or known already
    refused bigint not null default 0,
    problem text collate "C", -- JSON, two languages: of the last message that was refused
    problem_at bigint
);
