import type { Connection } from '../../postgres/connection.js';
import { expressionsSql } from './expressions.js';
import type { Need } from './needs.js';
import { has } from '../../postgres/since.js';

/** More than anybody reads of what needs one thing. */
const mostNamed = 3;

const compressionSql = `
  select 'compression', 'lz4', 'pg_class'::regclass, a.attrelid
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'm')
  where a.attrelid >= 16384 and a.attcompression = 'l' and a.attnum > 0 and not a.attisdropped`;

/**
 * Members of extensions come with these. A conversion of users written for a server before 14 has one argument less.
 * The row type's columns are in its name, so that another version's is another one.
 */
const needsSql = (versionNum: number, newer: boolean): string => `
with ${newer ? `${expressionsSql(versionNum)},` : ''} uses as (
  ${newer ? 'select what, name, classid, objid from system_uses union all' : ''}
  select 'signature' as what, f.oid::regprocedure::text as name, 'pg_proc'::regclass::oid as classid,
    a.aggfnoid::oid as objid
  from pg_aggregate a
  cross join lateral unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
    a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]::oid[]) as part (oid)
  join pg_proc f on f.oid = part.oid and f.oid < 16384
  where a.aggfnoid >= 16384
  union
  select 'signature', f.oid::regprocedure::text, 'pg_operator'::regclass, o.oid
  from pg_operator o
  cross join lateral unnest(array[o.oprcode, o.oprrest, o.oprjoin]::oid[]) as part (oid)
  join pg_proc f on f.oid = part.oid and f.oid < 16384
  where o.oid >= 16384
  union
  select 'signature', f.oid::regprocedure::text, 'pg_cast'::regclass, c.oid
  from pg_cast c
  join pg_proc f on f.oid = c.castfunc and f.oid < 16384
  where c.oid >= 16384
  union all
  select 'internal', f.prosrc, 'pg_proc'::regclass, f.oid
  from pg_proc f
  join pg_language l on l.oid = f.prolang and l.lanname = 'internal'
  where f.oid >= 16384 and f.prokind <> 'a'
  union all
  select 'setting', case when x.name = 'standard_conforming_strings' and x.value in ('off', 'false', 'no', '0')
    then x.name || ' = off' else x.name end,
    'pg_proc'::regclass, f.oid
  from pg_proc f
  cross join lateral unnest(f.proconfig) as c (setting)
  cross join lateral (select lower(split_part(c.setting, '=', 1)) as name, lower(split_part(c.setting, '=',
    2)) as value) x
  join pg_settings s on lower(s.name) = x.name and s.context = 'user' and s.name not like '%.%'
  where f.oid >= 16384
  union all
  select 'library', f.probin, 'pg_proc'::regclass, f.oid
  from pg_proc f
  join pg_language l on l.oid = f.prolang and l.lanname = 'c'
  where f.oid >= 16384 and f.probin is not null
  union all
  select 'postfix-operator', o.oid::regoperator::text, 'pg_operator'::regclass, o.oid
  from pg_operator o
  where o.oid >= 16384 and o.oprright = 0
  union all
  select 'conversion', format('%I.%I', n.nspname, c.conname), 'pg_conversion'::regclass, c.oid
  from pg_conversion c
  join pg_namespace n on n.oid = c.connamespace
  join pg_proc f on f.oid = c.conproc and f.oid >= 16384 and f.pronargs = 5
  where c.oid >= 16384
  union
  select 'collation', c.collname, d.classid, d.objid
  from pg_depend d
  join pg_collation c on c.oid = d.refobjid and c.oid < 16384
  where d.refclassid = 'pg_collation'::regclass and d.objid >= 16384
  union
  select case c.collprovider when 'i' then 'icu' else 'locale' end, coalesce(c.locale, c.collcollate),
    'pg_collation'::regclass, c.oid
  from (select oid, collnamespace, collprovider, collcollate, to_jsonb(x) ->> 'colliculocale' as locale
    from pg_collation x) c
  where c.oid >= 16384 and c.collprovider in ('c', 'i')
  union
  ${has(versionNum, 'columnCompression') ? `${compressionSql} union` : ''}
  select 'row-type', format('%s.%s(%s)', n.nspname, r.relname, (select string_agg(x.attname, ', ' order by x.attnum)
    from pg_attribute x where x.attrelid = r.oid and x.attnum > 0 and not x.attisdropped)),
    'pg_class'::regclass, a.attrelid
  from pg_attribute a
  join pg_class t on t.oid = a.attrelid and t.relkind in ('r', 'p')
  join pg_type y on y.oid = a.atttypid
  join pg_class r on r.reltype <> 0 and r.reltype in (y.oid, y.typelem) and r.oid < 16384
  join pg_namespace n on n.oid = r.relnamespace
  where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped
  union
  select 'dictionary-file', lower(option.m[2]) || case lower(option.m[1])
      when 'dictfile' then case t.tmplname when 'thesaurus' then '.ths' else '.dict' end
      when 'afffile' then '.affix' when 'stopwords' then '.stop' when 'synonyms' then '.syn' else '.rules'
    end, 'pg_ts_dict'::regclass, d.oid
  from pg_ts_dict d
  join pg_ts_template t on t.oid = d.dicttemplate
  cross join lateral regexp_matches(d.dictinitoption,
    '(?:^|, )"?(dictfile|afffile|stopwords|synonyms|rules)"? = ''([^'']+)''', 'gi') as option (m)
  where d.oid >= 16384
), first as (
  select u.what, u.name, count(distinct (u.classid, u.objid))::int as count,
    (array_agg(distinct format('%s %s', u.classid::oid, u.objid)))[1:${mostNamed}] as objects
  from uses u
  where not exists (
    select from pg_depend e
    where e.classid = u.classid and e.objid = u.objid and e.deptype = 'e'
  )
  group by u.what, u.name
)
select f.what, f.name, f.count, array(
    select i.type || ' ' || i.identity
    from unnest(f.objects) as o (pair)
    cross join lateral pg_identify_object(split_part(o.pair, ' ', 1)::oid, split_part(o.pair, ' ', 2)::oid, 0) i
    order by 1
  ) as by
from first f
order by f.what, f.name`;

/**
 * One query over the source's catalogs.
 * @param receiver `server_version_num` of the target: expressions use what a newer one may have dropped; 0: not known
 */
export async function readNeeds(
  connection: Connection,
  versionNum: number,
  receiver: number,
): Promise<readonly Need[]> {
  const newer = Math.floor(receiver / 10000) > Math.floor(versionNum / 10000);
  return connection.rows<Need>(needsSql(versionNum, newer));
}
