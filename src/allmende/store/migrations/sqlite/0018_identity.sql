-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- A session says how somebody signed in: level of assurance (low, substantial, high), methods
-- (password, totp, recovery, passkey, provider, separated by spaces) and when.
alter table page_session add column id text not null default '';
alter table page_session add column methods text not null default 'password';
alter table page_session add column signed_in bigint not null default 0;
alter table page_session add column agent text not null default ''; -- kind of browser
alter table page_session add column provider text not null default ''; -- OpenID provider
alter table page_session add column hint blob; -- its ID token, sealed, to sign out there
update page_session
set acr = 'low', signed_in = created, id = 's-' || lower(hex(substr(hash, 1, 8)));
create index page_session_id on page_session (id);

-- One-time passwords by time (RFC 6238). The secret is sealed; step is the last one used.
create table second_factor (
    account text primary key references account (id) on delete cascade,
    secret blob not null,
    step bigint not null,
    confirmed bigint, -- null while it is being set up
    created bigint not null
);

-- Codes for the day the device is lost. Only the SHA-256 is here.
create table recovery_code (
    account text not null references account (id) on delete cascade,
    hash blob not null,
    used bigint,
    primary key (account, hash)
);

-- Passkeys (WebAuthn): public keys only.
create table passkey (
    id blob primary key,
    account text not null references account (id) on delete cascade,
    name text not null,
    credential blob not null, -- AAGUID, id and public key as the device gave them
    counter bigint not null,
    created bigint not null,
    used bigint
);
create index passkey_account on passkey (account);

-- Steps on the way to a session: password was right, challenge was sent, sent to a provider.
create table sign_in_step (
    hash blob primary key, -- SHA-256 of the key in the browser's cookie
    kind text not null,
    account text not null,
    detail blob not null, -- MessagePack
    tries integer not null default 0,
    expires bigint not null
);
create index sign_in_step_expires on sign_in_step (expires);

-- Teams of an organisation; with a role, every member has it there.
create table team (
    id text primary key,
    organisation text not null references organisation (id),
    name text not null,
    role text not null, -- '' is none
    created bigint not null
);
create index team_organisation on team (organisation);
create table team_member (
    team text not null references team (id) on delete cascade,
    account text not null references account (id) on delete cascade,
    primary key (team, account)
);
create index team_member_account on team_member (account);

-- Roles an OpenID provider has said; what it says no more is withdrawn.
create table provided_role (
    account text not null references account (id) on delete cascade,
    provider text not null,
    organisation text not null,
    role text not null,
    primary key (account, provider, organisation, role)
);

-- Every role a person has, by itself or by a team.
create view held_role as
select account, organisation, role from membership
union
select member.account, team.organisation, team.role
from team_member as member join team on team.id = member.team where team.role <> '';

-- Invitations. Only the SHA-256 of the code is here; roles as JSON by organisation.
create table invitation (
    id text primary key,
    hash blob not null unique,
    email text not null,
    name text not null,
    roles text not null,
    team text not null,
    invited_by text not null,
    created bigint not null,
    expires bigint not null
);
create index invitation_email on invitation (email);

-- A person's own token; it works while the person has its role.
alter table service_token add column account text references account (id) on delete cascade;
create index service_token_account on service_token (account);
