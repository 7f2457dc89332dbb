/** How figures are written for people: one place, so that every page of pgm agrees. */

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes in PostgreSQL's units (1 kB = 1024 bytes): `512 bytes`, `1.4 MB`, `23 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (unit < byteUnits.length - 1 && Number(significant(value)) >= 1024) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return plural(Math.round(value), 'byte');
  return `${significant(value)} ${byteUnits[unit] ?? ''}`;
}

/** A whole number with thousands separators: `8,000,000`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 table`, `5,000 tables`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatCount(count)} ${Math.round(count) === 1 ? noun : many}`;
}

/** Seconds, at the precision one reads them with: `420 ms`, `1.4 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(Math.max(0, seconds) * 1000)} ms`;
  if (seconds < 9.95) return `${String(Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return twoUnits(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Milliseconds that something has been at work, in whole seconds: `0 s`, `12 s`, `2 min 5 s`. */
export function formatElapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return seconds === 0 ? '0 s' : formatSeconds(seconds);
}

/** Milliseconds, for the figures of a write stop: `5.5 ms`, `143 ms`, `12,400 ms`. */
export function formatMilliseconds(milliseconds: number): string {
  return `${milliseconds < 9.95 ? String(Math.round(milliseconds * 10) / 10) : formatCount(milliseconds)} ms`;
}

/** A moment in UTC to the second, from its ISO form: `2026-11-22 21:58:26 UTC`. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** An estimate in seconds: never more exact than it is. */
export function formatEstimate(seconds: number): string {
  return seconds < 1 ? 'less than 1 s' : `about ${formatSeconds(Math.round(seconds))}`;
}

/** Bytes per second: `210 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A part of a whole in percent, 100 only when all of it is there; null where the whole is unknown. */
export function percent(done: number, total: number): number | null {
  if (total <= 0) return null;
  if (done >= total) return 100;
  return Math.min(99, Math.max(0, Math.floor((done / total) * 100)));
}

function significant(value: number): string {
  return value >= 99.95 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

function twoUnits(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}
