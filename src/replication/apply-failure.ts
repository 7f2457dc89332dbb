import { relationKey, shownName } from '../postgres/relation-key.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { plural } from '../quantities.js';
import type { RowChange } from './pgoutput.js';
import { firstPending, type PendingTransaction } from './pending-transaction.js';
import { appliedUpTo } from './subscriptions.js';
import {
  identityOf,
  tryChanges,
  type NamedCell,
  type Reference,
  type RefusedChange,
  type Trial,
} from './try-changes.js';
import { has } from '../postgres/since.js';

/** The transaction at which a lane stands still, and what the subscriber has against it. */
export interface ApplyFailure {
  readonly lane: string;
  readonly transaction: PendingTransaction;
  readonly trial: Trial;
  readonly subscriber: { readonly versionNum: number; readonly subscriptionOid: number };
}

export interface LaneEnds {
  readonly database: string;
  readonly lane: string;
  readonly publisher: Conninfo;
  readonly subscriber: Conninfo;
  /** For application_name. */
  readonly purpose: string;
}

export interface Looking {
  /** Its changes are made on the subscriber, and rolled back, to hear its own words. */
  readonly tries: boolean;
  /**
   * A worker comes past it, and begins with it each time: what it applies nothing of, it does not note as applied.
   */
  readonly passesOver?: (subscriber: Connection, transaction: PendingTransaction) => Promise<boolean>;
}

/** The view shows the oid to everyone, pg_subscription only from 14 on. */
const subscriberSql = `
select distinct subid::int8::float8 as "subscriptionOid", current_setting('server_version_num')::int as "versionNum"
from pg_stat_subscription
where subname = $1`;

/**
 * Finds out what the target's log has: the transaction that a lane cannot apply, and the row. The source tells what
 * comes next, the target what it has against it.
 * @param options.tries false: only read, so that the row itself is not told
 * @returns null when nothing waits, or the role may not see how far the subscription is
 */
export async function findApplyFailure(
  { database, lane, publisher, subscriber, purpose }: LaneEnds,
  { tries, passesOver }: Looking,
): Promise<ApplyFailure | null> {
  return withConnection(subscriber, { database, purpose, computes: true }, async target => {
    const [known] = await target.rows<ApplyFailure['subscriber']>(subscriberSql, [lane]);
    if (known === undefined) return null;
    const applied = await appliedUpTo(target, lane);
    const transaction = await withConnection(publisher, { database, purpose }, source =>
      firstPending(source, lane, applied, pending => passesOver?.(target, pending) ?? Promise.resolve(false)),
    );
    if (transaction === null) return null;
    const failure: ApplyFailure = {
      lane,
      transaction,
      trial: tries ? await tryChanges(target, lane, transaction.changes) : 'unknown',
      subscriber: known,
    };
    // The worker may have come meanwhile: its own rows are in the way of the try then.
    return (await appliedUpTo(target, lane)) === applied ? failure : null;
  });
}

/** One sentence: what is refused, where, and the server's own words. */
export function describeFailure({ transaction, trial }: ApplyFailure): string {
  const of =
    `the source's transaction ${transaction.xid} of ${transaction.committedAt.toISOString()} ` +
    `(${size(transaction)}: ${touched(transaction.changes)}; it ends at ${transaction.finishLsn})`;
  if (trial === 'unknown') return `${of} is not applied`;
  if (trial === 'applies') return `${of} is not applied, but nothing is in its way now`;
  if ('references' in trial)
    return (
      `${of} is refused at ` +
      `truncate ${trial.truncated.map(qualifiedName).join(', ')}: ${trial.references.map(each => `${qualifiedName(each)} refers to ${referenced(each)} (${each.constraint})`).join(', ')}, ` +
      'and is not truncated with it'
    );
  if ('identity' in trial)
    return `${of} is refused at ${describeChange(trial.change)}: ${
      trial.identity === null
        ? 'the target’s table has neither primary key nor replica identity, and the source does not send whole rows'
        : `the target looks for the row by (${trial.identity.join(', ')}), which the source does not send`
    }`;
  return `${of} is refused at ${describeChange(trial.change)}: ${trial.error.message}${keyIn(trial.error)}`;
}

function referenced({ referencedSchema, referencedName }: Reference): string {
  return qualifiedName({ schema: referencedSchema, name: referencedName });
}

function size({ changeCount }: PendingTransaction): string {
  return plural(changeCount, 'change');
}

/** The key that the server names; a detail that shows a whole row belongs into no file. */
function keyIn({ detail }: RefusedChange['error']): string {
  return detail?.startsWith('Key ') === true ? ` (${detail.replace(/\.$/, '')})` : '';
}

/**
 * What a user can do, each a line: what mends it first, what loses rows last.
 * @param options.fails the worker's errors go on, whatever the try says
 */
export function waysOut(failure: ApplyFailure, { fails = false } = {}): readonly string[] {
  const { transaction, trial } = failure;
  // Nothing is wrong with the change: it comes by itself once there is room.
  if (isRefusedChange(trial) && trial.error.code === sqlstate.diskFull)
    return ['make room on the target’s disk; replication then goes on by itself, and `pgm apply` from here'];
  if (trial === 'applies' && !fails) return repair(trial, fails);
  return [...repair(trial, fails), ...copyAgain(failure), skip(failure, tablesOf(transaction.changes))];
}

