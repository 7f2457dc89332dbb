/** A field of an answer that may have any shape; undefined where there is none. */
export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[key] : undefined),
    value,
  );
}

export function text(value: unknown, ...path: readonly (string | number)[]): string | null {
  const found = field(value, ...path);
  return typeof found === 'string' ? found : null;
}

export function integer(value: unknown, ...path: readonly (string | number)[]): number | null {
  const found = field(value, ...path);
  return Number.isSafeInteger(found) ? (found as number) : null;
}

export function entries(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}
