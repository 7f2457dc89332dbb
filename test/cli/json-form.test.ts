import { expect, it } from 'vitest';
import { jsonForm } from '../../src/cli/json-form.js';

it.each([
  ['plan', null],
  ['plan --json', 'object'],
  ['plan --format json', 'object'],
  ['plan --format=json', 'object'],
  ['plan --format markdown', null],
  ['plan -- --json', null],
  ['--json --jsno', 'object'],
  ['--debug apply --json', 'events'],
  ['cutover --json', 'events'],
  ['cutover --rehearse --json', 'object'],
  ['status --json', 'object'],
])('pgm %s ends its stdout with %s', (line, form) => {
  expect(jsonForm(line.split(' '))).toBe(form);
});
