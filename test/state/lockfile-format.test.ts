import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { shutRecords, unfinishedSwitch } from '../../src/plan/half-switch.js';
import { formatLockfile, parseLockfile } from '../../src/state/lockfile-text.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { recordOf, stepsOfDatabase } from '../../src/state/step-records.js';
import { aLockfile } from './a-lockfile.js';

/** As a pgm that wrote format 1 left them: two databases, one with slashes in its name, a table without a key. */
function kept(name: 'synced' | 'cutover'): string {
  return readFileSync(join(import.meta.dirname, 'format-1', `${name}.lock.json`), 'utf8');
}

type Content = Record<string, unknown>;
type Parts = Record<string, Content>;
const contentOf = (name: 'synced' | 'cutover'): Content => JSON.parse(kept(name)) as Content;
const read = (content: unknown, name = 'test'): Lockfile =>
  parseLockfile(JSON.stringify(content), { place: 'pgm.lock.json', name, remedy: 'Put it back.' });

function refusal(content: unknown): UserError {
  try {
    read(content, 'shop');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('a lockfile of format 1', () => {
  it.each(['synced', 'cutover'] as const)('that a real migration left (%s) is read, and written as format 2', name => {
    const before = contentOf(name);
    const lockfile = read(before);
    expect(lockfile.format_version).toBe(2);
    for (const field of ['name', 'lineage', 'serial', 'reached', 'method', 'source', 'target', 'history', 'marks'])
      expect(lockfile[field as keyof Lockfile], field).toEqual(before[field]);
    expect(Object.keys(lockfile.steps)).toEqual(Object.keys(before['steps'] as object));
    expect(read(JSON.parse(formatLockfile(lockfile)))).toEqual(lockfile);
  });

  it('has the database of each step, whatever its name', () => {
    const lockfile = read(contentOf('cutover'));
    const found = Object.entries(lockfile.steps).map(([id, { database }]) => [id, database]);
    for (const [id, database] of found)
      expect(id?.startsWith(`${database ?? (id.startsWith('source/') ? 'source' : 'target')}/`), id ?? '').toBe(true);
    expect(new Set(found.map(([, database]) => database))).toEqual(new Set(['a/copy/b', 'shop', null]));
    expect(stepsOfDatabase(lockfile, 'copy', 'a/copy/b')).toHaveLength(1);
    expect(recordOf(lockfile, 'sync', { server: 'target', database: 'a/copy/b' })).toEqual({
      apply_errors: { pgm_test_16420_1: 0 },
    });
    expect(recordOf(lockfile, 'restart', { server: 'source' })).toEqual({
      state: 'ended',
      command: 'sudo service postgresql restart',
    });
  });

  it('has settings with what they are of', () => {
    expect(read(contentOf('synced')).settings).toEqual({
      'source/wal_level': {
        kind: 'server-setting',
        server: 'source',
        name: 'wal_level',
        before: null,
        after: 'logical',
      },
      ...Object.fromEntries(
        ['source', 'target'].map(server => [
          `${server}/replica-identity/["shop","public","note"]`,
          {
            kind: 'replica-identity',
            server,
            database: 'shop',
            schema: 'public',
            table: 'note',
            before: { kind: 'default' },
          },
        ]),
      ),
    });
    const others = {
      'source/pg_hba.conf': { before: null, after: 'host a b c d\nhost e f g h' },
      'target/replica-identity/["a","b","c"]': { before: 'index odd name', after: 'full' },
      'target/max_wal_size': { before: '1GB', after: '8GB', until: 'loaded' },
      'no side of a setting': { before: null, after: 'x' },
    };
    expect(read({ ...contentOf('synced'), settings: others }).settings).toEqual({
      'source/pg_hba.conf': { kind: 'hba', server: 'source', lines: ['host a b c d', 'host e f g h'] },
      'target/replica-identity/["a","b","c"]': {
        kind: 'replica-identity',
        server: 'target',
        database: 'a',
        schema: 'b',
        table: 'c',
        before: { kind: 'index', name: 'odd name' },
      },
      'target/max_wal_size': {
        kind: 'server-setting',
        server: 'target',
        name: 'max_wal_size',
        before: '1GB',
        after: '8GB',
        until: 'loaded',
      },
    });
  });

  it('knows a switch that is finished, and what it shut', () => {
    const lockfile = read(contentOf('cutover'));
    expect(lockfile.cutover).toMatchObject({ state: 'finished', event: 'cutover', write_stop_ms: 92.3 });
    expect(unfinishedSwitch(lockfile)).toBeNull();
    expect(shutRecords(lockfile, 'source')?.map(({ database }) => database)).toEqual(['a/copy/b', 'shop']);
    const { event: _, ...early } = contentOf('cutover')['cutover'] as Content;
    expect(read({ ...contentOf('cutover'), cutover: early }).cutover).toMatchObject({ event: 'cutover' });
  });

  it('knows a switch that is under way, and what it replaced', () => {
    const finished = contentOf('cutover')['cutover'] as Content;
    const under = { ...finished, event: 'failback', phase: 'stopping', hooks: true, freeze: 'locks', finished_at: '' };
    const switches = (cutover: unknown): Lockfile['cutover'] => read({ ...contentOf('cutover'), cutover }).cutover;
    expect(switches({ ...under, before: finished })).toMatchObject({
      state: 'stopping',
      event: 'failback',
      hooks: true,
      freeze: 'locks',
      before: { state: 'finished', event: 'cutover' },
    });
    // Begun anew while it was under way: what it replaced is the last one that was finished.
    expect(switches({ ...under, before: { ...under, before: finished } })).toMatchObject({
      before: { state: 'finished' },
    });
    expect(switches({ ...finished, finished_at: '', phase: 'switched' })).toMatchObject({
      state: 'switched',
      hooks: false,
      before: null,
    });
  });

  it('may have less in its records than the last pgm that wrote it', () => {
    const content = contentOf('synced');
    const steps = content['steps'] as Parts;
    const odd = {
      'shop/copy/1': { ...steps['shop/copy/1'], record: { tables: 3, rows: 4, bytes: 5 } },
      'shop/schema': { ...steps['shop/schema'], record: { entries: 3 } },
      'shop/indexes': { ...steps['shop/indexes'], record: { indexes: 3 } },
      'shop/analyze': { ...steps['shop/analyze'], status: 'undone' },
      'source/restart': {
        ...steps['source/restart'],
        status: 'started',
        record: { command: 'x', began: 'y', place: { host: 'h', folder: '/f' } },
      },
    };
    const lockfile = read({ ...content, steps: odd });
    expect(Object.fromEntries(Object.entries(lockfile.steps).map(([id, { record }]) => [id, record]))).toEqual({
      'shop/copy/1': { tables: 3, rows: 4, bytes: 5, whole: null },
      'shop/schema': null,
      'shop/indexes': null,
      'source/restart': { state: 'begun', command: 'x', began: 'y', place: { host: 'h', folder: '/f' } },
    });
  });
});

describe('a lockfile that is not one', () => {
  const whole = JSON.parse(formatLockfile(aLockfile())) as Content;
  const step = (whole['steps'] as Parts)['shop/slot/s'] ?? {};
  const finished = { state: 'finished', event: 'cutover', write_stop_ms: 1, parts: {}, finished_at: '', block: [] };
  const block = { database: 'shop', readOnly: null, connect: [] };

  it.each<[what: string, content: unknown, told: string]>([
    ['no object', [], 'it is not a JSON object'],
    ['no format', { ...whole, format_version: undefined }, 'format_version is missing'],
    ['a format that never was', { ...whole, format_version: 0 }, 'format_version must be 2'],
    ['no lineage', { ...whole, lineage: undefined }, 'lineage is missing'],
    ['a serial below 0', { ...whole, serial: -1 }, 'serial must be >= 0'],
    ['a goal that there is not', { ...whole, reached: 'done' }, 'reached must be one of "prepared"'],
    ['a method that there is not', { ...whole, method: 'magic' }, 'method must be one of "continuous", "dump", null'],
    ['a server without its version', { ...whole, source: { system_identifier: '1' } }, 'source.version is missing'],
    [
      'a step of an unknown status',
      { ...whole, steps: { 'shop/slot/s': { ...step, status: 'half' } } },
      'steps."shop/slot/s".status must be one of "started", "done", "failed"',
    ],
    [
      'a step of an unknown kind',
      { ...whole, steps: { x: { ...step, kind: 'magic' } } },
      'steps.x.kind is "magic", which this pgm does not know',
    ],
    [
      'a record of another kind',
      { ...whole, steps: { x: { ...step, record: { roles: 1 } } } },
      'steps.x.record.slot is missing',
    ],
    [
      'a setting of no kind',
      { ...whole, settings: { 'source/wal_level': { before: null, after: 'logical' } } },
      'settings."source/wal_level".kind is missing',
    ],
    [
      'a name in a block that PostgreSQL cannot hold',
      { ...whole, cutover: { ...finished, block: [{ ...block, connect: ['a\0b'] }] } },
      'cutover.block.0.connect.0 must match',
    ],
    [
      'a statement for a switch of the server',
      { ...whole, cutover: { ...finished, block: [{ ...block, readOnly: 'on; drop database shop' }] } },
      'cutover.block.0.readOnly must match',
    ],
    [
      'a switch of which the state is not said',
      { ...whole, cutover: { ...finished, state: undefined } },
      'cutover.state is missing',
    ],
    [
      'a position that is none',
      {
        ...whole,
        marks: { l: { applied: 'x', publisher: {}, subscriber: {} } },
      },
      'marks.l.applied must match',
    ],
    ['a side that there is not', { ...whole, shut: { side: 'left', block: [] } }, 'shut.side must be one of'],
  ])('%s: the field is named', (_, content, told) => {
    const error = refusal(content);
    expect(error.code).toBe('state-damaged');
    expect(error.message).toContain(`pgm.lock.json is damaged: ${told}`);
    expect(error.hint).toBe('Put it back.');
  });

  it('is told for what it is when a newer pgm wrote it', () => {
    const error = refusal({ format_version: 3, pgm_version: '9.0.0', anything: true });
    expect(error.code).toBe('state-newer-format');
    expect(error.message).toBe('pgm.lock.json has format 3, this pgm reads up to 2.');
    expect(error.hint).toContain('9.0.0');
  });

  it('is told for what it is when it is of another migration', () => {
    expect(refusal({ ...whole, name: 'other' }).code).toBe('state-foreign');
  });
});
