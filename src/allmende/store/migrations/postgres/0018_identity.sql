-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- A session says how somebody signed in: level of assurance (low, substantial, high), methods
-- (password, totp, recovery, passkey, provider, separated by spaces) and when.
alter table page_session add column id text collate "C" not null default '';
alter table page_session add column methods text collate "C" not null default 'password';
alter table page_session add column signed_in bigint not null default 0;
alter table page_session add column agent text collate "C" not null default ''; -- kind of browser
alter table page_session add column provider text collate "C" not null default ''; -- OpenID provider
alter table page_session add column hint bytea; -- its ID token, sealed, to sign out there
update page_session
set acr = 'low', signed_in = created, id = 's-' || encode(substring(hash from 1 for 8), 'hex');
create index page_session_id on page_session (id);

-- One-time passwords by time (RFC 6238). The secret is sealed; step is the last one used.
create table second_factor (
    account text collate "C" primary key references account (id) on delete cascade,
    secret bytea not null,
    step bigint not null,
    confirmed bigint, -- null while it is being set up
    created bigint not null
);

-- Codes for the day the device is lost. Only the SHA-256 is here.
create table recovery_code (
    account text collate "C" not null references account (id) on delete cascade,
    hash bytea not null,
    used bigint,
    primary key (account, hash)
);

-- Passkeys (WebAuthn): public keys only.
create table passkey (
    id bytea primary key,
    account text collate "C" not null references account (id) on delete cascade,
    name text collate "C" not null,
    credential bytea not null, -- AAGUID, id and public key as the device gave them
    counter bigint not null,
    created bigint not null,
    used bigint
);
create index passkey_account on passkey (account);

-- Steps on the way to a session: password was right, challenge was sent, sent to a provider.
create table sign_in_step (
    hash bytea primary key, -- SHA-256 of the key in the browser's cookie
    kind text collate "C" not null,
    account text collate "C" not null,
    detail bytea not null, -- MessagePack
    tries integer not null default 0,
    expires bigint not null
);
create index sign_in_step_expires on sign_in_step (expires);

-- Teams of an organisation; with a role, every member has it there.
create table team (
    id text collate "C" primary key,
    organisation text collate "C" not null references organisation (id),
    name text collate "C" not null,
    role text collate "C" not null, -- '' is none
    created bigint not null
);
create index team_organisation on team (organisation);
create table team_member (
    team text collate "C" not null references team (id) on delete cascade,
    account text collate "C" not null references account (id) on delete cascade,
    primary key (team, account)
);
create index team_member_account on team_member (account);

-- Roles an OpenID provider has said; what it says no more is withdrawn.
create table provided_role (
    account text collate "C" not null references account (id) on delete cascade,
    provider text collate "C" not null,
    organisation text collate "C" not null,
    role text collate "C" not null,
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
    id text collate "C" primary key,
    hash bytea not null unique,
    email text collate "C" not null,
    name text collate "C" not null,
    roles text collate "C" not null,
    team text collate "C" not null,
    invited_by text collate "C" not null,
    created bigint not null,
    expires bigint not null
);
create index invitation_email on invitation (email);

-- A person's own token; it works while the person has its role.
alter table service_token add column account text collate "C" references account (id) on delete cascade;
create index service_token_account on service_token (account);
