-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2

-- Collections live in a file of their own, collections.gpkg, attached as `geo`: a valid
-- GeoPackage (OGC 12-128r18), so that desktop programs open it. Magic number "GPKG", 1.3.
pragma geo.application_id = 1196444487;
pragma geo.user_version = 10300;

create table geo.gpkg_spatial_ref_sys (
    srs_name text not null,
    srs_id integer primary key,
    organization text not null,
    organization_coordsys_id integer not null,
    definition text not null,
    description text
);
insert into geo.gpkg_spatial_ref_sys values
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', null),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', null),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326,
     'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
     'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');

create table geo.gpkg_contents (
    table_name text not null primary key,
    data_type text not null,
    identifier text unique,
    description text default '',
    last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x double,
    min_y double,
    max_x double,
    max_y double,
    srs_id integer references gpkg_spatial_ref_sys (srs_id)
);

create table geo.gpkg_geometry_columns (
    table_name text not null unique references gpkg_contents (table_name),
    column_name text not null,
    geometry_type_name text not null,
    srs_id integer not null references gpkg_spatial_ref_sys (srs_id),
    z tinyint not null,
    m tinyint not null,
    primary key (table_name, column_name)
);

create table geo.gpkg_extensions (
    table_name text,
    column_name text,
    extension_name text not null,
    definition text not null,
    scope text not null,
    unique (table_name, column_name, extension_name)
);

-- A described collection; its policy is that of its dataset in the catalogue.
create table geo.collection (
    number integer primary key,
    id text not null unique,
    dataset text not null,
    organisation text not null,
    model text not null,
    model_version text not null,
    entity text not null,
    style text,
    last_fid bigint not null,
    batch bigint not null,
    rows bigint not null,
    west double,
    south double,
    east double,
    north double,
    period_start text,
    period_end text,
    created bigint not null,
    changed bigint not null
);
create index geo.collection_dataset on collection (dataset);

-- One row per write: who, when, why, from where.
create table geo.row_batch (
    number integer primary key autoincrement,
    collection bigint not null,
    run bigint not null,
    at bigint not null,
    actor text not null,
    source text not null,
    reason text not null,
    created bigint not null,
    updated bigint not null,
    unchanged bigint not null,
    deleted bigint not null,
    refused bigint not null,
    flagged bigint not null
);
create index geo.row_batch_collection on row_batch (collection, number);

-- What was refused, with the reason and the row as it came.
create table geo.row_quarantine (
    key integer primary key autoincrement,
    collection bigint not null,
    batch bigint not null,
    source text not null,
    line bigint not null,
    id text not null,
    findings text not null,
    raw text not null
);
create index geo.row_quarantine_collection on row_quarantine (collection, key);
