-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- How messages of a network are fetched: from an MQTT broker, and from its storage after a gap.
alter table sense_source add column links text not null default '{}'; -- JSON, without secrets
alter table sense_source add column revoked bigint; -- since when nothing is taken from it
alter table sense_device add column asked bigint not null default 0; -- storage asked up to here
alter table sense_device add column asked_lost bigint not null default 0; -- lost for good
alter table sense_device add column asked_rest bigint not null default 0; -- lost after asking
