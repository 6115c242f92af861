-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Letters that wait to be sent, codes to join with, and the sensors of citizens.
create table mail (
    id integer primary key autoincrement,
    recipient text not null,
    subject text not null,
    body text not null,
    created bigint not null -- µs UTC
);
create table citizen_code (
    hash blob primary key, -- SHA-256 of the code
    kind text not null, -- join, reset or invite
    email text not null, -- '' of an invitation
    account text not null default '', -- of a reset
    created_by text not null default '', -- of an invitation
    created bigint not null,
    expires bigint not null,
    tries integer not null default 0
);
create table citizen_device (
    id integer primary key autoincrement,
    account text not null, -- whose it is; '' when only the data was left here
    thing integer references sense_thing (id),
    name text not null,
    kind text not null,
    eui text, -- of a radio device
    secret blob unique, -- SHA-256 of its key
    secret_made bigint,
    status text not null, -- active, waiting (for the city's network) or stopped
    shown_as text not null default '', -- '' is anonymous
    detail text not null, -- exact, 100m, 1km or district
    place text not null, -- GeoJSON as it is told to others
    place_name text not null default '',
    exact text, -- GeoJSON, only when the person wishes it to be kept
    licence text not null,
    shown text not null, -- JSON list of the quantities everybody sees
    inside text not null, -- JSON list of the quantities only the city sees
    consent text not null, -- version of the text that was agreed to
    consented bigint not null,
    hidden text, -- the reason why it is not shown
    hidden_at bigint,
    seen bigint,
    taken bigint not null default 0,
    refused bigint not null default 0,
    minute bigint not null default 0, -- the last minute in which it sent, since 1970
    sent integer not null default 0, -- observations of that minute
    problem text, -- JSON, two languages: why its last message was not taken
    created bigint not null,
    changed bigint not null
);
create index citizen_device_account on citizen_device (account);
create unique index citizen_device_eui on citizen_device (eui) where eui is not null;
create index citizen_device_thing on citizen_device (thing);
