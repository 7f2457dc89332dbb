const bytesPerUnit = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;
const millisecondsPerUnit = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 } as const;

/** Bytes of `256MB`, `1.5 GB`, `1024` and the like, units as PostgreSQL writes them; undefined for anything else. */
export function parseSize(size: number | string): number | undefined {
  return parse(String(size), bytesPerUnit, 'B');
}

/** Milliseconds of `30s`, `500ms`, `5m`, `1h`; a number without a unit is not a duration. */
export function parseDuration(duration: string): number | undefined {
  return parse(duration, millisecondsPerUnit, undefined);
}

function parse<Unit extends string>(
  text: string,
  units: Readonly<Record<Unit, number>>,
  defaultUnit: Unit | undefined,
): number | undefined {
  const [, number, written] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const unit = written === '' ? defaultUnit : (Object.keys(units) as Unit[]).find(name => name === written);
  if (number === undefined || unit === undefined) return undefined;
  const amount = Math.round(Number(number) * units[unit]);
  return Number.isSafeInteger(amount) ? amount : undefined;
}
