import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleFiles, planFileName, readManifest, weightOf, writeManifest } from '../../src/ci/bundle.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-bundle-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const plan = { spec: 'pgm.yaml', file: '1-pgm-yaml.plan.json', digest: 'ab', destroys: false, switches: false };

describe('the folder of reviewed plans', () => {
  it('is read as it was written, by its user alone', () => {
    const manifest = {
      format_version: 1,
      commit: 'abc',
      plans: [plan, { ...plan, file: null, digest: null }],
    } as const;
    writeManifest(folder, manifest);
    expect(readManifest(folder)).toEqual(manifest);
    expect(statSync(join(folder, 'manifest.json')).mode & 0o777).toBe(0o600);
    expect(bundleFiles(manifest)).toEqual([plan.file]);
  });

  it.each([
    ['a file elsewhere', { ...plan, file: '../../etc/passwd' }],
    ['an absolute file', { ...plan, file: '/tmp/x.plan.json' }],
    ['a file of another kind', { ...plan, file: 'notes.txt' }],
    ['a spec outside of the repository', { ...plan, spec: '../other/pgm.yaml' }],
    ['an absolute spec', { ...plan, spec: '/etc/pgm.yaml' }],
    ['no spec', { ...plan, spec: null }],
  ])('is refused with %s', (_, entry) => {
    const manifest = { format_version: 1, commit: 'abc', plans: [entry] };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    expect(() => readManifest(folder)).toThrow(/no list of plans/);
  });

  it.each([
    ['another version', { format_version: 2, commit: 'abc', plans: [] }],
    ['no commit', { format_version: 1, plans: [] }],
  ])('is refused with %s', (_, manifest) => {
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    expect(() => readManifest(folder)).toThrow(/no list of plans/);
  });

  it('says what to do when it is not there', () => {
    expect(() => readManifest(join(folder, 'nothing'))).toThrow(/there are no plans in/);
  });

  it('takes what is not said for the graver', () => {
    writeFileSync(
      join(folder, 'manifest.json'),
      JSON.stringify({ format_version: 1, commit: 'abc', plans: [{ spec: 'pgm.yaml', file: null, digest: null }] }),
    );
    expect(weightOf(readManifest(folder))).toEqual({ destroys: 'true', switches: 'true' });
    expect(weightOf({ plans: [plan] })).toEqual({ destroys: 'false', switches: 'false' });
    expect(weightOf({ plans: [plan, { ...plan, switches: true }] })).toEqual({ destroys: 'false', switches: 'true' });
  });

  it('has a file of its own for each spec', () => {
    const names = ['a/b.yaml', 'a-b.yaml', 'x/'.repeat(200)].map(planFileName);
    expect(names.slice(0, 2)).toEqual(['1-a-b-yaml.plan.json', '2-a-b-yaml.plan.json']);
    expect(Math.max(...names.map(name => name.length))).toBeLessThan(120);
  });
});
