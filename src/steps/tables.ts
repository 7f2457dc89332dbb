import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName, qualifiedNameInText, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { plural } from '../quantities.js';
import {
  describeFailure,
  findApplyFailure,
  tablesOf,
  type ApplyFailure,
  type Looking,
} from '../replication/apply-failure.js';
import { waitApplied } from '../replication/lag.js';
import type { Relation } from '../replication/statements.js';
import { disableSubscription, enableSubscription, waitWorkerEnds } from '../replication/subscriptions.js';
import {
  forgetParts,
  keepSourceOids,
  copiedAgainMark,
  noteColumns,
  renameParts,
  type NotedColumns,
} from '../state/copied-parts.js';
import type { StepContext } from './context.js';
import { addMissingColumns, dropViewsOver, leaveLanes, missingColumns, standIn } from './leave-lanes.js';
import { noteColumnsFollowedBack } from '../inspect/definitions/columns-handed-over.js';
import { mirrored, sidesOf, type Direction } from './mirrored-context.js';
import { tableStatements as statements } from './table-statements.js';
import type { StepKind } from './step-kind.js';

export interface TablesInput {
  readonly database: string;
  readonly direction: Direction;
  readonly renamed: readonly {
    readonly oid: string;
    readonly from: Relation;
    readonly to: Relation;
    /** False: the target's table has the new name already. */
    readonly alter: boolean;
  }[];
  /** Copies of tables that the source dropped, under names that it has given to others. */
  readonly stale: readonly Relation[];
  /**
   * Tables whose rows on the target may not be the source's since it altered them: they leave their lanes and are
   * dropped, to come again.
   */
  readonly remade: readonly (Relation & {
    /** On the side in use; left out: it has no rows of its own, or several have its name. */
    readonly oid?: string;
  })[];
  readonly columns: readonly RenamedColumn[];
  /** Schemas that tables move to and that the target lacks. */
  readonly newSchemas: readonly string[];
  /** Lanes at work: what they bring under the old names is applied first. */
  readonly lanes: readonly string[];
}

/** A column that the source calls otherwise than when it was copied. */
export interface RenamedColumn extends Relation {
  readonly from: string;
  readonly to: string;
  readonly noted: readonly NotedColumns[];
}

/** Milliseconds without any advance after which it is asked what a lane stands at. */
const slice = 3_000;
/** … and after which a lane that stands at something else is given up. */
const patience = 60_000;

/** The tables of the side that follows become those of the other again: by the catalog, not by their names. */
export const tables: StepKind<TablesInput> = {
  kind: 'tables',

  describe: input => ({
    title: titleOf(input),
    action: input.stale.length + input.remade.length === 0 ? 'update' : 'delete',
    server: sidesOf(input.direction).follower,
    database: input.database,
    statements: statements(input),
    reversible: input.stale.length + input.remade.length === 0,
    impact: { locks: [`ACCESS EXCLUSIVE on these tables of the ${sidesOf(input.direction).follower}, for a moment`] },
  }),

  async run(given, input) {
    const { database, lanes, direction } = input;
    const context = direction === 'there' ? given : mirrored(given);
    await context.withTarget(database, async target => {
      for (const lane of lanes) await enableSubscription(target, lane);
    });
    const isRenamed = input.renamed.length > 0;
    // A run that ends in between finds tables without rows, and has to know that they are no copies.
    if (isRenamed && input.remade.length > 0)
      await noteOf(
        given,
        input,
      )(input.remade.flatMap(({ oid }) => oid ?? []).map(oid => ({ oid, columns: { [copiedAgainMark]: '' } })));
    await leaveLanes(
      context,
      database,
      lanes,
      input.remade,
      isRenamed
        ? async follower => {
            await freeFromOthers(context, follower, input);
            for (const table of input.remade) await standIn(follower, table);
          }
        : null,
    );
    await drainOldNames(given, context, input);
    await context.withTarget(database, async target => {
      // A worker keeps what it knew of a table under its name: another one begins, also after a crash in between.
      for (const lane of lanes) {
        await disableSubscription(target, lane);
        await waitWorkerEnds(target, lane);
      }
      if (direction === 'there') await keepSourceOids(target);
      await change(context, target, input);
      for (const lane of lanes) await enableSubscription(target, lane);
    });
    if (direction === 'back') await noteOf(given, input)(input.columns.flatMap(({ noted }) => noted));
    const tables = input.renamed.length + input.stale.length + input.remade.length;
    return {
      outcome: [
        ...(tables === 0 ? [] : [plural(tables, 'table')]),
        ...(input.columns.length === 0 ? [] : [plural(input.columns.length, 'column')]),
      ].join(', '),
    };
  },
};

