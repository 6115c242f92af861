-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Described models, one row a version. The number orders versions: 1.2.3 is 1 0002 0003.
-- Words are what the text search looks at; title and description are JSON by language.
create table model_version (
    key integer primary key,
    id text not null,
    version text not null,
    number bigint not null,
    organisation text not null,
    status text not null,
    metadata_access text not null,
    data_access text not null,
    title text not null,
    description text not null,
    words text not null,
    document text not null,
    document_hash blob not null,
    created bigint not null,
    updated bigint not null,
    actor text not null,
    unique (id, number)
);
