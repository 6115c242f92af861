-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Organisations, with names as JSON by language.
create table organisation (
    id text primary key,
    name text not null,
    parent text references organisation (id) deferrable initially deferred,
    created bigint not null
);

-- People. The password is an encoded Argon2id hash, or empty for those who sign in elsewhere.
create table account (
    id text primary key,
    login text not null unique,
    name text not null,
    password text not null,
    active integer not null,
    created bigint not null,
    password_changed bigint not null
);

-- Roles of a person in an organisation; '*' is every organisation.
create table membership (
    account text not null references account (id) on delete cascade,
    organisation text not null,
    role text not null,
    primary key (account, organisation, role)
);
create index membership_organisation on membership (organisation);

-- The same person at a provider of OpenID Connect.
create table identity (
    issuer text not null,
    subject text not null,
    account text not null references account (id) on delete cascade,
    created bigint not null,
    primary key (issuer, subject)
);
create index identity_account on identity (account);

-- Sessions of pages. Only the SHA-256 of the key is here; acr is how strongly one signed in.
create table page_session (
    hash blob primary key,
    account text not null references account (id) on delete cascade,
    acr text not null,
    created bigint not null,
    used bigint not null,
    expires bigint not null
);
create index page_session_account on page_session (account);
create index page_session_expires on page_session (expires);

-- Keys of programs. Only the SHA-256 is here; scopes are separated by spaces.
create table service_token (
    id text primary key,
    hash blob not null unique,
    name text not null,
    organisation text not null,
    role text not null,
    scopes text not null,
    created_by text not null,
    created bigint not null,
    expires bigint not null,
    used bigint,
    revoked bigint
);
create index service_token_organisation on service_token (organisation);

-- Attempts to sign in since the last success, by a hash of the login (and of the network address).
create table signin_failure (
    subject blob primary key,
    failures integer not null,
    forget_at bigint not null
);
create index signin_failure_forget_at on signin_failure (forget_at);

-- The salt for hashes of network addresses; one for each day, older ones are deleted.
create table daily_salt (
    day text primary key,
    salt blob not null
);

-- Who did what. Rows are only added; what is older than a year may be deleted.
create table audit (
    sequence integer primary key autoincrement,
    at bigint not null,
    actor text not null,
    action text not null,
    target text not null,
    organisation text not null,
    outcome text not null
);
create index audit_organisation on audit (organisation, sequence);
create trigger audit_unchanged before update on audit
begin select raise(abort, 'the audit log cannot be changed'); end;
create trigger audit_kept before delete on audit
when old.at > (unixepoch('now') - 365 * 86400) * 1000000
begin select raise(abort, 'the audit log is kept for a year'); end;
