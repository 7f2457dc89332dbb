import type { Lockfile, ServerSetting } from '../../src/state/lockfile.js';
import { finishStep, newLockfile, recordSetting, startStep } from '../../src/state/transitions.js';
import { aSpec } from './a-spec.js';

export const at = '2026-11-22T21:18:01.000Z';

export function aSetting(
  server: 'source' | 'target',
  name: string,
  values: Pick<ServerSetting, 'before' | 'after' | 'until'>,
): ServerSetting {
  return { kind: 'server-setting', server, name, ...values };
}

/** A lockfile with a step and a setting in it. */
export function aLockfile(more: Partial<Lockfile> = {}): Lockfile {
  const first = newLockfile(aSpec({ path: '/spec/pgm.yaml', targetPort: 1 }), {
    pgmVersion: '0.1.0',
    at,
    lineage: '6f1c2a5e-0000-4000-8000-000000000001',
  });
  const begun = startStep(first, 'shop/slot/s', { kind: 'slot', database: 'shop' }, at);
  const done = finishStep(begun, 'shop/slot/s', at, { slot: 'größer ✓ "quoted"', lsn: '0/1' });
  const set = aSetting('source', 'wal_level', { before: null, after: 'logical' });
  return Object.freeze({ ...recordSetting(done, set), ...more });
}
