-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Which profiles the records of a catalogue have to meet; '' is for records without one.
create table catalogue_profile (
    catalogue text collate "C" primary key,
    profiles text not null -- names with commas between them
);

-- What was found in a record when it was last written; made anew by the program.
create table resource_validation (
    resource bigint primary key references resource (key) on delete cascade,
    made_by text not null, -- version of the checks
    profiles text not null,
    violations integer not null,
    warnings integer not null,
    hints integer not null,
    findings text not null -- JSON
);
