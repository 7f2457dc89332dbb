/** Bytes a second of one COPY stream between two servers, as seen with narrow and wide rows on a small machine. */
const streamRate = 40 * 1024 * 1024;
/** Seconds a table costs whatever its size. */
const tableSeconds = 0.002;
/** Index builds and checks take about as long again. */
const afterCopy = 1.8;

/** Seconds until tables of so many bytes are copied and indexed: for orientation, the real rate shows while it runs. */
export function copySeconds(bytes: number, tables: number, jobs: number): number {
  const streams = Math.max(1, Math.min(jobs, 2));
  return Math.max(1, Math.round((bytes / streamRate / streams + tables * tableSeconds) * afterCopy));
}
