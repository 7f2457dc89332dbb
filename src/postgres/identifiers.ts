/**
 * Control characters of ASCII: a name or value that holds some is written so that SQL stays on its line wherever it is
 * shown.
 */
const controls = /[\u0001-\u001f\u007f]/;
const allControls = new RegExp(controls, 'g');

/**
 * A name as an SQL identifier, always in double quotes, so that no list of reserved words is needed.
 * PostgreSQL allows every character but NUL in a name. One with control characters becomes `U&"a\000ab"`, which means
 * the same while standard_conforming_strings is on, as it is in pgm's sessions and by default in psql.
 */
export function quoteIdentifier(name: string): string {
  const quoted = quoteInText(name);
  if (!controls.test(name)) return quoted;
  return `U&${quoted.replaceAll('\\', '\\\\').replace(allControls, character => `\\${hex(character, 4)}`)}`;
}

/** The same where no SQL is read: in the text of a `regclass`, on the console of PgBouncer. */
export function quoteInText(name: string): string {
  if (name.includes('\0')) throw new TypeError('a PostgreSQL name cannot hold a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

interface Qualified {
  readonly schema: string;
  readonly name: string;
}

/** `"schema"."name"` */
export function qualifiedName(object: Qualified): string {
  return `${quoteIdentifier(object.schema)}.${quoteIdentifier(object.name)}`;
}

/** The same as the text of a `regclass`, which knows no `U&"…"`. */
export function qualifiedNameInText(object: Qualified): string {
  return `${quoteInText(object.schema)}.${quoteInText(object.name)}`;
}

/** A value as an SQL literal, for commands that take no parameters (ALTER SYSTEM, CREATE SUBSCRIPTION …). */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new TypeError('a PostgreSQL text value cannot hold a NUL character');
  const escaped = value.replaceAll("'", "''");
  if (!escaped.includes('\\') && !controls.test(escaped)) return `'${escaped}'`;
  return ` E'${escaped.replaceAll('\\', '\\\\').replace(allControls, escapeInString)}'`;
}

function escapeInString(character: string): string {
  return character === '\n' ? '\\n' : character === '\t' ? '\\t' : `\\x${hex(character, 2)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
