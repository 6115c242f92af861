-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Names that records and their distributions were given elsewhere; made anew from the records.
create table search_alias (
    alias text not null,
    key bigint not null,
    primary key (alias, key)
) without rowid;
create index search_alias_key on search_alias (key);

-- Lists in the order of the last change and of the creation.
create index resource_updated on resource (updated, key);
create index resource_created on resource (created, key);
