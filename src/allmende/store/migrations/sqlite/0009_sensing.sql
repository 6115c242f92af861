-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Things that measure (sense_*) and their observations (schema obs; with SQLite a file of its own).
create table sense_party (
    id integer primary key autoincrement,
    role text not null,
    name text,
    description text,
    auth text,
    properties text,
    account text, -- the user this party is, if any
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_license (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    definition text not null,
    logo text,
    properties text,
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_thing (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    properties text,
    party integer references sense_party (id),
    key text unique, -- name of the thing for its source
    origin text not null default 'official',
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_location (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    encoding text not null,
    properties text,
    place text not null, -- GeoJSON or any JSON, as it was given
    west real, south real, east real, north real, -- CRS84, when it has a geometry
    shape blob, -- WKB
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_history (
    id integer primary key autoincrement,
    thing integer not null references sense_thing (id),
    time bigint not null, -- µs UTC
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create index sense_history_thing on sense_history (thing, time);
create table sense_sensor (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    encoding text not null,
    metadata text not null, -- JSON
    properties text,
    key text unique,
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_property (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    definition text not null,
    properties text,
    key text unique,
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_feature (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    encoding text not null,
    properties text,
    location integer, -- the location it was made from, if it was
    place text not null, -- GeoJSON or any JSON, as it was given
    west real, south real, east real, north real, -- CRS84, when it has a geometry
    shape blob, -- WKB
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create index sense_feature_location on sense_feature (location);
create table sense_datastream (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    properties text,
    multi smallint not null default 0, -- 1: a MultiDatastream
    observation_type text not null,
    data_types text, -- JSON list, of a MultiDatastream
    unit text not null, -- JSON; of a MultiDatastream a list
    area text, -- observedArea as GeoJSON
    thing integer not null references sense_thing (id),
    sensor integer not null references sense_sensor (id),
    observed_property integer references sense_property (id), -- null for a MultiDatastream
    party integer references sense_party (id),
    license integer references sense_license (id),
    feature integer references sense_feature (id), -- of observations that name none
    key text, -- name of the stream within its thing
    interval bigint, -- µs between two observations, when they are regular
    west real, south real, east real, north real,
    shape blob, -- WKB
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create index sense_datastream_sensor on sense_datastream (sensor);
create index sense_datastream_observed_property on sense_datastream (observed_property);
create index sense_datastream_party on sense_datastream (party);
create index sense_datastream_feature on sense_datastream (feature);
create unique index sense_datastream_key on sense_datastream (thing, key);
create index sense_datastream_thing on sense_datastream (thing);
create table sense_campaign (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    properties text,
    classification text,
    terms text not null,
    privacy text,
    time bigint not null,
    start_time bigint,
    end_time bigint,
    url text,
    party integer not null references sense_party (id),
    license integer references sense_license (id),
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_group (
    id integer primary key autoincrement,
    name text not null,
    description text not null,
    properties text,
    purpose text,
    time bigint not null,
    end_time bigint,
    terms text,
    privacy text,
    party integer references sense_party (id),
    license integer references sense_license (id),
    campaign integer references sense_campaign (id),
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_relation (
    id integer primary key autoincrement,
    role text not null,
    description text,
    external text,
    properties text,
    subject bigint not null, -- an observation
    object bigint,
    organisation text not null default '',
    status text not null default 'published',
    metadata_access text not null default 'open',
    data_access text not null default 'open',
    created bigint not null,
    changed bigint not null
);
create table sense_thing_location (
    thing integer not null references sense_thing (id),
    location integer not null references sense_location (id),
    primary key (thing, location)
);
create index sense_thing_location_location on sense_thing_location (location);
create table sense_history_location (
    history integer not null references sense_history (id),
    location integer not null references sense_location (id),
    primary key (history, location)
);
create index sense_history_location_location on sense_history_location (location);
create table sense_stream_property (
    stream integer not null references sense_datastream (id),
    property integer not null references sense_property (id),
    place smallint not null default 0, -- order in the results
    primary key (stream, property)
);
create index sense_stream_property_property on sense_stream_property (property);
create table sense_campaign_stream (
    campaign integer not null references sense_campaign (id),
    stream integer not null references sense_datastream (id),
    primary key (campaign, stream)
);
create index sense_campaign_stream_stream on sense_campaign_stream (stream);
create table sense_group_member (
    grouped integer not null references sense_group (id),
    observation bigint not null,
    primary key (grouped, observation)
);
create index sense_group_member_observation on sense_group_member (observation);

-- What is known of each datastream without reading its series.
create table obs.state (
    datastream integer primary key,
    next bigint not null, -- number of the next observation
    n bigint not null, -- observations that are kept
    first_time bigint, last_time bigint, -- of phenomenonTime, µs UTC
    first_result_time bigint, last_result_time bigint,
    latest bigint, -- number of the observation with the latest time, and what it says
    value real, text text, flag smallint not null default 0,
    lasts bigint, result_time bigint, extra text,
    seen bigint, -- when anything came last
    sealed bigint not null, -- hours before this time are not in rollup; they follow from what is kept
    raw_from bigint not null -- single observations before this time are gone
);
create index obs.state_last on state (last_time);

-- Recent observations, and older ones that came late or were corrected.
create table obs.observation (
    datastream integer not null,
    time bigint not null,
    number bigint not null,
    value real, -- a number; else
    text text, -- any other result as JSON
    flag smallint not null default 0,
    lasts bigint, -- µs, when phenomenonTime is an interval
    result_time bigint,
    extra text, -- JSON of what is rare: valid, quality, parameters, feature, rule
    primary key (datastream, time, number)
) without rowid;
create index obs.observation_number on observation (datastream, number);

-- Settled observations of one month (UTC), packed; see model/sensing/series.py.
create table obs.block (
    datastream integer not null,
    month integer not null, -- 202406
    part integer not null,
    n integer not null,
    first_time bigint not null, last_time bigint not null,
    first_number bigint not null, last_number bigint not null,
    data blob not null,
    primary key (datastream, month, part)
) without rowid;
create index obs.block_month on block (month);

-- Figures of hours (UTC) that are not sealed, and of days of the city's time zone.
create table obs.rollup (
    datastream integer not null,
    grain smallint not null, -- 1 hour, 2 day
    start bigint not null,
    n integer not null, good integer not null,
    sum real, min real, max real,
    first_time bigint, first real, last_time bigint, last real,
    primary key (datastream, grain, start)
) without rowid;

-- Figures that stay when the observations behind them are gone.
create table obs.aggregate (
    datastream integer not null,
    grain bigint not null, -- µs
    month integer not null,
    n integer not null,
    first_time bigint not null, last_time bigint not null,
    data blob not null,
    primary key (datastream, grain, month)
) without rowid;

-- What happened to observations, for whoever follows; pruned after a while.
create table obs.journal (
    sequence integer primary key autoincrement,
    action smallint not null, -- 1 created, 2 changed, 3 deleted
    datastream integer not null,
    number bigint not null, -- of the first
    n integer not null -- how many, with consecutive numbers
);
