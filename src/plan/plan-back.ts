import type { DatabaseFacts, ServerFacts, TableFacts } from '../inspect/facts.js';
import { wayOf, backRights } from '../inspect/rights.js';
import { relationKey } from '../postgres/relation-key.js';
import { reverseLaneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { bringBack } from '../steps/bring-back.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { sync } from '../steps/sync.js';
import { tables } from '../steps/tables.js';
import { Chain } from './chain.js';
import { isReplicated, nameOf } from './database-lanes.js';
import { mirrored } from './mirrored.js';
import { followedColumns, followedDifferences, planFollowDefinitions } from './plan-follow-definitions.js';
import { depthOf, renamedColumns, withOids } from './remade-tables.js';
import { tableFates, withFates, type TableFates } from './table-identity.js';

export interface BackPlanInput {
  readonly spec: Spec;
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly lockfile: Lockfile | null;
  readonly after: readonly string[];
  /** Nobody sees the plan before it is carried out, but these statements, of an earlier one. */
  readonly approved?: ReadonlySet<string> | undefined;
}

type Servers = Pick<BackPlanInput, 'spec' | 'source' | 'target' | 'lockfile'>;

/** After a cutover: what was made or altered on the target comes to the source, which follows it. */
export function planBack(input: BackPlanInput, database: DatabaseFacts): readonly PlannedStep[] {
  const { spec, source, lockfile, approved } = input;
  const turned = mirrored(spec, database, lockfile);
  const lane = reverseLaneName(spec.name, database.oid);
  const leadsBack = source.subscriptions.some(({ name }) => name === lane);
  if (turned === null || !leadsBack || spec.schemaChanges === 'block') return [];
  const following = { direction: 'back' as const, superuser: source.user.superuser, approved };
  const chain = new Chain(input.after);
  chain.add(...planFollowDefinitions(spec, turned, 'now', following));
  chain.add(...planTablesBack(input, turned, lane));
  const later = planFollowDefinitions(spec, turned, 'caught up', following);
  if (chain.steps.length + later.length > 0)
    chain.add(planned(sync, { database: database.name, slots: [lane], direction: 'back' }));
  chain.add(...later);
  return chain.steps;
}

function planTablesBack(input: Servers, turned: DatabaseFacts, lane: string): readonly PlannedStep[] {
  const fates = tablesBack(turned);
  const { renamed, stale, remade } = fates;
  const columns = renamedColumns(input.spec, turned);
  const there = new Set((turned.target?.schemas ?? []).map(({ name }) => name));
  const brought = broughtBack(input, turned, fates);
  const { definitions } = turned;
  const read = definitions?.kind === 'compared' ? definitions.fingerprints?.source : undefined;
  return [
    ...(renamed.length + stale.length + remade.length + columns.length === 0
      ? []
      : [
          planned(tables, {
            database: turned.name,
            direction: 'back',
            renamed,
            stale,
            remade: withOids(turned, remade),
            columns,
            newSchemas: [...new Set(renamed.map(({ to }) => to.schema))].filter(name => !there.has(name)),
            lanes: [lane],
          }),
        ]),
    ...(brought.length === 0 || read === undefined
      ? []
      : [
          planned(bringBack, {
            database: turned.name,
            lane,
            tables: brought.map(table => ({ ...nameOf(table), kind: table.kind, bytes: table.dataBytes })),
            target: { versionNum: read.versionNum, between: read.between, scope: read.scope },
          }),
        ]),
  ];
}

/** What the plan brings back by itself. */
export interface ComesBack {
  /** Made or copied again, or renamed: a rollback waits for it. */
  readonly table: (table: { readonly schema: string; readonly name: string }) => boolean;
  /** Altered in place, before a rollback of the same plan. */
  readonly column: (table: { readonly schema: string; readonly name: string }, column: string) => boolean;
  /** `kind name`, of what stands for itself. */
  readonly other: (kind: string, identity: string) => boolean;
}

export function comesBack(input: Servers, database: DatabaseFacts): ComesBack {
  const turned = mirrored(input.spec, database, input.lockfile);
  if (turned === null || input.spec.schemaChanges === 'block')
    return { table: () => false, column: () => false, other: () => false };
  const fates = tablesBack(turned);
  const tables = new Set(
    [...broughtBack(input, turned, fates), ...fates.renamed.map(({ to }) => to), ...fates.remade].map(relationKey),
  );
  const others = new Set(
    followedDifferences(input.spec, turned).map(({ difference: { kind, identity } }) => `${kind} ${identity}`),
  );
  return {
    table: table => tables.has(relationKey(table)),
    column: followedColumns(input.spec, turned),
    other: (kind, identity) => others.has(`${kind} ${identity}`),
  };
}

/** One that swapped names, or is copied again, need not be renamed. */
function tablesBack(turned: DatabaseFacts): TableFates {
  const fates = tableFates(turned);
  const again = new Set((turned.remade ?? []).map(relationKey));
  const stale = new Set(fates.stale.map(relationKey));
  const onSource = new Set((turned.target?.tables ?? []).map(relationKey));
  return {
    ...fates,
    renamed: fates.renamed.filter(({ from, to }) => !again.has(relationKey(from)) && !again.has(relationKey(to))),
    remade: (turned.remade ?? []).filter(each => onSource.has(relationKey(each)) && !stale.has(relationKey(each))),
  };
}

/** Tables that the source lacks once its own are what the target's are, or that the way back does not carry. */
export function broughtBack(
  { spec, source, target }: Servers,
  turned: DatabaseFacts,
  fates: TableFates = tablesBack(turned),
): readonly TableFacts[] {
  if (spec.schemaChanges === 'block' || turned.definitions?.kind !== 'compared') return [];
  const lane = reverseLaneName(spec.name, turned.oid);
  const published = new Set(turned.source.publications.find(({ name }) => name === lane)?.tables.map(({ oid }) => oid));
  const after = withFates(turned, fates);
  const there = new Set((after.target?.tables ?? []).map(relationKey));
  const carried = new Set((after.target?.subscribedTables[lane] ?? []).map(relationKey));
  // Publications of aiven_extras take no more tables.
  const rights = backRights(spec, { source, target }, unturned(turned));
  if (wayOf(rights.publishes) !== 'plain') return [];
  const comes = turned.source.tables.filter(table => {
    const key = relationKey(table);
    if (!table.inScope) return false;
    if (!there.has(key)) return table.kind === 'p' || isReplicated(table, spec.replicaIdentity.missing);
    return (
      table.kind === 'r' &&
      isReplicated(table, spec.replicaIdentity.missing) &&
      (!published.has(table.oid) || !carried.has(key))
    );
  });
  return [...comes].sort((a, b) => depthOf(turned, a) - depthOf(turned, b));
}

function unturned(turned: DatabaseFacts): DatabaseFacts {
  return { ...turned, source: turned.target ?? turned.source, target: turned.source };
}
