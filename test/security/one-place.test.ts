import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
  .map(name => ({ name, text: readFileSync(join(source, name), 'utf8') }));
const withText = (pattern: RegExp, except: readonly string[]): readonly string[] =>
  files.filter(({ name, text }) => pattern.test(text) && !except.includes(name)).map(({ name }) => name);

it('one place sends statements that hold a secret', () => {
  // What keeps them out of logs is set there alone.
  const settings = /log_min_error_statement|log_min_duration_statement|pg_stat_statements\.track|pgaudit\.log'/;
  expect(
    withText(settings, ['postgres/private-statement.ts', 'checks/recorded-secrets.ts', 'inspect/recorders.ts']),
  ).toEqual([]);
  // The demo's own servers are made and thrown away by the demo.
  expect(withText(/password \$\{quoteLiteral/, ['copy/role-statements.ts', 'cli/demo/demo.ts'])).toEqual([]);
  expect(
    withText(/connection \$\{quoteLiteral/i, [
      'replication/statements.ts',
      'copy/private-entry.ts',
      // Of plan: without the password.
      'inspect/dial.ts',
    ]),
  ).toEqual([]);
});

it.each([
  ['role with its hash', /(?:execute|rows)\([^;]*createRole\(/],
  ['subscription', /(?:execute|rows)\([^;]*(?:subscriptionStatements|createSubscription)\w*\(/],
  ['connection of a subscription', /(?:execute|rows)\([^;]*alterConnection\(/],
  ['text that was kept private', /(?:execute|rows)\([^;]*\.reveal\(\)/],
])('nobody sends by itself: a %s', (_, pattern) => {
  expect(withText(pattern, ['postgres/private-statement.ts'])).toEqual([]);
});

it('the probe of a plan has no password', () => {
  const dial = files.find(({ name }) => name === 'inspect/dial.ts')?.text;
  expect(dial).toContain('probeConninfo(');
  expect(dial).not.toMatch(/\bdialConninfo\(/);
});
