import { mistake, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';
import { parseDuration, parseSize } from './units.js';

/** Sizes and durations that have the right form but an impossible amount. */
export function* checkUnits(view: SpecView): Generator<Mistake> {
  const timeout = view.text(['cutover', 'timeout']);
  if (timeout !== undefined) {
    const milliseconds = parseDuration(timeout.value);
    if (milliseconds !== undefined && (milliseconds < 1 || milliseconds > 2_147_483_647))
      yield mistake('PGMS013', timeout.span, 'cutover.timeout must be from 1 ms to 24 days');
  }
  for (const path of [
    ['copy', 'split_above'],
    ['replication', 'max_retained_wal'],
    ['replication', 'max_lag'],
  ]) {
    const size = view.scalar(path);
    if (typeof size?.value !== 'string' || !/^\d/.test(size.value)) continue;
    const bytes = parseSize(size.value);
    if (bytes === undefined && /^[\d.]+ ?([kMGT]?B)?$/.test(size.value))
      yield mistake('PGMS013', size.span, `${path.join('.')} is too large`);
    else if (bytes === 0 && path[1] !== 'max_lag')
      yield mistake('PGMS013', size.span, `${path.join('.')} must be more than 0`);
  }
}
