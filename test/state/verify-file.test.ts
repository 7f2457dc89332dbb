import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { VerifyFile } from '../../src/state/verify-file.js';

const identity = { name: 'shop', depth: 'full', source: '1', target: '2' };
let folder: string;
let spec: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-verify-'));
  spec = join(folder, 'shop.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('gives an interrupted run what was noted, by database, without a line that was cut off', () => {
  const first = VerifyFile.begin<string>(spec, identity);
  first.note('app', 'orders');
  first.note('crm', 'people');
  appendFileSync(join(folder, 'shop.verify.jsonl'), '{"database":"app","fini');
  const second = VerifyFile.resume<string>(spec, identity);
  expect([second.finishedIn('app'), second.finishedIn('crm')]).toEqual([['orders'], ['people']]);
  second.remove();
  expect(existsSync(join(folder, 'shop.verify.jsonl'))).toBe(false);
});

it('resumes nothing of other servers or another depth, and nothing where there is nothing', () => {
  expect(() => VerifyFile.resume(spec, identity)).toThrow(/no interrupted verify/);
  VerifyFile.begin(spec, identity);
  expect(() => VerifyFile.resume(spec, { ...identity, target: '3' })).toThrow(/other servers or another depth/);
});

it('is done without where the folder cannot be written to', () => {
  const file = VerifyFile.begin<string>(join(folder, 'gone', 'shop.yaml'), identity);
  file.note('app', 'orders');
  file.remove();
  expect(existsSync(join(folder, 'gone'))).toBe(false);
});
