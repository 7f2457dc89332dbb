import { areBlocked, type BlockRecord } from '../cutover/block.js';
import { unfinishedSwitch, type HalfSwitch } from '../plan/half-switch.js';
import { withConnection } from '../postgres/connect.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';

/**
 * Was a switch interrupted, and on which side of its point of no return? With locks that is the commit which shuts the
 * old side: the server itself tells. Else it is what was written down.
 */
export async function readHalfSwitch(spec: Spec, lockfile: Lockfile | null): Promise<HalfSwitch | null> {
  const record = unfinishedSwitch(lockfile);
  if (record === null) return null;
  const event = record.event ?? 'cutover';
  if (record.phase === 'switched') return { event, record, passed: true };
  const side = event === 'cutover' ? 'source' : 'target';
  const block = record.block as readonly BlockRecord[];
  const passed = record.freeze === 'locks' && (await withConnection(spec[side].connection, { purpose: 'plan' }, session => areBlocked(session, block)));
  return { event, record, passed };
}
