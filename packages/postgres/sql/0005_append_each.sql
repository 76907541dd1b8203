-- Appends of writers that know nothing of each other, in one transaction. Each has one stream and an outcome of its own.
--
-- The arrays of streams are as long as there are appends, those of events as long as there are events; `owners[n]` is the
-- number of the append that the event belongs to, `nths[n]` its number within that. `befores` answers with the version
-- that each stream had, or with -1 less the version that it has where that is not what the writer expected; then its events
-- are not written, and have no positions.
create function :"schema".append_each(
  of_streams text[], expected bigint[], counts integer[], recorded_at timestamptz[],
  types text[], payloads text[], metadatas text[], owners integer[], nths integer[],
  serialized boolean default false,
  out befores bigint[], out positions bigint[]
) language plpgsql as $$
declare
  i integer;
  reached bigint;
  log constant oid := ':"schema".events_position'::regclass;
begin
  befores := array_fill(null::bigint, array[cardinality(of_streams)]);
  -- in one order for all, so that they wait for each other and do not deadlock; appends to one stream in that of arrival
  for i in
    select s.i from unnest(of_streams) with ordinality as s(stream, i) order by s.stream collate "C", s.i
  loop
    reached := null;
    if expected[i] = 0 then
      insert into :"schema".streams values (of_streams[i], counts[i])
        on conflict do nothing returning version into reached;
    elsif expected[i] = -1 then
      insert into :"schema".streams as s values (of_streams[i], counts[i])
        on conflict (stream) do update set version = s.version + counts[i] returning s.version into reached;
    else
      update :"schema".streams set version = version + counts[i]
        where stream = of_streams[i] and (version = expected[i] or expected[i] = -2)
        returning version into reached;
    end if;
    if reached is null then
      select -1 - coalesce(max(version), 0) into reached from :"schema".streams where stream = of_streams[i];
      befores[i] := reached;
    else
      befores[i] := reached - counts[i];
    end if;
  end loop;

  perform :"schema".check_inlined('{}');
  if serialized then
    perform pg_advisory_xact_lock(-((1 + log::bigint % 32767) << 48));
  end if;
  perform pg_advisory_xact_lock_shared(((1 + log::bigint % 32767) << 48) | last_value)
    from :"schema".events_position;

  select array_agg(case when befores[e.owner] >= 0 then nextval(log) end) into positions
    from unnest(owners) as e(owner);
  insert into :"schema".events
  select e.position, of_streams[e.owner], befores[e.owner] + e.nth,
    e.type, e.payload::json, e.metadata::json, append_each.recorded_at[e.owner],
    max(e.position) over (partition by e.owner)
  from unnest(positions, types, payloads, metadatas, owners, nths)
    as e(position, type, payload, metadata, owner, nth)
  where e.position is not null;
end
$$;
