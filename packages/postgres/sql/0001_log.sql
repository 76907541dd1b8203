-- The log: streams, and their events in one order. Wherever it says :"schema", the migrator puts the schema's name.

create table :"schema".streams (
  stream text collate "C" primary key,
  version bigint not null check (version > 0)
) with (fillfactor = 80); -- room on the page for the next version of a row

comment on table :"schema".streams is 'The version of each stream. Its row lock orders the writers of a stream.';

create table :"schema".events (
  position bigint primary key,
  stream text collate "C" not null,
  version bigint not null,
  type text collate "C" not null,
  payload json, -- json, not jsonb: what was written is kept to the letter
  metadata json not null,
  recorded_at timestamptz not null,
  append_end bigint not null, -- position of the last event of the same append: readers see all of an append, or none
  unique (stream, version)
);

comment on table :"schema".events is 'All events, append-only. Written by appends of the store alone.';

-- The key of the in-flight registry begins with 15 bits that come from the sequence's id. No two logs of one database
-- may share them, or an appender to one would hold up the readers of the other.
do $$
begin
  loop
    create sequence :"schema".events_position minvalue 0 start 0 cache 1;
    exit when not exists (
      select from pg_class other
      where other.relkind = 'S' and other.relname = 'events_position'
        and other.oid <> ':"schema".events_position'::regclass
        and other.oid::bigint % 32767 = ':"schema".events_position'::regclass::oid::bigint % 32767
    );
    drop sequence :"schema".events_position;
  end loop;
end
$$;

-- A fresh sequence says its first value before it has drawn it; from the second on, the last value is the last one drawn.
select nextval(':"schema".events_position');

create function :"schema".refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % is refused', lower(tg_op)
    using errcode = 'restrict_violation', hint = 'Record another event that makes up for it.';
end
$$;

create trigger append_only before update or delete on :"schema".events
  for each row execute function :"schema".refuse_change();

create trigger append_only_as_a_whole before truncate on :"schema".events
  for each statement execute function :"schema".refuse_change();
