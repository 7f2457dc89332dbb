const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1e3, min: 6e4, h: 3.6e6, d: 8.64e7 };
const kilobytes: Readonly<Record<string, number>> = {
  B: 1 / 1024,
  kB: 1,
  '8kB': 8,
  MB: 1024,
  GB: 1024 ** 2,
  TB: 1024 ** 3,
};

/** As pg_settings has it: `5s` is 5000 where the unit is ms, `64MB` is 65536 where it is kB, and `true` is on. */
export function inBaseUnit(value: string, unit: string | null): string {
  const [, number, given] = /^\s*(-?[0-9.]+)\s*(us|ms|s|min|h|d|B|kB|MB|GB|TB)\s*$/.exec(value) ?? [];
  for (const factors of [milliseconds, kilobytes]) {
    const [factor, base] = [factors[given ?? ''], factors[unit ?? '']];
    if (number !== undefined && factor !== undefined && base !== undefined)
      return String(Math.round((Number(number) * factor) / base));
  }
  if (unit !== null) return value;
  return /^(true|yes)$/i.test(value) ? 'on' : /^(false|no)$/i.test(value) ? 'off' : value;
}

/** For people: `65536` of kB is 64MB, `30000` of ms is 30s. What has no unit stays. */
export function withUnit(value: string, unit: string | null): string {
  const number = Number(value);
  if (unit === null || !Number.isFinite(number) || number <= 0) return value;
  const factors = unit in kilobytes ? kilobytes : milliseconds;
  const base = number * (factors[unit] ?? 1);
  const fitting = Object.entries(factors)
    .filter(([name]) => name !== '8kB')
    .toReversed()
    .find(([, factor]) => base >= factor && Number.isInteger(base / factor));
  return fitting === undefined ? `${value} ${unit}` : `${base / fitting[1]}${fitting[0]}`;
}
