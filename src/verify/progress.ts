import type { Progress } from '../progress.js';
import type { TableToCompare } from './comparable.js';

/** Counts what is compared and tells it: bytes of the source's tables, tables, bytes per second and seconds left. */
export function progressOf(tables: readonly TableToCompare[], tell: (progress: Progress) => void): { readonly bytes: (more: number) => void; readonly tables: (more: number) => void } {
  const total = tables.reduce((sum, table) => sum + table.dataBytes, 0);
  const began = performance.now();
  let bytes = 0;
  let done = 0;
  const report = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const rate = seconds === 0 ? 0 : bytes / seconds;
    tell({
      bytes: { done: Math.min(total, Math.round(bytes)), total },
      items: { done, total: tables.length, unit: 'tables' },
      rate: Math.round(rate),
      eta: rate === 0 ? null : Math.max(0, Math.round((total - bytes) / rate)),
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
  };
}
