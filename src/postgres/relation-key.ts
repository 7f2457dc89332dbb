/** `schema.name` as a key of maps and sets; a JSON pair, so that no name can be taken for another. */
export function relationKey(relation: { readonly schema: string; readonly name: string }): string {
  return JSON.stringify([relation.schema, relation.name]);
}

/** The way back from {@link relationKey}. */
export function relationOf(key: string): { readonly schema: string; readonly name: string } {
  const [schema, name] = JSON.parse(key) as [string, string];
  return { schema, name };
}
