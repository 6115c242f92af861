-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Everything here can be rebuilt from the resources.

-- One row per resource: facets, sort keys and extents as JSON; null when it was removed.
-- The sequence grows with every change, so that each process can follow.
create table search_document (
    key integer primary key,
    sequence bigint not null,
    facts text
);
create unique index search_document_sequence on search_document (sequence);

-- Stems by field; the text itself is not kept.
create virtual table search_text using fts5 (
    title, keyword, publisher, description, distribution,
    content = '', contentless_delete = 1, tokenize = 'ascii'
);
create virtual table search_term using fts5vocab (search_text, row);

-- Which words were seen, for prefixes, compounds and suggestions.
create table search_word (
    stem text not null,
    word text not null,
    spelling text not null,
    sequence bigint not null,
    primary key (stem, word)
) without rowid;
create index search_word_sequence on search_word (sequence);

-- How the index was made, so that a newer program knows when to make it anew.
create table search_state (
    name text primary key,
    value text not null
);

-- Queries that found nothing, counted per day (days since 1970-01-01 UTC); no personal data.
create table search_miss (
    day integer not null,
    query text not null,
    number integer not null,
    primary key (day, query)
) without rowid;
