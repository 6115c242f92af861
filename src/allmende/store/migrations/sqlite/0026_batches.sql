-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Batches of SensorThings that are answered later; kept an hour for who sent them.
create table sense_batch (
    id text primary key, -- random, part of an address
    subject text not null, -- kind and id of who sent it
    made bigint not null, -- µs UTC
    seen bigint not null, -- when work on it was last heard of, µs UTC; 0 when it was interrupted
    status integer not null, -- of the answer; 0 while there is none
    kind text not null, -- media type of the answer
    body blob
);
create index sense_batch_subject on sense_batch (subject);
create index sense_batch_made on sense_batch (made);
