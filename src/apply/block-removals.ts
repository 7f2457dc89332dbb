import { unblockDatabases, type BlockRecord } from '../cutover/block.js';
import { unblockStatements } from '../cutover/block-statements.js';
import { dropFence } from '../cutover/fence.js';
import { leftShut, shutBySwitch, unfinishedSwitch } from '../plan/half-switch.js';
import type { Spec } from '../spec/spec.js';
import type { ExistingMigration } from './existing-migration.js';
import { inDatabase, type Removal, type Removals } from './removals.js';

/**
 * A switch shuts the server that hands over: the source after a cutover, the target after failback. One that was not
 * finished left the writes where they were, and opens them. After one that was finished both sides would take writes,
 * so that server is opened only when asked for.
 */
export function blockRemovals(
  spec: Spec,
  { known, facts }: Pick<ExistingMigration, 'known' | 'facts'>,
  open: boolean,
): Removals {
  const unfinished = unfinishedSwitch(known);
  const under = unfinished?.block ?? [];
  const event = unfinished?.event ?? 'cutover';
  const undone = unfinished !== null && unfinished.state !== 'switched';
  const sideOf = (each: 'cutover' | 'failback'): 'source' | 'target' => (each === 'cutover' ? 'source' : 'target');
  const removals: Removal[] = (undone ? under : []).map(record => ({
    line:
      `${sideOf(event)}/${record.database}: allow writes again, and connections ` +
      `of ${whom(record)} (the ${event} was not finished)`,
    run: () => openDatabase(spec, sideOf(event), record.database, record),
  }));
  for (const side of ['source', 'target'] as const) {
    const ahead = side === sideOf(event) ? null : unfinished?.ahead;
    const left = shutBySwitch(known, side).length > 0 ? null : ((undone ? ahead : null) ?? leftShut(known, side));
    if ((left ?? null) === null) continue;
    const records = new Map((left ?? []).map(record => [record.database, record]));
    // Where the databases could not be shut, their tables were.
    for (const database of new Set([...records.keys(), ...facts.databases.map(({ name }) => name)])) {
      const record = records.get(database);
      removals.push({
        line:
          `${side}/${database}: allow writes ` +
          `again${record === undefined ? '' : `, and connections of ${whom(record)}`} ` +
          '(the switch to it was not finished)',
        run: () => openDatabase(spec, side, database, record),
      });
    }
  }
  const stays: string[] = [];
  for (const each of ['cutover', 'failback'] as const) {
    const side = sideOf(each);
    const other = side === 'source' ? 'target' : 'source';
    for (const record of [...shutBySwitch(known, side), ...(each === event && !undone ? under : [])]) {
      const { database } = record;
      if (open) {
        removals.push({
          line:
            `${side}/${database}: OPEN FOR WRITES AGAIN, beside the ${other}, which has the writes since ` +
            `the ${each}, and to connections of ${whom(record)}: rows written there reach nobody`,
          run: () => openDatabase(spec, side, database, record),
        });
        continue;
      }
      removals.push({
        line: `${side}/${database}: drop the triggers that keep superusers from writing`,
        run: () => inDatabase(spec[side].connection, spec.name, database, dropFence),
      });
      stays.push(
        `${side}/${database} stays shut (read-only, no right to connect), since the ${other} has the writes. ` +
          `To open it: pgm destroy --open, or later: ${unblockStatements([record]).join('; ')}`,
      );
    }
  }
  return { removals, stays };
}

export async function openDatabase(
  spec: Spec,
  side: 'source' | 'target',
  database: string,
  record: BlockRecord | undefined,
): Promise<void> {
  await inDatabase(spec[side].connection, spec.name, database, async session => {
    if (record !== undefined) await unblockDatabases(session, [record]);
    await dropFence(session);
  });
}

/** Said before it is done, since CONNECT is given: a record of the target may have been forged. */
function whom({ connect }: BlockRecord): string {
  return connect.length === 0 ? 'nobody' : connect.map(role => (role === '' ? 'PUBLIC' : role)).join(', ');
}
