import { areBlocked, type BlockRecord } from '../cutover/block.js';
import { changesSince } from '../cutover/slipped-in.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { forwardLanes } from '../plan/database-lanes.js';
import { unfinishedSwitch, type HalfSwitch } from '../plan/half-switch.js';
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
export async function readHalfSwitch(spec: Spec, lockfile: Lockfile | null, servers: HalfSwitchServers): Promise<HalfSwitch | null> {
  const record = unfinishedSwitch(lockfile);
  if (record === null) return null;
  const event = record.event ?? 'cutover';
  if (record.phase === 'switched') return { event, record, passed: true, shuts: false };
  const side = event === 'cutover' ? 'source' : 'target';
  const block = record.block as readonly BlockRecord[];
  const isShut = record.freeze === 'locks' && (await withConnection(spec[side].connection, { purpose: 'plan' }, session => areBlocked(session, block)));
  const shuts = !isShut && record.hooks === true && (await onlyNewSideWritten(spec, event, servers).catch(() => false));
  return { event, record, passed: isShut || shuts, shuts };
}

/** By the slots of both ways: what each still has to send. Not to be known where there is no way back. */
async function onlyNewSideWritten(spec: Spec, event: 'cutover' | 'failback', { source, target, databases }: HalfSwitchServers): Promise<boolean> {
  const [from, to] = event === 'cutover' ? [spec.source, spec.target] : [spec.target, spec.source];
  let moved = 0;
  for (const database of databases) {
    const back = reverseLaneName(spec.name, database.oid);
    const forward = forwardLanes(spec.name, database, source, target).map(lane => lane.name);
    const [lanes, wayBack] = event === 'cutover' ? [forward, back] : [[back], forward[0]];
    const counts = await withConnection(from.connection, { database: database.name, purpose: 'plan' }, old =>
      withConnection(to.connection, { database: database.name, purpose: 'plan' }, async next => {
        let late = 0;
        for (const lane of lanes) if (await slotExists(old, lane)) late += await changesSince(old, lane, await appliedUpTo(next, lane));
        const own = wayBack !== undefined && (await slotExists(next, wayBack)) ? await changesSince(next, wayBack, '0/0') : 0;
        return { late, own };
      }),
    );
    if (counts.late > 0) return false;
    moved += counts.own;
  }
  return moved > 0;
}
