/**
 * Tables partitioned by the hash of a type with oids in it, however deep, or of text under a nondeterministic
 * collation; and by ranges of text in the order of a language, which a library's versions see differently. The type of
 * an expression is its operator class's. Multiranges are of 14: through to_jsonb their column is null before.
 */
export const hashedApartSql = `
  with recursive keys as (
    select c.oid, n.nspname as schema, c.relname as name, coalesce(a.attname, '(expression)') as key,
      coalesce(a.atttypid, o.opcintype) as type, l.oid as nondeterministic,
      p.partstrat = 'r' as ranges
    from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_namespace n on n.oid = c.relnamespace
    cross join lateral unnest(p.partattrs::int2[], p.partclass::oid[], p.partcollation::oid[]) as k (attribute, class,
      ordering)
    join pg_opclass o on o.oid = k.class
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attribute and k.attribute <> 0
    left join pg_collation l on l.oid = k.ordering and case when p.partstrat = 'h' then not l.collisdeterministic
      when l.collprovider = 'd' then (
        select coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'i'
          or (coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' and d.datcollate !~ '^(C|POSIX)([.]|$)')
        from pg_database d where d.datname = current_database())
      else l.collprovider = 'i' or (l.collprovider = 'c' and l.collcollate !~ '^(C|POSIX)([.]|$)') end
    where p.partstrat in ('h', 'r')
  ), types as (
    select type, type as root from keys
    union
    select i.type, t.root
    from types t
    join pg_type y on y.oid = t.type
    cross join lateral (
      select y.typbasetype as type where y.typtype = 'd'
      union all select y.typelem where y.typcategory = 'A'
      union all select r.rngsubtype from pg_range r where r.rngtypid = y.oid
        or (to_jsonb(r) ->> 'rngmultitypid')::oid = y.oid
      union all select a.atttypid from pg_attribute a where y.typtype = 'c' and a.attrelid = y.typrelid and a.attnum > 0
        and not a.attisdropped
    ) i
  )
  select coalesce(json_agg(json_build_object('schema', h.schema, 'name', h.name, 'key', h.keys,
    'by', case when h.ranges then 'range' else 'hash' end)
    order by h.schema, h.name), '[]')
  from (
    select k.schema, k.name, bool_or(k.ranges) as ranges, string_agg(k.key, ', ' order by k.key) as keys
    from keys k
    where k.nondeterministic is not null
      or not k.ranges and exists (select from types t join pg_type y on y.oid = t.type
        where t.root = k.type and (y.typtype = 'e' or y.typname = 'anyenum'
          or (y.typnamespace = 'pg_catalog'::regnamespace and y.typname like 'reg%')))
    group by k.schema, k.name
  ) h`;
