-- The write side beside the log.

create table :"schema".commands (
  key text collate "C" primary key,
  fingerprint text not null,
  claim text not null,
  lease_until timestamptz, -- of a claim; null when the work is done
  result json,
  done_at timestamptz
);

create index commands_by_end on :"schema".commands (done_at) where done_at is not null;

comment on table :"schema".commands is 'Idempotency keys: what was asked under a key, and what was answered.';

create table :"schema".snapshots (
  stream text collate "C" primary key,
  schema integer not null,
  version bigint not null,
  position bigint not null,
  state json not null
);
