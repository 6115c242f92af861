-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- How the columns of the last file became the fields of a collection (JSON), for the next one.
alter table geo.collection add column mapping text;
