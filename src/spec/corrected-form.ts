import type { SchemaNode } from './schema.js';

/**
 * What somebody probably meant to write, as YAML in one line without the key: a list of one for a text, a program's
 * words for a command line, a unit behind a number, small letters for capitals. Undefined where there is nothing near.
 * The caller sees to it that the text holds no secret.
 */
export function correctedForm(text: string, schema: SchemaNode): string | undefined {
  const types = [schema.type ?? []].flat();
  if (types.includes('array') && text !== '')
    return `[${text
      .trim()
      .split(text.includes(',') ? /\s*,\s*/ : /\s+/)
      .map(word)
      .join(', ')}]`;
  for (const branch of [schema, ...(schema.oneOf ?? [])]) {
    const only = Object.keys(branch.properties ?? {});
    if (only.length === 1 && only[0] !== undefined && takesList(branch.properties?.[only[0]]))
      return `{${only[0]}: [${text.trim().split(/\s+/).map(word).join(', ')}]}`;
  }
  if (schema.pattern === undefined) return undefined;
  const pattern = new RegExp(schema.pattern);
  const small = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '');
  return [`${text}s`, `${text}MB`, small].find(form => form !== text && pattern.test(form));
}

function takesList(schema: SchemaNode | undefined): boolean {
  return [schema?.type ?? []].flat().includes('array');
}

/** A word of a list in YAML, in quotes where it needs them. */
function word(text: string): string {
  return /^[\w./~+-][\w./~+:=-]*$/.test(text) && !/^(\d+|true|false|null)$/.test(text) ? text : JSON.stringify(text);
}
