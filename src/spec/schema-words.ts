import type { SchemaNode } from './schema.js';
import type { YamlNode, YamlPath } from './yaml-tree.js';

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
};

/** What a schema asks for, as in "must be …". */
export function expectedType(schema: SchemaNode): string {
  if (schema.oneOf !== undefined) return schema.oneOf.map(expectedType).join(' or ');
  if (typeof schema.const === 'string') return schema.const;
  if (schema.pattern !== undefined) return `like ${likeExamples(schema)}`;
  const types = [schema.type ?? []].flat();
  return types.map(type => typeNames[type] ?? type).join(' or ');
}

/** First sentence of the description. */
export function expectation(schema: SchemaNode): string | undefined {
  return /^.*?\.(?= |$)/.exec(schema.description ?? '')?.[0];
}

/** Up to two examples, as in "must be like …". */
export function likeExamples(schema: SchemaNode): string {
  return (schema.examples ?? [])
    .slice(0, 2)
    .map(example => (typeof example === 'string' ? example : JSON.stringify(example)))
    .join(' or ');
}

const secretKeys = ['connection', 'password', 'admin', 'postgres'];

/** True when a value may be, or hold, a password. */
export function maySeeSecret(text: string, path: YamlPath): boolean {
  return path.some(part => secretKeys.includes(String(part))) || /:\/\/|password/i.test(text);
}

/** A value for an error message: never one that came from a variable or may hold a password. */
export function showValue(node: YamlNode, path: YamlPath): string {
  if (node.kind === 'sequence') return 'a list';
  if (node.kind === 'mapping') return 'a mapping';
  if (node.variables.length > 0) return `the value of ${node.variables.map(name => `\${${name}}`).join(' and ')}`;
  if (maySeeSecret(node.text, path)) return 'what it is';
  if (node.value === null) return 'empty';
  return JSON.stringify(node.text.length > 60 ? `${node.text.slice(0, 57)}…` : node.text);
}
