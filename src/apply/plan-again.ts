import { setTimeout as sleep } from 'node:timers/promises';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { clearDeadRun } from './end-run-sessions.js';
import type { PreparedPlan } from './prepare-plan.js';

/** Milliseconds that servers have to come back before the failure stands. */
const comeBackWithin = 120_000;

/** Null when the servers do not come back, or something stands in the way now. */
export async function planAgain(
  prepare: () => Promise<PreparedPlan>,
  spec: Spec,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: (message: string) => void },
): Promise<PreparedPlan | null> {
  const deadline = performance.now() + comeBackWithin;
  let told = false;
  for (let pause = 500; !signal.aborted && performance.now() < deadline; pause = Math.min(pause * 2, 5_000)) {
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    const unasked = await clearDeadRun(spec, { signal, tell: warn }).catch((error: unknown) => {
      if (!signal.aborted) warn(reportError(error).message);
      return null;
    });
    if (unasked === null) continue;
    const prepared = await prepare();
    if (prepared.plan.applicable && unasked.length === 0) return prepared;
    const away = (['source', 'target'] as const).flatMap(side => {
      const server = prepared.facts[side];
      return server.kind === 'server' ? [] : [`the ${side} (${server.message})`];
    });
    if (away.length === 0 && !prepared.plan.applicable) return null;
    if (!told && away.length > 0)
      warn(`waiting up to ${comeBackWithin / 60_000} minutes for ${away.join(' and ')} to come back`);
    told = true;
  }
  return null;
}
