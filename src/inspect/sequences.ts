import type { Connection } from '../postgres/connection.js';
import type { SequenceFacts } from './facts.js';
import { foreignSchemas } from './tables.js';

/**
 * A sequence of all of bigint lasts for thousands of years: its value is not asked for, since each one that is asked is
 * a file that the server opens (20,000 of them: 1.3 s on 15).
 *
 * Values as text: they may be beyond what a JavaScript number holds. A sequence that is locked is not opened.
 */
const sequencesSql = `
with locked as materialized (
  select relation
  from pg_locks
  where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted
    and database = (select oid from pg_database where datname = current_database())
), extensions as (
  select objid as oid
  from pg_depend
  where classid = 'pg_class'::regclass and refclassid = 'pg_extension'::regclass and deptype = 'e'
)
select c.oid::text as oid,
  n.nspname as schema,
  c.relname as name,
  has_sequence_privilege(c.oid, 'select') as "canSelect",
  s.seqincrement::text as increment,
  s.seqmin::text as min,
  s.seqmax::text as max,
  s.seqcycle as cycles,
  v.value::text as "lastValue",
  d.refobjid::text as "tableOid",
  case when v.value is not null and d.refobjid is not null
      and (case when s.seqincrement > 0 then v.value::numeric - s.seqmin
        else s.seqmax - v.value::numeric end) > 0.75 * (s.seqmax::numeric - s.seqmin)
    then (
      select json_build_object('schema', o.nspname, 'table', t.relname, 'column', a.attname, 'identity',
        d.deptype = 'i')
      from pg_class t
      join pg_namespace o on o.oid = t.relnamespace
      join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
      where t.oid = d.refobjid
    )
  end as feeds
from pg_sequence s
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
  and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
left join lateral (
  select case when s.seqmax::numeric - s.seqmin < 4611686018427387904 and has_sequence_privilege(c.oid, 'select, usage')
    and c.relpersistence = 'p' and c.oid not in (select relation from locked)
      then pg_sequence_last_value(c.oid)
    end as value
  offset 0
) v on true
where n.nspname <> all ($1) and n.nspname !~ '^pg_temp'
  and c.oid not in (select oid from extensions)
order by n.nspname, c.relname`;

/** A sequence with the oid of the table whose column owns it. */
export type SequenceSeen = Omit<SequenceFacts, 'inScope' | 'withoutOwner'> & { readonly tableOid: string | null };

export async function readSequences(connection: Connection): Promise<SequenceSeen[]> {
  return connection.rows<SequenceSeen>(sequencesSql, [foreignSchemas]);
}
