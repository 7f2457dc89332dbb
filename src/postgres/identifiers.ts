/**
 * A name as an SQL identifier, always in double quotes, so that no list of reserved words is needed.
 * PostgreSQL allows every character but NUL in a name.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('a PostgreSQL name cannot hold a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"` */
export function qualifiedName(object: { readonly schema: string; readonly name: string }): string {
  return `${quoteIdentifier(object.schema)}.${quoteIdentifier(object.name)}`;
}

/** A value as an SQL literal, for commands that take no parameters (ALTER SYSTEM, CREATE SUBSCRIPTION …). */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) throw new TypeError('a PostgreSQL text value cannot hold a NUL character');
  const escaped = value.replaceAll("'", "''");
  return escaped.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}
