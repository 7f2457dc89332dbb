import type { Progress } from '../progress.js';
import { formatBytes } from '../quantities.js';
import type { TableToCompare } from './comparable.js';

export interface ToldProgress {
  readonly bytes: (more: number) => void;
  readonly tables: (more: number) => void;
  /** @param bytesBehind of WAL that the target has to apply before its rows can be looked at; null: it has */
  readonly waiting: (bytesBehind: number | null) => void;
}

/**
 * Counts what is compared and tells it: bytes of the source's tables, tables, bytes per second and seconds left; and
 * what it waits for.
 */
export function progressOf(tables: readonly TableToCompare[], tell: (progress: Progress) => void): ToldProgress {
  const total = tables.reduce((sum, table) => sum + table.dataBytes, 0);
  const began = performance.now();
  let bytes = 0;
  let done = 0;
  let behind: number | null = null;
  const report = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const rate = seconds === 0 ? 0 : bytes / seconds;
    tell({
      bytes: { done: Math.min(total, Math.round(bytes)), total },
      items: { done, total: tables.length, unit: 'tables' },
      rate: Math.round(rate),
      eta: rate === 0 ? null : Math.max(0, Math.round((total - bytes) / rate)),
      ...(behind === null ? {} : { waiting_for: `the target to apply ${formatBytes(behind)} of WAL` }),
    });
  };
  return {
    bytes: more => {
      bytes += more;
      report();
    },
    tables: more => {
      done += more;
      report();
    },
    waiting: bytesBehind => {
      if (bytesBehind === behind) return;
      behind = bytesBehind;
      report();
    },
  };
}
