-- Writing the log in one round trip, and reading it without losing an event.
--
-- Positions are drawn at INSERT and become visible at COMMIT, in whatever order transactions commit: a reader that only
-- remembers the highest position it saw passes over what commits later with a lower one. So an appender registers in
-- flight before it draws: a shared advisory lock, held to the end of its transaction, whose key is
-- (1 + id of the sequence % 32767) << 48 | the last position drawn by anybody. It will draw above that.

-- Moves a stream's version on, if it is as expected (-1: whatever it is, -2: it exists). Returns the version before.
create function :"schema".advance(of_stream text, expected bigint, by integer) returns bigint
language plpgsql as $$
declare
  reached bigint;
begin
  if expected = 0 then
    insert into :"schema".streams values (of_stream, by)
      on conflict do nothing returning version into reached;
  elsif expected = -1 then
    insert into :"schema".streams as s values (of_stream, by)
      on conflict (stream) do update set version = s.version + by returning s.version into reached;
  else
    update :"schema".streams set version = version + by
      where stream = of_stream and (version = expected or expected = -2)
      returning version into reached;
  end if;
  if reached is null then
    select version into reached from :"schema".streams where stream = of_stream;
    raise exception 'stream % is at version %, which is not what the writer expected', of_stream, coalesce(reached, 0)
      using errcode = 'CP409', detail = json_build_object('stream', of_stream, 'actual', coalesce(reached, 0));
  end if;
  return reached - by;
end
$$;

-- Refuses an append that would leave an inline projection behind. Called behind the streams' locks: whoever makes a
-- projection inline locks the table of streams.
create function :"schema".check_inlined(inlined text[]) returns void language plpgsql as $$
declare
  kept integer;
  applied integer;
begin
  select count(*), count(*) filter (where p.name || '@' || p.version = any(inlined)) into kept, applied
    from :"schema".projections p where p.inline and p.status = 'ready';
  if kept > applied then
    raise exception 'this writer does not apply all inline projections of the database' using errcode = 'CP412';
  elsif applied < cardinality(inlined) then
    raise exception 'an inline projection is not built yet' using errcode = 'CP425';
  end if;
end
$$;

-- Undoes a statement that was built on documents that have changed since.
create function :"schema".insist(holds boolean) returns void language plpgsql as $$
begin
  if not holds then
    raise exception 'a document has changed since it was read' using errcode = 'CP449';
  end if;
end
$$;

-- Appends one event, the usual case, with as few statements as can be: the stream's version moves on, its row locked; then
-- the append registers, draws its position and writes, unless it would leave an inline projection behind.
create function :"schema".append_one(
  of_stream text, expected bigint, type text, payload text, metadata text, recorded_at timestamptz,
  out before bigint, out "position" bigint
) language plpgsql as $$
begin
  if expected > 0 then
    update :"schema".streams s set version = s.version + 1
      where s.stream = of_stream and s.version = expected returning s.version - 1 into before;
  end if;
  if before is null then
    before := :"schema".advance(of_stream, expected, 1);
  end if;
  insert into :"schema".events as e
  select drawn.position, of_stream, before + 1, append_one.type, append_one.payload::json,
    append_one.metadata::json, append_one.recorded_at, drawn.position
  from (
    select nextval(':"schema".events_position') as position
    from (
      select pg_advisory_xact_lock_shared(
        ((1 + ':"schema".events_position'::regclass::oid::bigint % 32767) << 48) | last_value
      ) from :"schema".events_position offset 0 -- volatile and fenced: it is done before a position is drawn
    ) registered
    where not exists (select from :"schema".projections p where p.inline and p.status = 'ready')
    offset 0
  ) drawn
  returning e.position into append_one.position;
  if append_one.position is null then
    perform :"schema".check_inlined('{}');
  end if;
end
$$;

-- Appends `counts[i]` events to `of_streams[i]`. All arrays of events have the same length and order.
--
-- inlined: the inline projections, as name@version, that the caller applies in this transaction.
-- lock_…: what they touch. A document, or (without a key) a whole read model, is locked before positions are drawn, so
-- that documents are folded in the order of positions.
-- serialized: one append at a time, so that positions commit in order and any reader may poll them.
create function :"schema".append(
  of_streams text[], expected bigint[], counts integer[],
  types text[], payloads text[], metadatas text[], recorded_at timestamptz,
  inlined text[] default '{}',
  lock_names text[] default '{}', lock_keys text[] default '{}', lock_shared boolean[] default '{}',
  serialized boolean default false,
  out befores bigint[], out positions bigint[]
) language plpgsql as $$
declare
  i integer;
  first integer := 1;
  log constant oid := ':"schema".events_position'::regclass;
  last_drawn bigint;
