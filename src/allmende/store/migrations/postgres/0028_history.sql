-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Who released what somebody else wrote, and whose the record was at that time.
alter table revision add column released_by text not null default '';
alter table revision add column organisation text not null default '';
update revision set organisation = coalesce(
    (select organisation from resource where resource.key = revision.resource), ''
);

-- Changes of a record that nobody else sees before they are released; one at a time.
create table working_copy (
    id text primary key,
    resource bigint not null unique references resource (key) on delete cascade,
    state text not null,
    version integer not null,
    base integer not null,
    metadata_access text not null,
    data_access text not null,
    legal_basis text not null,
    document text not null,
    reason text not null,
    comment text not null,
    created bigint not null,
    created_by text not null,
    updated bigint not null,
    updated_by text not null,
    submitted bigint,
    submitted_by text not null,
    returned_by text not null
);

-- Where a second person has to release: an organisation (* is all of them) or a catalogue.
create table four_eyes (
    scope text not null,
    id text not null,
    set_by text not null,
    since bigint not null,
    primary key (scope, id)
);

-- Who wants a letter when something waits to be released, is released or comes back.
create table release_letter (
    account text primary key references account (id) on delete cascade
);

-- Records that were public and are archived or erased: what stands where they were.
create table departure (
    kind text not null,
    id text not null,
    title text not null,
    organisation text not null,
    metadata_access text not null,
    at bigint not null,
    actor text not null,
    reason text not null,
    replaced_by text not null,
    erased integer not null,
    primary key (kind, id)
);
