import type { Connection } from '../postgres/connection.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import { allNodes, isNode, parseNodes, type Node, type NodeValue } from './node-tree.js';
import { usersCodeSql } from './users-code.js';

/** A function of somebody else's that an expression calls, and how. */
export interface CalledCode {
  /** Of the function, or of the operator that stands for it. */
  readonly oid: string;
  /** As regprocedure. */
  readonly function: string;
  readonly owner: string;
  /** The planner puts its body in place of the call, and folds what comes of that. */
  readonly inlined: boolean;
}

/** The first oid that is not PostgreSQL's own. */
const firstUserOid = 16384;

/**
 * Whether the planner may call one of these functions while it folds an expression: it does when all arguments are
 * constants, or become so. A call that has a column as an argument, as it is or within built-in functions of columns
 * alone, stays a call. What cannot be told counts as called.
 * @param tree pg_node_tree as text
 */
export function isFoldedWith(tree: string, called: readonly CalledCode[]): boolean {
  let values: readonly NodeValue[];
  try {
    values = parseNodes(tree);
  } catch {
    return true;
  }
  const left = new Set(called.map(({ oid }) => oid));
  for (const node of allNodes(values)) {
    const calls = called.find(({ oid }) => oid === calledBy(node));
    if (calls === undefined) continue;
    left.delete(calls.oid);
    if (calls.inlined || !argumentsOf(node).some(staysVariable)) return true;
  }
  return left.size > 0;
}

function calledBy(node: Node): string | undefined {
  const [oid] = node.fields.get('funcid') ?? node.fields.get('opno') ?? [];
  return typeof oid === 'string' ? oid : undefined;
}

function argumentsOf(node: Node): readonly NodeValue[] {
  return (node.fields.get('args') ?? []).flatMap(value =>
    typeof value === 'object' && !isNode(value) ? value : [value],
  );
}

function staysVariable(value: NodeValue): boolean {
  if (typeof value === 'string' || !isNode(value)) return false;
  switch (value.tag) {
    case 'VAR':
      return true;
    case 'RELABELTYPE':
    case 'COLLATEEXPR':
    case 'COLLATE':
      return (value.fields.get('arg') ?? []).every(staysVariable);
    case 'FUNCEXPR':
    case 'OPEXPR': {
      const inner = argumentsOf(value);
      return Number(calledBy(value)) < firstUserOid && inner.length > 0 && inner.every(staysVariable);
    }
    default:
      return false;
  }
}

/** Tables, and those that they are partitions of: whoever reads a partitioned table plans for its partitions. */
export const foldedSql = `
with code as (${usersCodeSql}
), expressions as (
  select 'pg_class'::regclass as classid, indexrelid as objid, concat(indexprs, ' ', indpred) as tree
  from pg_index
  union all
  select 'pg_class'::regclass, partrelid, partexprs::text
  from pg_partitioned_table
  union all
  select 'pg_statistic_ext'::regclass, oid, to_jsonb(s) ->> 'stxexprs'
  from pg_statistic_ext s
)
select n.nspname as schema, c.relname as name, e.tree, f.called,
  (select coalesce(json_agg(json_build_object('schema', pn.nspname, 'name', p.relname)), '[]')
    from pg_partition_ancestors(f.relid) a
    join pg_class p on p.oid = a.relid
    join pg_namespace pn on pn.oid = p.relnamespace) as within
from (
  select code.relid, code.classid, code.objid,
    json_agg(json_build_object('oid', code.refobjid::text, 'inlined', l.lanname = 'sql',
      'function', p.oid::regprocedure::text, 'owner', pg_get_userbyid(p.proowner))) as called
  from code
  join pg_proc p on p.oid = code.function
  join pg_language l on l.oid = p.prolang
  where code.classid <> 'pg_constraint'::regclass
  group by code.relid, code.classid, code.objid
) f
join expressions e on e.classid = f.classid and e.objid = f.objid
join pg_class c on c.oid = f.relid
join pg_namespace n on n.oid = c.relnamespace`;

export interface FoldedRow {
  readonly schema: string;
  readonly name: string;
  readonly tree: string | null;
  readonly called: readonly CalledCode[];
  readonly within: readonly { readonly schema: string; readonly name: string }[];
}

/** A table over which no query may be planned. */
export interface PlannedWithCode {
  readonly schema: string;
  readonly name: string;
  /** What would be called, as regprocedure, and whose it is. */
  readonly calls: readonly { readonly function: string; readonly owner: string }[];
}

/** By table. */
export function plannedWithCode(rows: readonly FoldedRow[]): readonly PlannedWithCode[] {
  const found = new Map<RelationKey, PlannedWithCode>();
  for (const row of rows.filter(({ tree, called }) => isFoldedWith(tree ?? '', called)))
    for (const { schema, name } of [row, ...row.within]) {
      const key = relationKey({ schema, name });
      const calls = row.called.map(({ function: called, owner }) => ({ function: called, owner }));
      found.set(key, { schema, name, calls: [...(found.get(key)?.calls ?? []), ...calls] });
    }
  return [...found.values()];
}

/**
 * Tables over which no query may be planned, since PostgreSQL would run code of others with pgm's rights for it: what
 * expressions of their indexes, statistics and partition keys call with constants. Checks are looked at by
 * constraint_exclusion only, which is off in all sessions of pgm.
 */
export async function tablesPlannedWithCode(connection: Connection): Promise<ReadonlySet<RelationKey>> {
  return new Set(plannedWithCode(await connection.rows<FoldedRow>(foldedSql)).map(relationKey));
}