begin
  if cardinality(of_streams) = 1 then
    if expected[1] > 0 then
      update :"schema".streams s set version = s.version + counts[1]
        where s.stream = of_streams[1] and s.version = expected[1] returning array[s.version - counts[1]] into befores;
    end if;
    if befores is null then
      befores := array[:"schema".advance(of_streams[1], expected[1], counts[1])];
    end if;
  else
    befores := array_fill(0::bigint, array[cardinality(of_streams)]);
    -- in one order for all, so that appends to the same streams wait for each other and do not deadlock
    for i in
      select s.i from unnest(of_streams) with ordinality as s(stream, i) order by s.stream collate "C"
    loop
      befores[i] := :"schema".advance(of_streams[i], expected[i], counts[i]);
    end loop;
  end if;

  perform :"schema".check_inlined(inlined);
  if cardinality(lock_names) > 0 then
    perform case when l.shared then pg_advisory_xact_lock_shared(l.a, l.b) else pg_advisory_xact_lock(l.a, l.b) end
    from (
      select hashtext(log::text || w.name) as a, coalesce(hashtext(w.key), 0) as b, bool_and(w.shared) as shared
      from unnest(lock_names, lock_keys, lock_shared) as w(name, key, shared)
      group by 1, 2 order by 1, 2 -- again one order for all
    ) l;
  end if;
  if serialized then
    perform pg_advisory_xact_lock(-((1 + log::bigint % 32767) << 48));
  end if;
  perform pg_advisory_xact_lock_shared(((1 + log::bigint % 32767) << 48) | last_value)
    from :"schema".events_position;

  select array_agg(nextval(log)) into positions from generate_series(1, cardinality(types));
  last_drawn := positions[cardinality(positions)];
  if counts = array[cardinality(types)] then
    insert into :"schema".events
    select e.position, of_streams[1], befores[1] + e.n,
      e.type, e.payload::json, e.metadata::json, append.recorded_at, last_drawn
    from unnest(positions, types, payloads, metadatas) with ordinality as e(position, type, payload, metadata, n);
    return;
  end if;
  for i in 1 .. cardinality(of_streams) loop
    insert into :"schema".events
    select e.position, of_streams[i], befores[i] + e.n,
      e.type, e.payload::json, e.metadata::json, append.recorded_at, last_drawn
    from unnest(
      positions[first : first + counts[i] - 1],
      types[first : first + counts[i] - 1],
      payloads[first : first + counts[i] - 1],
      metadatas[first : first + counts[i] - 1]
    ) with ordinality as e(position, type, payload, metadata, n);
    first := first + counts[i];
  end loop;
  if first - 1 <> cardinality(types) then
    raise exception 'the counts add up to % events, but % were given', first - 1, cardinality(types)
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;

-- The position up to which nothing can become visible any more that is not visible to the *next* statement.
--
-- First the last position drawn, then who is in flight: an appender that is not seen there either draws above, or has
-- ended. Only for the primary: a standby does not know the primary's locks.
create function :"schema".ceiling() returns bigint language plpgsql as $$
declare
  drawn bigint;
  lowest bigint;
  namespace constant bigint := (1 + ':"schema".events_position'::regclass::oid::bigint % 32767) << 48;
begin
  if pg_is_in_recovery() then
    raise exception 'the log is read on the primary: a standby does not know which appends are in flight'
      using errcode = 'feature_not_supported';
  end if;
  select last_value into drawn from :"schema".events_position;
  select min(((classid::bigint << 32) | objid::bigint) - namespace) into lowest from pg_locks
    where locktype = 'advisory' and objsubid = 1 and mode = 'ShareLock'
      and classid::bigint between namespace >> 32 and (namespace >> 32) + 65535
      and database = (select oid from pg_database where datname = current_database());
  return least(drawn, lowest);
end
$$;
