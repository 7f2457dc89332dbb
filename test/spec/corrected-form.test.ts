import { expect, it } from 'vitest';
import schema from '../../schemas/pgm.schema.json' with { type: 'json' };
import { correctedForm } from '../../src/spec/corrected-form.js';
import type { SchemaNode } from '../../src/spec/schema.js';

const { databases, source, cutover, name } = schema.properties as unknown as Record<string, SchemaNode>;
const below = (node: SchemaNode | undefined, ...keys: string[]): SchemaNode => {
  const found = keys.reduce((at, key) => at?.properties?.[key], node);
  if (found === undefined) throw new Error(`no key ${keys.join('.')}`);
  return found;
};

it.each([
  ['a list of one', below(databases, 'exclude'), 'scratch', '[scratch]'],
  ['a list of several', below(databases, 'exclude'), 'scratch, old data', '[scratch, "old data"]'],
  ['patterns in quotes', below(databases, 'tables', 'exclude'), 'audit.*', '["audit.*"]'],
  [
    'a command',
    below(source, 'restart'),
    'sudo systemctl restart postgresql',
    '{command: [sudo, systemctl, restart, postgresql]}',
  ],
  ['a unit', below(cutover, 'timeout'), '30', '30s'],
  ['a name', name as SchemaNode, 'Shop-1', 'shop_1'],
  ['nothing near', below(cutover, 'timeout'), 'soon', undefined],
  ['nothing to correct', below(cutover, 'failback'), 'x', undefined],
])('%s', (_, node, text, form) => {
  expect(correctedForm(text, node)).toBe(form);
});
