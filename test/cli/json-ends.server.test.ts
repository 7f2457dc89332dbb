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
