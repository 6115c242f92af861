-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- What was erased for good, by marks that say nothing about it, so that a backup from before that
-- is restored forgets it again.
create table erasure (
    sequence integer primary key autoincrement,
    at bigint not null, -- µs UTC
    kind text not null, -- sensor, sensor-end (its measurements stayed), thing or account
    mark text not null, -- SHA-256 of kind, id and the moment it was made
    unique (kind, mark)
);
