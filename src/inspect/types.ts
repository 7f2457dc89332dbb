import type { Connection } from '../postgres/connection.js';
import { has } from '../postgres/since.js';

/** What decides how values of a type can be compared and sent. Keyed by oid. */
export type Types = ReadonlyMap<string, TypeTraits>;

export interface TypeTraits {
  readonly oid: string;
  readonly name: string;
  /** `b` base, `c` composite, `d` domain, `e` enum, `r` range, `m` multirange, `p` pseudo. */
  readonly kind: string;
  /** Comes with PostgreSQL: the same oid on every server. */
  readonly builtIn: boolean;
  /** Element of an array, base of a domain, subtype of a (multi)range; null: none. */
  readonly of: string | null;
  readonly isArray: boolean;
  /** Types of a composite's attributes. */
  readonly attributes: readonly string[];
  /** A default btree or hash operator class takes it, directly or by a binary cast. */
  readonly hasOperatorClass: boolean;
}

/** Oids below are assigned by initdb (FirstNormalObjectId). */
const firstUserOid = 16384;

/** Types of columns of user tables, with what they are made of. */
const typesSql = `
with comparable as (
  select o.opcintype as oid
  from pg_opclass o
  join pg_am m on m.oid = o.opcmethod
  where o.opcdefault and m.amname in ('btree', 'hash')
)
select t.oid::text as oid,
  t.typname as name,
  t.typtype as kind,
  case
    when t.typtype = 'd' then t.typbasetype::text
    when t.typtype in ('r', 'm') then r.rngsubtype::text
    when t.typoutput = 'array_out'::regproc then t.typelem::text
  end as of,
  t.typtype = 'b' and t.typoutput = 'array_out'::regproc as "isArray",
  case when t.typtype = 'c' then array(
    select a.atttypid::text
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    order by a.attnum
  ) end as attributes,
  t.oid in (select oid from comparable)
    or exists (
      select from pg_cast k
      where k.castsource = t.oid and k.castmethod = 'b' and k.castcontext = 'i' and k.casttarget in (select oid
        from comparable)
    ) as "hasOperatorClass"
from pg_type t
left join pg_range r on (t.typtype = 'r' and r.rngtypid = t.oid)__MULTIRANGE__
where t.typtype <> 'p'
  and (t.typtype <> 'c' or t.typrelid in (select oid from pg_class where relkind = 'c'))
  and (t.typtype = 'd' or t.typoutput <> 'array_out'::regproc or t.typelem in (select oid from pg_type
    where typtype <> 'c' or typrelid in (select oid from pg_class where relkind = 'c')))`;

type TypeRow = Omit<TypeTraits, 'builtIn' | 'attributes'> & { readonly attributes: string[] | null };

/** One query, whatever the number of tables: the row types of tables are left out. */
export async function readTypes(connection: Connection, versionNum: number): Promise<Types> {
  const multirange = has(versionNum, 'multiranges') ? ` or (t.typtype = 'm' and r.rngmultitypid = t.oid)` : '';
  const rows = await connection.rows<TypeRow>(typesSql.replace('__MULTIRANGE__', multirange));
  return new Map(
    rows.map(row => [row.oid, { ...row, builtIn: Number(row.oid) < firstUserOid, attributes: row.attributes ?? [] }]),
  );
}

/** True when the type has an equality that PostgreSQL's row comparison finds (typcache's TYPECACHE_EQ_OPR). */
export function hasEquality(types: Types, oid: string): boolean {
  const type = types.get(oid);
  if (type === undefined) return true; // a table's row type: rare as a column, and compared field by field
  switch (type.kind) {
    case 'd':
      return type.of === null || hasEquality(types, type.of);
    case 'c':
      return type.attributes.every(attribute => hasEquality(types, attribute));
    case 'e':
    case 'r':
    case 'm':
      return true;
    default:
      return type.isArray && type.of !== null ? hasEquality(types, type.of) : type.hasOperatorClass;
  }
}

/** Base types whose send and receive functions speak one form in every version from 12 on and carry no oid. */
const stableBaseTypes: ReadonlySet<string> = new Set([
  'bool', 'bytea', 'char', 'name', 'int8', 'int2', 'int4', 'text', 'oid', 'json', 'jsonb', 'jsonpath', 'float4', 'float8', 'money',
  'bpchar', 'varchar', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'bit', 'varbit', 'numeric', 'uuid',
  'inet', 'cidr', 'macaddr', 'macaddr8', 'point', 'lseg', 'path', 'box', 'polygon', 'line', 'circle', 'tsvector', 'tsquery',
  'pg_lsn', 'txid_snapshot', 'pg_snapshot', 'xid8',
]); // prettier-ignore

/**
 * True when COPY BINARY of the type means the same on another server. Enums travel as labels, ranges without oids.
 * Arrays carry the oid of their element and composites those of their attributes: a server before 14 takes only its
 * own, so there these must be built-in; from 14 on it looks away from the oids of user types. Types of extensions may
 * do anything: not safe.
 * @param receiver `server_version_num` of the server that reads the copy
 */
export function isBinarySafe(types: Types, oid: string, receiver: number): boolean {
  const type = types.get(oid);
  if (type === undefined) return false;
  const inner = (each: string): boolean =>
    (has(receiver, 'binaryOfUserTypes') || types.get(each)?.builtIn === true) && isBinarySafe(types, each, receiver);
  switch (type.kind) {
    case 'e':
      return true;
    case 'd':
    case 'r':
    case 'm':
      return type.of !== null && isBinarySafe(types, type.of, receiver);
    case 'c':
      return type.attributes.every(inner);
    default:
      if (type.isArray) return type.of !== null && inner(type.of);
      return type.builtIn && stableBaseTypes.has(type.name);
  }
}
