import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileBackend, lockfilePath } from '../../src/state/file-backend.js';
import { newHolder } from '../../src/state/holder.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { takeRunFile } from '../../src/state/run-file.js';
import { aLockfile } from './a-lockfile.js';

let folder: string;
let path: string;
let backend: FileBackend;
const token = 'aaaaaaaaaaaa';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-state-'));
  path = join(folder, 'pgm.lock.json');
  backend = new FileBackend(path, 'shop');
});

afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true, force: true });
});

/** Writes serials 1 to n. */
async function writeUpTo(n: number): Promise<Lockfile> {
  let last = aLockfile();
  for (let serial = 1; serial <= n; serial++) {
    last = aLockfile({ serial });
    await backend.write(last, { serial: serial === 1 ? null : serial - 1, token });
  }
  return last;
}

test.each([
  ['/a/pgm.yaml', '/a/pgm.lock.json'],
  ['/a/shop.yml', '/a/shop.lock.json'],
  ['/a/shop.prod.YAML', '/a/shop.prod.lock.json'],
  ['/a/spec', '/a/spec.lock.json'],
])('the state of %s is in %s', (spec, lockfile) => {
  expect(lockfilePath(spec)).toBe(lockfile);
});

describe('writing', () => {
  test('what was written is read; the one before is the backup; nothing else is left', async () => {
    expect(await backend.read()).toBeNull();
    const last = await writeUpTo(3);
    expect(await backend.read()).toEqual(last);
    expect(JSON.parse(readFileSync(`${path}.backup`, 'utf8'))).toMatchObject({ serial: 2 });
    expect(readdirSync(folder).sort()).toEqual(['pgm.lock.json', 'pgm.lock.json.backup']);
    expect(await backend.warnings()).toEqual([]);
  });

  test('one change is a small diff: sorted keys, two spaces, a newline at the end', async () => {
    await writeUpTo(1);
    const before = readFileSync(path, 'utf8');
    await backend.write(aLockfile({ serial: 2, reached: 'prepared' }), { serial: 1, token });
    const after = readFileSync(path, 'utf8');
    expect(after.endsWith('}\n')).toBe(true);
    const changed = after.split('\n').filter(line => !before.split('\n').includes(line));
    expect(changed).toEqual(['  "reached": "prepared",', '  "serial": 2,']);
    const keys = [...after.matchAll(/^ {2}"(\w+)"/gm)].map(([, key]) => key);
    expect(keys).toEqual([...keys].sort());
  });

  test('a symbolic link stays one, and the mode is kept', async () => {
    const real = join(folder, 'elsewhere.json');
    await writeUpTo(1);
    copyFileSync(path, real);
    chmodSync(real, 0o600);
    rmSync(path);
    symlinkSync(real, path);
    await backend.write(aLockfile({ serial: 2 }), { serial: 1, token });
    expect(JSON.parse(readFileSync(real, 'utf8'))).toMatchObject({ serial: 2 });
    expect(statSync(real).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['somebody wrote in between', 4, 3, /serial 4, expected 3/],
    ['somebody made one in between', 1, null, /serial 1, expected none/],
  ])('%s: refused, nothing changed', async (_, stored, expected, message) => {
    await writeUpTo(stored);
    const before = readFileSync(path, 'utf8');
    await expect(backend.write(aLockfile({ serial: 9 }), { serial: expected, token })).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringMatching(message) as string,
    });
    await expect(backend.remove({ serial: expected, token })).rejects.toMatchObject({ kind: 'locked' });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  test('deleted in between: refused, and none is made', async () => {
    await writeUpTo(2);
    rmSync(path);
    await expect(backend.write(aLockfile({ serial: 3 }), { serial: 2, token })).rejects.toThrow(
      /none \(no file\), expected 2/,
    );
    expect(existsSync(path)).toBe(false);
  });

  test('another lineage is not overwritten', async () => {
    await writeUpTo(1);
    const foreign = aLockfile({ serial: 2, lineage: '6f1c2a5e-0000-4000-8000-00000000ffff' });
    await expect(backend.write(foreign, { serial: 1, token })).rejects.toMatchObject({ code: 'state-foreign' });
    expect(await backend.read()).toMatchObject({ serial: 1 });
  });

  test('another run has the file locked: refused', async () => {
    await writeUpTo(1);
    const other = newHolder('apply');
    expect(await takeRunFile(`${path}.run`, other)).toBe(true);
    await expect(backend.write(aLockfile({ serial: 2 }), { serial: 1, token })).rejects.toMatchObject({
      kind: 'locked',
      code: 'lock-lost',
    });
    await backend.write(aLockfile({ serial: 2 }), { serial: 1, token: other.id });
  });

  test('removed with its backup', async () => {
    await writeUpTo(2);
    await backend.remove({ serial: 2, token });
    expect(readdirSync(folder)).toEqual([]);
    await backend.remove({ serial: null, token });
  });
});

describe('damage', () => {
  test('truncated at every byte of the last write: told with the way back, and the way back works', async () => {
    const last = await writeUpTo(2);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length - 1; length++) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(backend.read(), `${length} bytes`).rejects.toMatchObject({
        code: 'state-damaged',
        message: expect.stringContaining('pgm.lock.json is damaged') as string,
        hint: expect.stringContaining(`cp ${path}.backup ${path}; serial 1`) as string,
      });
      await expect(backend.write(aLockfile({ serial: 3 }), { serial: 2, token })).rejects.toMatchObject({
        code: 'state-damaged',
      });
      expect(readFileSync(path)).toHaveLength(length);
    }
    // Without its last newline it is still whole.
    truncateSync(path, whole.length);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    expect(await backend.read()).toEqual(last);

    writeFileSync(path, '{');
    copyFileSync(`${path}.backup`, path);
    expect(await backend.read()).toMatchObject({ serial: 1 });
  });

  test('a leftover of a write that was killed is neither read nor in the way', async () => {
    await writeUpTo(1);
    writeFileSync(`${path}.0123456789abcdef.tmp`, '{"half');
    writeFileSync(`${path}.backup.0123456789abcdef.tmp`, '{"half');
    expect(await backend.read()).toMatchObject({ serial: 1 });
    await backend.write(aLockfile({ serial: 2 }), { serial: 1, token });
    expect(readdirSync(folder).sort()).toEqual(['pgm.lock.json', 'pgm.lock.json.backup']);
  });

  test.each<[string, object, string, RegExp]>([
    [
      'newer format',
      { format_version: 3, pgm_version: '9.0.0' },
      'state-newer-format',
      /format 3, this pgm reads up to 2/,
    ],
    ['another migration', { name: 'bar' }, 'state-foreign', /belongs to migration "bar"/],
    ['a field of the wrong type', { serial: '7', steps: [] }, 'state-damaged', /serial must be integer/],
    ['a field missing', { lineage: undefined }, 'state-damaged', /lineage is missing/],
    ['an unknown goal', { reached: 'done' }, 'state-damaged', /reached/],
  ])('%s is refused', async (_, change, code, message) => {
    writeFileSync(path, JSON.stringify({ ...aLockfile({ serial: 1 }), ...change }));
    await expect(backend.read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    await expect(backend.write(aLockfile({ serial: 2 }), { serial: 1, token })).rejects.toMatchObject({ code });
  });

  test('an older one put back is read, with a warning', async () => {
    await writeUpTo(1);
    const old = readFileSync(path);
    for (const serial of [2, 3, 4]) await backend.write(aLockfile({ serial }), { serial: serial - 1, token });
    writeFileSync(path, old);
    expect(await backend.read()).toMatchObject({ serial: 1 });
    expect(await backend.warnings()).toEqual([
      expect.stringMatching(/serial 1\) is older than pgm.lock.json.backup \(serial 3\)/),
    ]);
  });

  test('a deleted one leaves a warning while its backup is there', async () => {
    await writeUpTo(2);
    rmSync(path);
    expect(await backend.read()).toBeNull();
    expect(await backend.warnings()).toEqual([
      expect.stringContaining('pgm.lock.json.backup (serial 1) is still there'),
    ]);
  });
});

