import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface SchemaNode {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
  readonly oneOf?: readonly SchemaNode[];
}

const schema = JSON.parse(readFileSync('schemas/pgm.schema.json', 'utf8')) as SchemaNode;

/** Every property below `node`, with its path; a reference stands for what it refers to. */
function* properties(node: SchemaNode, path = ''): Generator<[string, SchemaNode]> {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const at = `${path}/${name}`;
    const resolved =
      property.$ref === undefined ? property : schema.definitions?.[property.$ref.replace('#/definitions/', '')];
    if (resolved === undefined) throw new Error(`${at} refers to nothing`);
    yield [at, resolved];
    yield* properties(resolved, at);
    for (const branch of resolved.oneOf ?? []) yield* properties(branch, at);
  }
}

test.each([
  ['the types of the spec file are up to date with its schema', 'scripts/generate-types.mjs'],
  ['the form of what servers say is up to date with its types', 'scripts/generate-facts-shape.mjs'],
])('%s', (_, script) => {
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
});

test.each([...properties(schema)])('%s has a description and examples', (_path, property) => {
  expect(property.description).toMatch(/\.$/);
  expect(property.examples?.length).toBeGreaterThan(0);
});

test.each([['', schema] as const, ...properties(schema)])(
  '%s, if an object, refuses unknown keys',
  (_path, property) => {
    const objects = [property, ...(property.oneOf ?? [])].filter(node => node.type === 'object');
    for (const object of objects) expect(object.additionalProperties).toBe(false);
  },
);
