-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Rules over measurements, what they write, whom they tell; and how far results are believed.
create table sense_rule (
    id text primary key,
    organisation text not null,
    title text not null, -- JSON, two languages
    version integer not null,
    document text not null, -- TOML
    enabled smallint not null default 0,
    problem text, -- JSON, two languages: why it does not work just now
    changed_by text not null,
    created bigint not null,
    changed bigint not null
);
create table sense_rule_version (
    rule text not null,
    version integer not null,
    document text not null,
    changed_by text not null,
    changed bigint not null,
    primary key (rule, version)
);
create table sense_rule_output (
    stream integer primary key, -- the datastream that is written
    rule text not null,
    output text not null,
    member text not null -- which of its groups
);
create index sense_rule_output_rule on sense_rule_output (rule, output);
-- How far rules have read the journal stands in sense_publisher (0015).
create table sense_alert (
    id integer primary key autoincrement,
    rule text not null,
    alert text not null,
    member text not null,
    thing integer not null,
    organisation text not null,
    level text not null,
    active smallint not null,
    message text not null, -- JSON, two languages
    value real,
    since bigint not null, -- µs UTC, by the observations
    until bigint,
    seen bigint not null, -- observation it was looked at last
    told integer not null default 0,
    withheld integer not null default 0,
    changed bigint not null
);
create unique index sense_alert_of on sense_alert (rule, alert, member);
create index sense_alert_active on sense_alert (organisation, active, changed);
create table sense_alert_sent (
    id integer primary key autoincrement,
    target text not null,
    time bigint not null
);
create index sense_alert_sent_target on sense_alert_sent (target, time);
create table sense_quality ( -- how results are judged, per observed property and per datastream
    id integer primary key autoincrement,
    property integer unique,
    stream integer unique,
    checks text not null, -- JSON
    changed_by text not null,
    changed bigint not null
);