describe('places that cannot be written', () => {
  test('no such folder', async () => {
    const nowhere = new FileBackend(join(folder, 'missing', 'pgm.lock.json'), 'shop');
    await expect(nowhere.write(aLockfile({ serial: 1 }), { serial: null, token })).rejects.toMatchObject({
      code: 'state-unwritable',
      message: expect.stringContaining('does not exist') as string,
    });
  });

  const mounts = process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

  /** Writes serial 2 from a process whose folder was remounted by the given commands. */
  function writeIn(prepare: string): { stdout: string; stderr: string } {
    const script = join(import.meta.dirname, 'write-process.mjs');
    const command =
      'mount -t tmpfs -o size=64k none "$1" && cp "$2" "$1/pgm.lock.json" ' +
      `&& ${prepare} && exec "$3" "$4" "$1/pgm.lock.json"; umount "$1"`;
    return spawnSync(
      'unshare',
      ['-m', 'sh', '-c', command, 'sh', folder, join(folder, '..', `${token}.json`), process.execPath, script],
      { encoding: 'utf8' },
    );
  }

  test.skipIf(!mounts).each([
    ['read-only file system', 'mount -o remount,ro "$1"', /read-only/],
    ['full disk', '{ dd if=/dev/zero of="$1/fill" bs=1k 2>/dev/null; true; }', /no space is left/],
  ])('%s: said so, and what was stored is whole', (_, prepare, message) => {
    const copy = join(folder, '..', `${token}.json`);
    writeFileSync(copy, `${JSON.stringify(aLockfile({ serial: 1 }))}\n`);
    try {
      const { stdout, stderr } = writeIn(prepare);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({
        code: 'state-unwritable',
        message: expect.stringMatching(message) as string,
        serial: 1,
      });
    } finally {
      rmSync(copy);
    }
  });
});