function titleOf({ direction, renamed, stale, remade, columns }: TablesInput): string {
  const { leader } = sidesOf(direction);
  return [
    ...(renamed.length === 0 ? [] : [`rename ${listed(renamed.map(({ from }) => from))} as on the ${leader}`]),
    ...(stale.length === 0 ? [] : [`drop the copy of ${listed(stale)}, which the ${leader} dropped and made again`]),
    ...(remade.length === 0 ? [] : [`drop the copy of ${listed(remade)}, which the ${leader} altered: it comes again`]),
    ...(columns.length === 0
      ? []
      : [`rename ${columns.map(({ from, to }) => `column ${from} to ${to}`).join(', ')} as on the ${leader}`]),
  ].join('; ');
}

/** Where the columns of a table are written down: both records are on the target. */
function noteOf(
  given: StepContext,
  { database, direction }: TablesInput,
): (noted: readonly NotedColumns[]) => Promise<void> {
  const note = direction === 'there' ? noteColumns : noteColumnsFollowedBack;
  return noted => given.withTarget(database, target => note(target, given.spec.name, noted));
}

const foreignKeysSql = `
select n.nspname as schema, c.relname as name, con.conname as constraint
from pg_constraint con
join pg_class c on c.oid = con.conrelid
join pg_namespace n on n.oid = c.relnamespace
where con.contype = 'f'
  and con.conparentid = 0
  and con.confrelid = any (select to_regclass(t)::oid from unnest($1::text[]) t)`;

/** The source had to drop these with the table; those that it made again come with its definitions. */
async function freeFromOthers(context: StepContext, target: Connection, input: TablesInput): Promise<void> {
  const keys = await target.rows<Relation & { readonly constraint: string }>(foreignKeysSql, [
    [...input.stale, ...input.remade].map(qualifiedNameInText),
  ]);
  for (const key of keys)
    await target.execute(`alter table ${qualifiedName(key)} drop constraint ${quoteIdentifier(key.constraint)}`);
  await dropViewsOver(context, input.database, target, input.remade);
}

async function change(context: StepContext, target: Connection, input: TablesInput): Promise<void> {
  await target.transaction(async () => {
    await target.execute("set local lock_timeout = '10s'");
    await freeFromOthers(context, target, input);
    for (const statement of statements(input)) await dependingOn(input, () => target.execute(statement));
    // What came back is known by its pairs.
    if (input.direction === 'back') return;
    await forgetParts(target, context.spec.name, [...input.stale, ...input.remade]);
    await renameParts(target, context.spec.name, input.renamed);
    await noteColumns(
      target,
      context.spec.name,
      input.columns.flatMap(({ noted }) => noted),
    );
  });
}

const dependentObjectsStillExist = '2BP01';

async function dependingOn(input: TablesInput, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (errorCode(error) !== dependentObjectsStillExist) throw error;
    const detail = (error as { readonly detail?: string }).detail ?? '';
    throw new UserError(
      `${listed([...input.stale, ...input.remade])} of "${input.database}" cannot be ` +
        `made again on the ${sidesOf(input.direction).follower}: ${detail.replaceAll('\n', '; ')}`,
      {
        kind: 'stopped',
        code: 'PGM859',
        hint:
          `drop on the ${sidesOf(input.direction).follower} what depends on it, then run \`pgm apply\`: what the ` +
          `${sidesOf(input.direction).leader} has of it comes back`,
        cause: error,
      },
    );
  }
}

/**
 * The source sends each change under the name that its table had then. Until the last one under an old name is applied
 * the target's table keeps it; a lane that stands because it meets a new name has applied all before.
 */
