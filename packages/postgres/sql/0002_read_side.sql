-- The read side: how far each projection is, and which tables are its.

-- Epochs grow over all followers, so that one which is made anew under a name does not give out an old one again.
create sequence :"schema".epochs;

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
  name text collate "C" not null, -- of the projection or reaction
  position bigint not null,
  key text collate "C" not null,
  reason text not null check (reason in ('skipped', 'parked', 'behind')),
  error text not null,
  attempts integer not null,
  set_aside_at timestamptz not null default clock_timestamp(),
  primary key (name, position)
);

create index dead_letters_by_key on :"schema".dead_letters (name, key, position);

comment on table :"schema".dead_letters is 'Events that a projection or reaction has not handled: they failed, or wait behind one that did.';

create table :"schema".dead_letter_acts (
  id bigint generated always as identity primary key,
  name text collate "C" not null,
  position bigint not null,
  act text not null,
  actor text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp()
);

create index dead_letter_acts_by_name on :"schema".dead_letter_acts (name, id);

comment on table :"schema".dead_letter_acts is 'What was done about dead letters, by whom and why. Entries are never changed or removed.';

-- Tables that were made for read models and collections, as they were defined: no other table is ever touched.
create table :"schema".relations (
  name text collate "C" primary key,
  kind text not null check (kind in ('read_model', 'collection')),
  definition jsonb not null
);
