-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Every change of a record in the order of the commits, for those who follow the catalogue.
-- Of a public record that was erased, its kind, id and IRI stay in `gone`.
create table catalogue_change (
    sequence integer primary key autoincrement,
    at bigint not null,
    resource bigint references resource (key) on delete cascade,
    number integer not null,
    gone text not null default ''
);
create index catalogue_change_resource on catalogue_change (resource, number);
insert into catalogue_change (at, resource, number)
    select at, resource, number from revision order by at, resource, number;
