-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Radio devices, the networks that pass their messages on, and messages that wait.
create table sense_source (
    id text primary key, -- in the address /ingest/{id}
    kind text not null, -- tts or chirpstack
    title text not null,
    organisation text not null,
    secret text not null, -- SHA-256 of the secret its network sends
    adopt smallint not null default 0, -- 1: devices of a known kind are taken in by themselves
    access text not null default 'open', -- of what is taken in by itself
    created bigint not null,
    changed bigint not null,
    last_seen bigint,
    uplinks bigint not null default 0,
    refused bigint not null default 0
);
create table sense_device (
    id integer primary key autoincrement,
    eui text not null unique, -- 16 small hexadecimal digits
    name text not null,
    source text not null references sense_source (id),
    organisation text not null,
    status text not null default 'unknown', -- unknown, active, retired
    kind text, -- id of its description
    thing integer references sense_thing (id),
    place text, -- GeoJSON geometry, exact
    blur integer not null default 0, -- metres to which the place is told to others
    access text not null default 'open',
    origin text not null default 'official', -- official or citizen
    settings text not null default '{}', -- JSON: depth, name and calibration by field
    reported text not null default '{}', -- JSON: what the network says it is
    secret text, -- SHA-256 of a secret for this device alone
    first_seen bigint not null, last_seen bigint not null, -- µs UTC, by the network
    battery real, battery_low smallint not null default 0,
    rssi real, snr real, gateways integer not null default 0,
    session text not null default '', counter bigint,
    uplinks bigint not null default 0,
    repeated bigint not null default 0,
    lost bigint not null default 0, -- holes in the counters of all sessions
    problem text, -- JSON, two languages: why its last message gave no result
    created bigint not null,
    changed bigint not null
);
create index sense_device_thing on sense_device (thing);
create index sense_device_organisation on sense_device (organisation, status);
create table sense_session (
    device integer not null references sense_device (id),
    session text not null,
    epoch integer not null, -- how often its counter began anew
    heard text not null, -- JSON list of [first, last] counters
    last_time bigint not null,
    lost bigint not null default 0,
    primary key (device, session, epoch)
) without rowid;
create table sense_uplink (
    id integer primary key autoincrement,
    source text not null,
    device integer references sense_device (id), -- null: the message could not be read
    state text not null, -- waiting, done, quarantined
    time bigint not null, -- µs UTC, by the network; of an unreadable one when it came
    received bigint not null,
    body text not null, -- the neutral message as JSON; of an unreadable one its beginning
    problem text, -- JSON, two languages
    tries integer not null default 0,
    lease bigint not null default 0
);
create index sense_uplink_state on sense_uplink (state, id);
create index sense_uplink_device on sense_uplink (device, id);
create index sense_uplink_source on sense_uplink (source, state, id);
