-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Features of interest that observations of a datastream name themselves, besides the datastream's own.
create table sense_stream_feature (
    stream integer not null references sense_datastream (id),
    feature integer not null references sense_feature (id),
    primary key (stream, feature)
);
create index sense_stream_feature_feature on sense_stream_feature (feature);