async function drainOldNames(given: StepContext, context: StepContext, input: TablesInput): Promise<void> {
  const { database, lanes, renamed, remade, columns } = input;
  if (lanes.length === 0) return;
  const awaited = new Set(renamed.map(({ to }) => relationKey(to)));
  await context.withSource(database, async source => {
    const { lsn } = await source.row<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    await source.rows("select pg_logical_emit_message(true, 'pgm', 'tables')");
    for (const lane of lanes) {
      let deadline = performance.now() + patience;
      let stood = '';
      for (;;) {
        try {
          await waitApplied(source, [lane], lsn, {
            timeout: slice,
            timeoutFrom: 'advance',
            every: 100,
            signal: context.signal,
          });
          break;
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          const failure = await standsAt(context, database, lane, remade);
          // It came further: what it passes over is not noted as applied.
          if (failure !== null && failure.transaction.finishLsn !== stood) {
            stood = failure.transaction.finishLsn;
            deadline = performance.now() + patience;
          }
          if (failure !== null && tablesOf(failure.transaction.changes).some(table => awaited.has(relationKey(table))))
            break;
          if (failure !== null) {
            const lacking = await context.withTarget(database, target => missingColumns(target, failure));
            if (lacking.some(each => meetsNewName(each, columns))) break;
            await copyAgainInstead(noteOf(given, input), lacking, columns);
            if (await context.withTarget(database, target => addMissingColumns(target, failure, remade))) continue;
          }
          if (performance.now() < deadline) continue;
          throw new UserError(
            `lane "${lane}" does not advance, so tables cannot be renamed on the ` +
              `${sidesOf(input.direction).follower}: ${failure === null ? error.message : describeFailure(failure)}`,
            {
              kind: 'stopped',
              code: 'PGM604',
              hint: `fix what the ${sidesOf(input.direction).follower} refuses, then run \`pgm apply\` again`,
              cause: error,
            },
          );
        }
      }
    }
  });
}

/** Nothing but new names is missing: all that has the old ones is applied. */
function meetsNewName(
  { table, columns }: { readonly table: Relation; readonly columns: readonly string[] },
  renamed: TablesInput['columns'],
): boolean {
  const names = new Set(renamed.filter(each => relationKey(each) === relationKey(table)).map(({ to }) => to));
  return columns.length > 0 && columns.every(name => names.has(name));
}

/** A column had another name in between: rows of that state are under way, and the source has it no more. */
async function copyAgainInstead(
  note: ReturnType<typeof noteOf>,
  lacking: readonly { readonly table: Relation }[],
  columns: TablesInput['columns'],
): Promise<void> {
  const keys = new Set(lacking.map(({ table }) => relationKey(table)));
  const between = columns.filter(column => keys.has(relationKey(column)));
  if (between.length === 0) return;
  await note(between.flatMap(({ noted }) => noted.map(({ oid }) => ({ oid, columns: { [copiedAgainMark]: '' } }))));
  throw new UserError(`${listed(between)} was altered several times with rows in between: it is to be copied again`, {
    kind: 'stopped',
    code: 'PGM604',
    plansAgain: true,
    hint: 'run `pgm apply` again: it copies the table',
  });
}

async function standsAt(
  { spec }: StepContext,
  database: string,
  lane: string,
  left: readonly Relation[],
): Promise<ApplyFailure | null> {
  const ends = {
    database,
    lane,
    publisher: spec.source.connection,
    subscriber: spec.target.connection,
    purpose: runPurpose(spec.name, 'why not'),
  };
  const keys = new Set(left.map(relationKey));
  const looking: Looking = {
    tries: false,
    // Tables that have left their lane are passed over once their columns are there.
    passesOver: async (subscriber, transaction) =>
      tablesOf(transaction.changes).every(table => keys.has(relationKey(table))) &&
      (await missingColumns(subscriber, { transaction })).length === 0,
  };
  // While the worker has the slot for a moment it cannot be looked into.
  return findApplyFailure(ends, looking).catch(() => null);
}

function listed(relations: readonly Relation[]): string {
  const names = relations.slice(0, 3).map(shownName).join(', ');
  return relations.length > 3 ? `${names} and ${relations.length - 3} more` : names;
}
