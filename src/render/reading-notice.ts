import { createLiveArea } from './live-area.js';
import type { Sink } from './terminal.js';

/**
 * Says on a terminal what a command is doing before it can say anything else; nothing where nobody looks, in pipes and
 * logs. What it gives takes the line away, and may be called twice.
 */
export function showReading(sink: Sink, what = 'Reading source and target …'): () => void {
  if (!sink.canRedraw) return () => undefined;
  const area = createLiveArea(sink);
  area.draw([sink.palette.dim(what)]);
  return () => {
    area.clear();
  };
}

/** The same for as long as some work lasts. */
export async function whileReading<T>(sink: Sink, work: () => Promise<T>, what?: string): Promise<T> {
  const done = showReading(sink, what);
  try {
    return await work();
  } finally {
    done();
  }
}
