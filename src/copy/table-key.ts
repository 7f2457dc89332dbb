/** A table as a key of maps and sets. */
export function tableKey(table: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([table.schema, table.name]);
}

/** The way back from {@link tableKey}. */
export function relationOf(key: string): { readonly schema: string; readonly name: string } {
  const [schema, name] = JSON.parse(key) as [string, string];
  return { schema, name };
}
