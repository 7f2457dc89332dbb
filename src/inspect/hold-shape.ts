import { ProtocolError } from '../postgres/protocol-error.js';

/** The form of a value that a server says, as its type has it. */
export type Shape = { readonly optional?: boolean } & (
  | { readonly is: 'anything' | 'boolean' | 'null' | 'number' | 'text' }
  | { readonly is: 'one-of'; readonly values: readonly (string | number)[] }
  | { readonly is: 'either' | 'tuple'; readonly of: readonly Shape[] }
  | { readonly is: 'list' | 'map' | 'record' | 'set'; readonly of: Shape }
  | { readonly is: 'object'; readonly of: Readonly<Record<string, Shape>> }
);

/**
 * Holds what a server said against the form that its type promises. PostgreSQL keeps it; something else that answers in
 * its place may say an object where a name is due, and names become statements.
 * @throws ProtocolError that names the place
 */
export function holdShape<T>(value: T, shape: Shape, what: string): T {
  const place = misfit(value, shape);
  if (place !== null)
    throw new ProtocolError(`what it says of ${what}${place} is not of the kind that PostgreSQL says`);
  return value;
}

/** Where a value departs from the form, `.name[3]`; null: nowhere. */
function misfit(value: unknown, shape: Shape): string | null {
  switch (shape.is) {
    case 'anything':
      return null;
    case 'null':
      return value === null ? null : '';
    case 'boolean':
      return typeof value === 'boolean' ? null : '';
    case 'number':
      return Number.isFinite(value) ? null : '';
    case 'text':
      // PostgreSQL has no text with a zero in it; everything else that takes names ends them there.
      return typeof value === 'string' && !value.includes('\0') ? null : '';
    case 'one-of':
      return shape.values.includes(value as string) ? null : '';
    case 'either':
      return misfitOfAll(value, shape.of);
    case 'tuple':
      return Array.isArray(value) && value.length === shape.of.length
        ? first(
            shape.of.entries(),
            (each, at) => misfit(value[at], each),
            at => `[${at}]`,
          )
        : '';
    case 'list':
      return Array.isArray(value)
        ? first(
            value.entries(),
            each => misfit(each, shape.of),
            at => `[${at}]`,
          )
        : '';
    case 'map':
      return value instanceof Map
        ? first(
            value.entries(),
            each => misfit(each, shape.of),
            () => '{}',
          )
        : '';
    case 'set':
      return value instanceof Set
        ? first(
            value.entries(),
            each => misfit(each, shape.of),
            () => '{}',
          )
        : '';
    case 'record':
      return isObject(value)
        ? first(
            Object.entries(value),
            each => misfit(each, shape.of),
            () => '{}',
          )
        : '';
    case 'object':
      return isObject(value)
        ? first(
            Object.entries(shape.of),
            (each, name) => (value[name] === undefined && each.optional === true ? null : misfit(value[name], each)),
            name => `.${name}`,
          )
        : '';
  }
}

function misfitOfAll(value: unknown, shapes: readonly Shape[]): string | null {
  if (shapes.some(each => misfit(value, each) === null)) return null;
  const [one, ...more] = shapes.filter(each => each.is !== 'null');
  return one === undefined || more.length > 0 || value === null ? '' : misfit(value, one);
}

function first<K, V>(
  entries: Iterable<readonly [K, V]>,
  look: (value: V, key: K) => string | null,
  name: (key: K) => string,
): string | null {
  for (const [key, value] of entries) {
    const inside = look(value, key);
    if (inside !== null) return `${name(key)}${inside}`;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
