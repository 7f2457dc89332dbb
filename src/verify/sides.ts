import type { Connection } from '../postgres/connection.js';

export type Side = 'source' | 'target';

/** One of each side: sessions, shapes, results. */
export type Both<T> = Readonly<Record<Side, T>>;

/** A session on each side, used together. */
export type Pair = Both<Connection>;

/** Does the same on both sides at the same time. */
export async function onBoth<T>(use: (side: Side) => Promise<T>): Promise<Both<T>> {
  const [source, target] = await Promise.all([use('source'), use('target')]);
  return { source, target };
}
