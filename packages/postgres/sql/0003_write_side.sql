-- The write side beside the log.

create table :"schema".commands (
  key text collate "C" primary key,
  fingerprint text not null,
  status text not null check (status in ('running', 'done')),
  result json,
  lease_until timestamptz,
  created_at timestamptz not null default clock_timestamp()
);

comment on table :"schema".commands is 'Idempotency keys: what was asked under a key, and what was answered.';

create table :"schema".snapshots (
  stream text collate "C" primary key,
  schema integer not null,
  version bigint not null,
  position bigint not null,
  state json not null
);
