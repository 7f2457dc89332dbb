import type { BlockRecord } from '../cutover/block.js';
import type { SwitchDatabase } from '../cutover/side.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { laneName, laneNumber, reverseLaneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { cutover, failback } from '../steps/cutover.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { forwardLanes, isReplicated, tablesToMove } from './database-lanes.js';

export interface SwitchPlanInput {
  readonly spec: Spec;
  readonly databases: readonly DatabaseFacts[];
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly lockfile: Lockfile | null;
  /** Lanes that steps of this plan make, by database. */
  readonly newLanes: ReadonlyMap<string, readonly string[]>;
  readonly after: readonly string[];
  /** False where the same plan closes everything: a way back would be dropped at once. */
  readonly keepsWayBack: boolean;
}

export function planCutover(input: SwitchPlanInput): PlannedStep {
  const { spec, source, target, databases } = input;
  return planned(
    cutover,
    {
      databases: databases.map(database => {
        const known = forwardLanes(spec.name, database, source, target).filter(lane => lane.slot !== null && lane.tables !== null).map(lane => lane.name);
        const made = input.newLanes.get(database.name) ?? [];
        return switchDatabase(spec, database, [...new Set([...known, ...made])], reverseLaneName(spec.name, database.oid));
      }),
      options: { ...spec.cutover, failback: spec.cutover.failback && input.keepsWayBack },
      pgbouncer: spec.pgbouncer !== null,
      opens: [],
    },
    input.after,
  );
}

/** The reverse lane drains, and a new forward lane under the first number begins where it ends. */
export function planFailback(input: SwitchPlanInput): PlannedStep {
  const { spec, databases, lockfile } = input;
  return planned(
    failback,
    {
      databases: databases.map(database => switchDatabase(spec, database, [reverseLaneName(spec.name, database.oid)], laneName(spec.name, database.oid, 1))),
      options: { ...spec.cutover, failback: true },
      pgbouncer: spec.pgbouncer !== null,
      opens: (lockfile?.cutover?.block ?? []) as readonly BlockRecord[],
    },
    input.after,
  );
}

function switchDatabase(spec: Spec, database: DatabaseFacts, lanes: readonly string[], backLane: string): SwitchDatabase {
  const tables = tablesToMove(database).filter(table => spec.replicaIdentity.missing !== 'exclude' || isReplicated(table, 'exclude'));
  const name = ({ schema, name: table }: { schema: string; name: string }): { schema: string; name: string } => ({ schema, name: table });
  return {
    name: database.name,
    tables: tables.map(name),
    replicated: tables.filter(table => isReplicated(table, spec.replicaIdentity.missing)).map(name),
    lanes,
    backLane,
    largeObjects: database.source.largeObjects > 0,
  };
}

/** Names of lanes that begin with the database's prefix among names seen on a server. */
export function ownNames(names: readonly string[], migration: string, oid: string): readonly string[] {
  return names.filter(name => laneNumber(name, migration, oid) !== null);
}
