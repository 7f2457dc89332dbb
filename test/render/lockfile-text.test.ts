import { expect, it } from 'vitest';
import { renderLockfile } from '../../src/render/lockfile-text.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { aSetting } from '../state/a-lockfile.js';

const step = {
  database: 'app',
  started_at: '2026-08-13T10:00:00.000Z',
  finished_at: '2026-08-13T10:00:12.000Z',
  record: null,
  error: null,
} as const;

const lockfile: Lockfile = {
  format_version: 2,
  pgm_version: '0.1.0',
  name: 'shop',
  lineage: '80006f10-0665-49b3-b9c8-b67c347dc36f',
  serial: 32,
  source: { system_identifier: '1', version: '15.18' },
  target: null,
  spec_sha256: 'a'.repeat(64),
  method: 'continuous',
  reached: 'synced',
  goal_by_flag: 'synced',
  stopped: true,
  steps: {
    'app/copy/1': { ...step, kind: 'copy', status: 'done' },
    'app/indexes': { ...step, kind: 'indexes', status: 'failed', error: 'could not extend file' },
    'app/sync': { ...step, kind: 'sync', status: 'started', finished_at: null },
  },
  settings: { 'source/wal_level': aSetting('source', 'wal_level', { before: null, after: 'logical' }) },
  cutover: null,
  updated_at: '2026-08-13T10:00:12.000Z',
};

it('shows how far it is, settings as they were, and steps that did not end first', () => {
  expect(renderLockfile(lockfile)).toMatchInlineSnapshot(`
    "shop
      Reached  synced, stopped (pgm apply resumes)
      Method   continuous
      Source   PostgreSQL 15.18, system identifier 1
      Target   not seen yet
      Written  2026-08-13 10:00:12 UTC, serial 32, pgm 0.1.0
      Lineage  80006f10-0665-49b3-b9c8-b67c347dc36f
      By flag  apply --goal synced went further than the spec

    Settings that pgm changed
      source/wal_level  logical  before: not set

    Steps: 1 step done, 2 not
      ✗ app/indexes: could not extend file
      > app/sync: begun 2026-08-13 10:00:00 UTC, not finished
      ✓ app/copy/1 (12 s)
    "
  `);
});