function isRefusedChange(trial: Trial): trial is RefusedChange {
  return typeof trial !== 'string' && 'error' in trial;
}

/** SQLSTATEs with which a row that is on the target stands in the way: a copy of the table takes it away. */
const rowsInTheWay: ReadonlySet<string> = new Set([sqlstate.uniqueViolation, '23P01']);

/** Only where it helps: a definition that refuses the row refuses its copy, too. */
function copyAgain({ trial }: ApplyFailure): readonly string[] {
  if (typeof trial === 'string') return [];
  if ('references' in trial) return resync('or copy these tables again', [...trial.truncated, ...trial.references]);
  if ('identity' in trial || !rowsInTheWay.has(trial.error.code ?? '')) return [];
  return resync('or copy the table again, on a lane of its own', [trial.change.table]);
}

function resync(
  words: string,
  tables: readonly { readonly schema: string; readonly name: string }[],
): readonly string[] {
  const names = [...new Map(tables.map(table => [relationKey(table), table])).values()].map(
    table => `--resync ${shellWord(shownName(table))}`,
  );
  return [`${words}: pgm apply ${names.join(' ')}`];
}

function repair(trial: Trial, fails: boolean): readonly string[] {
  if (trial === 'applies' && !fails)
    return ['nothing is in its way any more: the worker applies it by itself; run `pgm apply` again'];
  if (typeof trial === 'string')
    return ['the target server’s log names the row and the cause: fix it there, then run `pgm apply` again'];
  if ('references' in trial)
    return trial.references.slice(0, 5).map(each => {
      const table = qualifiedName(each);
      const constraint = quoteIdentifier(each.constraint);
      return (
        `on the target: alter table ${table} drop constraint ${constraint}; and when replication is past ` +
        `it: alter table ${table} add constraint ${constraint} ${each.definition};`
      );
    });
  if ('identity' in trial) {
    const table = qualifiedName(trial.change.table);
    return trial.identity === null
      ? [
          `give ${table} on the target the primary key or the replica identity that ` +
            `the source’s has, then run \`pgm apply\` again`,
        ]
      : [
          `make the key of ${table} the same on both servers: the columns ` +
            `(${trial.identity.join(', ')}) are what the target has; then run \`pgm apply\` again`,
        ];
  }
  const { change, error } = trial;
  switch (error.code) {
    case sqlstate.uniqueViolation:
      return [
        'fix it on the target (it has a row that the source does not have, ' +
          `or has under another key), then run \`pgm apply\` again`,
      ];
    case sqlstate.undefinedColumn:
      return [sameTable(change)];
    case sqlstate.undefinedTable:
      return error.message.includes(change.table.name) ? [sameTable(change)] : [qualifyNames];
    case undefinedFunction:
      return [qualifyNames];
    default:
      return ['fix it on the target, then run `pgm apply` again'];
  }
}

const undefinedFunction = '42883';

/** A worker has an empty search_path. */
const qualifyNames =
  'a function, a check or a generated column names something without its schema, and the worker has an ' +
  'empty search_path: give the function its search_path with ALTER FUNCTION, on both servers (the rollback ' +
  'and later restores need it as well); then run `pgm apply` again';

function sameTable({ table }: RefusedChange['change']): string {
  return (
    `make ${qualifiedName(table)} on the target like the one of the source ` +
    `(ALTER TABLE), then run \`pgm apply\` again`
  );
}

/**
 * The last resort, with what it costs. ALTER SUBSCRIPTION … SKIP is new in 15; before, the subscription's origin is
 * moved behind the transaction.
 */
function skip(
  { lane, transaction, subscriber: { versionNum, subscriptionOid } }: ApplyFailure,
  tables: readonly { readonly schema: string; readonly name: string }[],
): string {
  const { finishLsn, endLsn } = transaction;
  const name = quoteIdentifier(lane);
  const statement = has(versionNum, 'applyErrors')
    ? `alter subscription ${name} skip (lsn = ${quoteLiteral(finishLsn)});`
    : `alter subscription ${name} disable; select ` +
      `pg_replication_origin_advance(${quoteLiteral(`pg_${subscriptionOid}`)}, ${quoteLiteral(endLsn ?? finishLsn)}); ` +
      `alter subscription ${name} enable;`;
  return (
    `or, last, leave the whole transaction out (this loses ${size(transaction)} ` +
    `in ${plural(tables.length, 'table')} on the target: ${touched(transaction.changes)}; ` +
    `copy them again afterwards with --resync): ${statement}`
  );
}

function describeChange(change: RefusedChange['change']): string {
  return `${change.kind} ${qualifiedName(change.table)} (${identityOf(change).slice(0, 8).map(shownCell).join(', ')})`;
}

const longest = 80;

function shownCell({ name, cell }: NamedCell): string {
  if (cell.kind !== 'text') return `${name} null`;
  return `${name} ${cell.text.length > longest ? `${cell.text.slice(0, longest)}…` : cell.text}`;
}

export function tablesOf(changes: readonly RowChange[]): readonly { readonly schema: string; readonly name: string }[] {
  const all = changes.flatMap(change => (change.kind === 'truncate' ? change.tables : [change.table]));
  return [...new Map(all.map(table => [relationKey(table), table])).values()];
}

function touched(changes: readonly RowChange[]): string {
  const names = tablesOf(changes).map(qualifiedName);
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more tables` : names.join(', ');
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
