import { areBlocked } from '../cutover/block.js';
import { changesSince } from '../cutover/slipped-in.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { unfinishedSwitch, type BothWritten, type HalfSwitch } from '../plan/half-switch.js';
import { withConnection } from '../postgres/connect.js';
import { reverseLaneName } from '../replication/names.js';
import { slotExists } from '../replication/slots.js';
import { appliedUpTo } from '../replication/subscriptions.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';

export interface HalfSwitchServers {
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly databases: readonly DatabaseFacts[];
}

/**
 * Was a switch interrupted, and on which side of its point of no return? With locks that is the commit which shuts the
 * old side: the server itself tells. Else it is what was written down. But where a hook had moved clients before, and
 * they alone have written since, on the new side, the switch is finished too: to undo it would lose what they wrote.
 */
export async function readHalfSwitch(
  spec: Spec,
  lockfile: Lockfile | null,
  servers: HalfSwitchServers,
): Promise<HalfSwitch | null> {
  const record = unfinishedSwitch(lockfile);
  if (record === null) return null;
  const { event, block } = record;
  if (record.state === 'switched') return { event, record, passed: true, shuts: false, bothWritten: null };
  const side = event === 'cutover' ? 'source' : 'target';
  const isShut =
    record.freeze === 'locks' &&
    (await withConnection(spec[side].connection, { purpose: 'plan', reads: true }, session =>
      areBlocked(session, block),
    ));
  const written = isShut || !record.hooks ? [] : await readWritten(spec, event, servers).catch(() => []);
  const shuts = written.some(({ onNew }) => onNew > 0) && written.every(({ onOld }) => onOld === 0);
  return {
    event,
    record,
    passed: isShut || shuts,
    shuts,
    bothWritten: shuts ? null : (written.find(({ onNew }) => onNew > 0) ?? null),
  };
}

/** By the slots of both ways: what each still has to send. Not to be known where there is no way back. */
async function readWritten(
  spec: Spec,
  event: 'cutover' | 'failback',
  { source, target, databases }: HalfSwitchServers,
): Promise<readonly BothWritten[]> {
  const [from, to] = event === 'cutover' ? [spec.source, spec.target] : [spec.target, spec.source];
  const written: BothWritten[] = [];
  for (const database of databases) {
    const backward = reverseLaneName(spec.name, database.oid);
    const lanes = forwardLanes(spec.name, database, source, target).map(lane => lane.name);
    const [forward, back = ''] = event === 'cutover' ? [lanes, backward] : [[backward], lanes[0]];
    const counts = await withConnection(
      from.connection,
      { database: database.name, purpose: 'plan', reads: true },
      old =>
        withConnection(to.connection, { database: database.name, purpose: 'plan', reads: true }, async next => {
          let onOld = 0;
          for (const lane of forward)
            if (await slotExists(old, lane)) onOld += await changesSince(old, lane, await appliedUpTo(next, lane));
          // While a lane there still applies, what is in the slot of the way back came by it.
          const { enabled } = await next.row<{ enabled: boolean }>(
            'select coalesce(bool_or(subenabled), false) as enabled from pg_subscription where subname = any($1)',
            [forward],
          );
          return {
            onOld,
            onNew:
              !enabled && back !== '' && (await slotExists(next, back)) ? await changesSince(next, back, '0/0') : 0,
          };
        }),
    );
    written.push({ database: database.name, ...counts, forward, back });
  }
  return written;
}
