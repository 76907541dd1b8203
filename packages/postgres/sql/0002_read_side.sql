-- The read side: how far each projection is, and which tables are its.

create table :"schema".projections (
  name text collate "C" not null,
  version integer not null,
  partition integer not null default 0,
  inline boolean not null default false,
  position bigint not null default 0, -- the checkpoint; of an inline projection the position from which appends keep it
  epoch bigint not null default 0, -- grows with each reset and each owner: what an older one computed is refused
  owner text,
  lease_until timestamptz,
  status text not null default 'building' check (status in ('building', 'ready', 'stopped')),
  error text,
  primary key (name, version, partition)
);

comment on column :"schema".projections.inline is 'Applied in the transaction of each append. All writers must apply it.';

create table :"schema".dead_letters (
  projection text collate "C" not null,
  position bigint not null,
  key text collate "C",
  error text not null,
  attempts integer not null default 1,
  failed_at timestamptz not null default clock_timestamp(),
  primary key (projection, position)
);

comment on table :"schema".dead_letters is 'Events that a projection could not apply and was told to skip or park.';

-- Tables that were made for read models and collections, as they were defined: no other table is ever touched.
create table :"schema".relations (
  name text collate "C" primary key,
  kind text not null check (kind in ('read_model', 'collection')),
  definition jsonb not null
);
