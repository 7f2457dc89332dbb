import { relationKey, shownName } from '../postgres/relation-key.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { withConnection } from '../postgres/connect.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { plural } from '../quantities.js';
import type { DecodedTransaction, RowChange } from './pgoutput.js';
import { firstPending } from './pending-transaction.js';
import { appliedUpTo } from './subscriptions.js';
import { identityOf, tryChanges, type NamedCell, type RefusedChange, type Trial } from './try-changes.js';

/** The transaction at which a lane stands still, and what the subscriber has against it. */
export interface ApplyFailure {
  readonly lane: string;
  readonly transaction: DecodedTransaction;
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
  { tries }: { readonly tries: boolean },
): Promise<ApplyFailure | null> {
  return withConnection(subscriber, { database, purpose, computes: true }, async target => {
    const [known] = await target.rows<ApplyFailure['subscriber']>(subscriberSql, [lane]);
    if (known === undefined) return null;
    const applied = await appliedUpTo(target, lane);
    const transaction = await withConnection(publisher, { database, purpose }, source =>
      firstPending(source, lane, applied),
    );
    if (transaction === null) return null;
    return {
      lane,
      transaction,
      trial: tries ? await tryChanges(target, transaction.changes) : 'unknown',
      subscriber: known,
    };
  });
}

/** One sentence: what is refused, where, and the server's own words. */
export function describeFailure({ transaction, trial }: ApplyFailure): string {
  const of = `the source's transaction ${transaction.xid} of ${transaction.committedAt.toISOString()} (${plural(transaction.changes.length, 'change')}: ${touched(transaction.changes)}; it ends at ${transaction.finishLsn})`;
  if (trial === 'unknown') return `${of} is not applied`;
  if (trial === 'applies') return `${of} was refused, but would go through now`;
  return `${of} is refused at ${describeChange(trial.change)}: ${trial.error.message}${keyIn(trial.error)}`;
}

/** The key that the server names; a detail that shows a whole row belongs into no file. */
function keyIn({ detail }: RefusedChange['error']): string {
  return detail?.startsWith('Key ') === true ? ` (${detail.replace(/\.$/, '')})` : '';
}

/** What a user can do, each a line. */
export function waysOut({ lane, transaction, trial, subscriber }: ApplyFailure): readonly string[] {
  // Nothing is wrong with the change: it comes by itself once there is room.
  if (typeof trial !== 'string' && trial.error.code === sqlstate.diskFull)
    return ['make room on the target’s disk; replication then goes on by itself, and `pgm apply` from here'];
  const tables = typeof trial === 'string' ? tablesOf(transaction.changes) : [trial.change.table];
  const names = tables.slice(0, 5).map(table => shellWord(shownName(table)));
  return [
    ...repair(trial),
    `or leave the whole transaction out (all of its changes are missing on the target then): ${skip(lane, transaction, subscriber)}`,
    ...(names.length === 0
      ? []
      : [
          `or copy the table again, on a lane of its own: pgm apply ${names.map(name => `--resync ${name}`).join(' ')}`,
        ]),
  ];
}

function repair(trial: Trial): readonly string[] {
  if (trial === 'applies') return ['nothing is in its way any more: run `pgm apply` again'];
  if (trial === 'unknown')
    return ['the target server’s log names the row and the cause: put it right there, then run `pgm apply` again'];
  const { change, error } = trial;
  switch (error.code) {
    case sqlstate.uniqueViolation:
      return [
        `put it right on the target (a row is in the way that the source does not have, or has under another key), then run \`pgm apply\` again`,
      ];
    case sqlstate.undefinedColumn:
    case sqlstate.undefinedTable:
      return [
        `make ${qualifiedName(change.table)} on the target like the one of the source (ALTER TABLE), then run \`pgm apply\` again`,
      ];
    default:
      return ['put it right on the target, then run `pgm apply` again'];
  }
}

/** ALTER SUBSCRIPTION … SKIP is new in 15; before, the subscription's origin is moved behind the transaction. */
function skip(
  lane: string,
  { finishLsn, endLsn }: DecodedTransaction,
  { versionNum, subscriptionOid }: ApplyFailure['subscriber'],
): string {
  const name = quoteIdentifier(lane);
  if (versionNum >= 150000) return `alter subscription ${name} skip (lsn = ${quoteLiteral(finishLsn)});`;
  return `alter subscription ${name} disable; select pg_replication_origin_advance(${quoteLiteral(`pg_${subscriptionOid}`)}, ${quoteLiteral(endLsn ?? finishLsn)}); alter subscription ${name} enable;`;
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
