import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { useWorkspace } from '../support/pgm.js';

const workspace = useWorkspace();

it.each([
  ['status', []],
  ['status', ['--watch']],
  ['verify', []],
] as const)('pgm %s %j --json ends with an object when a server is away', async (command, more) => {
  workspace.write(
    'away.yaml',
    'version: 1\nname: x\nsource: {connection: postgres://a@127.0.0.1:1/c}\ntarget: {connection: ' +
      'postgres://a@127.0.0.1:2/d}\n',
  );
  const { code, stdout, stderr } = await workspace.pgm(command, 'away.yaml', '--json', ...more);
  expect(code).toBe(6);
  expect(stderr).toMatch(/reach/);
  const said = JSON.parse(stdout) as { error: { code: string } };
  expect(said.error.code).toBe('PGM101');
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ['plan', command])
    ajv.addSchema(
      JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8')) as object,
    );
  ajv.validate(`${command}.schema.json`, said);
  expect(ajv.errors).toBeNull();
});

it.each(['apply', 'cutover'])('pgm %s --json ends with a summary when a finding blocks', async command => {
  workspace.write(
    'away.yaml',
    'version: 1\nname: x\nsource: {connection: postgres://a@127.0.0.1:1/c}\ntarget: {connection: ' +
      'postgres://a@127.0.0.1:2/d}\n',
  );
  const { code, stdout } = await workspace.pgm(command, 'away.yaml', '--auto-approve', '--json');
  expect(code).not.toBe(0);
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object;
  expect(last).toMatchObject({ type: 'summary', result: 'failed' });
});

const ajv = new Ajv({ strict: false, validateFormats: false });
for (const name of ['plan', 'apply-events', 'error'])
  ajv.addSchema(
    JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8')) as object,
  );

it.each([
  ['plan', 3, 'PGMS'],
  ['plan missing.yaml --format json', 3, 'PGMS'],
  ['plan bad.yaml --destroy', 3, 'PGMS003'],
  ['plan away.yaml --destroy', 6, 'PGM101'],
  ['plan --jsno', 3, 'PGM800'],
  ['show damaged.json', 3, 'PGM813'],
  ['verify missing.yaml', 3, 'PGMS'],
  ['status bad.yaml', 3, 'PGMS003'],
  ['report missing.yaml', 3, 'PGMS'],
  ['cutover missing.yaml --rehearse', 3, 'PGMS'],
])('pgm %s --json ends with an object although it ends early', async (line, exit, explained) => {
  workspace.write('bad.yaml', 'version: 1\nname: x\nsuorce: 1\n');
  workspace.write('damaged.json', '{');
  const { code, stdout, stderr } = await workspace.pgm(...line.split(' '), '--json');
  expect(code, stderr).toBe(exit);
  const said = JSON.parse(stdout) as { error: { code: string; exit_code: number; diagnostics?: unknown[] } };
  ajv.validate('error.schema.json', said);
  expect(ajv.errors).toBeNull();
  expect(said.error.code).toContain(explained.slice(0, 4));
  expect(said.error.exit_code).toBe(exit);
  expect((said.error.diagnostics ?? []).length > 0).toBe(explained.startsWith('PGMS'));
});

it.each([
  ['apply missing.yaml --auto-approve', 3],
  ['apply missing.yaml', 3],
  ['apply damaged.json', 3],
  ['close --auto-aprove', 3],
  ['stop bad.yaml', 3],
  ['destroy bad.yaml --auto-approve', 3],
  ['destroy away.yaml --gone both --auto-approve', 3],
  ['destroy away.yaml --auto-approve', 6],
])('pgm %s --json ends with a summary although it ends early', async (line, exit) => {
  const { code, stdout, stderr } = await workspace.pgm(...line.split(' '), '--json');
  expect(code, stderr).toBe(exit);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map(each => JSON.parse(each) as object);
  for (const event of events) {
    ajv.validate('apply-events.schema.json', event);
    expect(ajv.errors, JSON.stringify(event)).toBeNull();
  }
  expect(events[0]).toMatchObject({ type: 'version' });
  expect(events.at(-2)).toMatchObject({ type: 'diagnostic', severity: 'error' });
  expect(events.at(-1)).toMatchObject({ type: 'summary', result: 'failed' });
});
