// Preloaded into pgm by NODE_OPTIONS: its clock is off by as many milliseconds as the file MOVED_CLOCK says at the
// moment. Timers and performance.now() go by the monotonic clock, which no one moves.
import { readFileSync } from 'node:fs';

const file = process.env.MOVED_CLOCK;
const RealDate = Date;
const now = () => {
  let moved = 0;
  try {
    moved = Number(readFileSync(file, 'utf8'));
  } catch {
    // Not moved yet.
  }
  return RealDate.now() + moved;
};

globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length === 0 ? [now()] : values));
  }

  static now() {
    return now();
  }
};
