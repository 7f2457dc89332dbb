import type { Change } from '../checks/finding.js';
import type { PlannedStep } from '../steps/step-kind.js';
import { Chain } from './chain.js';
import { databaseState, type DatabaseStateInput } from './database-state.js';
import { planCopies, planSequencesAndLargeObjects } from './plan-data.js';
import {
  planConstraints,
  planDatabaseItself,
  planDatabaseSettings,
  planIndexes,
  planSchema,
} from './plan-definitions.js';
import { planFinish } from './plan-finish.js';
import { planFollow } from './plan-follow.js';
import { planFollowDefinitions } from './plan-follow-definitions.js';
import { planJoins } from './plan-joins.js';
import { planLanes } from './plan-lanes.js';
import { planTables } from './plan-tables.js';

export interface DatabasePlanInput extends DatabaseStateInput {
  /** Ids of steps that come before any of a database. */
  readonly after: readonly string[];
  readonly jobs: number;
  /** Nobody sees the plan before it is carried out, but these statements, of an earlier one. */
  readonly approved?: ReadonlySet<string> | undefined;
  /** What findings about this database ask for. */
  readonly changes: readonly Change[];
  /** The lockfile says that every table streamed. */
  readonly synced: boolean;
  /** A switch was finished, as lockfile and target know together. */
  readonly switched: boolean;
  /** Apply errors of each lane that it has been seen to overcome. */
  readonly knownErrors: Readonly<Record<string, number>>;
}

/** Steps of one database, and what they do that other parts of the plan go by. */
export interface DatabasePlan {
  readonly database: string;
  readonly steps: readonly PlannedStep[];
  /** Names of lanes that the steps make. */
  readonly madeLanes: readonly string[];
  readonly droppedLanes: readonly string[];
  readonly fillsViews: boolean;
}

/** Steps that bring one database from where it is to `synced` (or copied, for the dump); none when it is there. */
export function planDatabase(input: DatabasePlanInput): DatabasePlan {
  const { database, method } = input;
  const state = databaseState(input);
  const finish = planFinish(database, state);
  const emptied = new Set([...state.halfJoined, ...state.joining].flatMap(join => join.emptied));
  const follows = method === 'continuous' && state.kept.length > 0;
  const chain = new Chain(input.after);
  chain.add(...planJoins(database.name, state.halfJoined));
  const following = { direction: 'there' as const, superuser: input.target.user.superuser, approved: input.approved };
  // A lane that stands at a new column cannot bring what it has under old names.
  if (follows) chain.add(...planFollowDefinitions(input.spec, database, 'now', following));
  chain.add(...planTables(input, state));
  chain.add(...planDatabaseItself(input, state));
  if (method === 'continuous') chain.add(...planLanes(input, state));
  chain.add(...planSchema(database, state));
  chain.add(...planSequencesAndLargeObjects(input, state));
  const beforeCopy = chain.last;
  chain.add(...planCopies(input, state));
  chain.addBeside(planIndexes(input, state), beforeCopy);
  // While lanes of several moments catch up, a row may be there before the one that it refers to.
  if (state.oneSnapshot) chain.add(...planConstraints(database, state));
  chain.add(...planFollow({ ...input, begun: chain.steps.length > 0 }, state));
  chain.add(...planJoins(database.name, state.joining));
  if (!state.oneSnapshot) chain.add(...planConstraints(database, state));
  if (follows) chain.add(...planFollowDefinitions(input.spec, database, 'caught up', following));
  chain.add(...finish.steps);
  chain.add(...planDatabaseSettings(input, state));
  return {
    database: database.name,
    steps: chain.steps,
    madeLanes: method === 'continuous' ? state.newLanes.map(lane => lane.name).filter(name => !emptied.has(name)) : [],
    droppedLanes: [...state.dropped.map(({ lane }) => lane.name), ...emptied],
    fillsViews: finish.fillsViews,
  };
}
