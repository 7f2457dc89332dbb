import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeOwnFile } from '../../src/own-file.js';
import { replaceFile } from '../../src/state/durable-file.js';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'pgm-own-file-'));
  folders.push(made);
  return made;
};
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true });
});

describe('a file that pgm writes', () => {
  it('replaces a link that lies there, and leaves alone what it points to', () => {
    const at = folder();
    writeFileSync(join(at, 'precious'), 'kept');
    symlinkSync('precious', join(at, 'plan.json'));
    writeOwnFile(join(at, 'plan.json'), 'plan', 0o600);
    expect(readFileSync(join(at, 'precious'), 'utf8')).toBe('kept');
    expect(lstatSync(join(at, 'plan.json')).isSymbolicLink()).toBe(false);
    expect(statSync(join(at, 'plan.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(at).toSorted()).toEqual(['plan.json', 'precious']);
  });

  it('goes through no name that can be foreseen', async () => {
    const at = folder();
    for (const name of ['pgm.lock.json.tmp', 'plan.json.tmp']) symlinkSync('precious', join(at, name));
    await replaceFile(join(at, 'pgm.lock.json'), 'state');
    writeOwnFile(join(at, 'plan.json'), 'plan', 0o600);
    expect(existsSync(join(at, 'precious'))).toBe(false);
    expect(readFileSync(join(at, 'pgm.lock.json'), 'utf8')).toBe('state');
  });

  it('comes with what killed runs have left being cleared away, and nothing else', async () => {
    const at = folder();
    const left = 'plan.json.0123456789abcdef.tmp';
    const others = ['plan.json.mine.tmp', 'other.json.0123456789abcdef.tmp', 'plan.json.fedcba9876543210.tmp'];
    for (const name of [left, ...others]) writeFileSync(join(at, name), '');
    utimesSync(join(at, left), 1, 1);
    writeOwnFile(join(at, 'plan.json'), 'plan', 0o600);
    expect(readdirSync(at).toSorted()).toEqual(['plan.json', ...others].toSorted());
    await replaceFile(join(at, 'plan.json'), 'under the lock of its run');
    expect(readdirSync(at).toSorted()).toEqual(['plan.json', ...others.slice(0, 2)].toSorted());
  });
});
