-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- How an organisation stands in its records: as publisher and as contact.
create table organisation_publisher (
    organisation text primary key,
    revision integer not null,
    agent text not null, -- JSON of foaf:Agent
    contact text not null, -- JSON of vcard:Kind
    updated integer not null, -- microseconds UTC
    updated_by text not null
);
