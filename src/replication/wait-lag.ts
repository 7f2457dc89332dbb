import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress.js';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { readLag } from './lag.js';

/**
 * Waits until no lane is more than `most` bytes behind. @throws UserError when that does not come about in `patience`
 * ms
 */
export async function waitLagBelow(
  publisher: Connection,
  slots: readonly string[],
  most: number,
  patience: number,
  signal: AbortSignal,
  progress: (progress: Progress) => void,
): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    signal.throwIfAborted();
    const lanes = await readLag(publisher, slots);
    const behind = lanes.filter(lane => !lane.active || lane.lagBytes === null || lane.lagBytes > most);
    if (behind.length === 0 && lanes.length === slots.length) return;
    const [worst] = [...behind].sort((a, b) => (b.lagBytes ?? 0) - (a.lagBytes ?? 0));
    const words =
      worst === undefined
        ? 'a slot is gone'
        : worst.active
          ? `lane "${worst.slot}" is ${worst.lagBytes ?? '?'} bytes behind (limit ${most})`
          : `nobody is connected to lane "${worst.slot}"`;
    if (performance.now() > deadline) {
      throw new UserError(`not ready to cut over: ${words}`, {
        kind: 'blocked',
        code: 'PGM623',
        hint: 'writes were not stopped; see `pgm status`',
      });
    }
    progress({ message: words });
    await sleep(200, undefined, { signal });
  }
}
