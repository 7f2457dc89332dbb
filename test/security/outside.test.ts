import { describe, expect, it } from 'vitest';
import { aSetting } from '../state/a-lockfile.js';
import { isBlockRecord } from '../../src/state/block-record.js';
import { parseRememberedSwitch } from '../../src/state/remembered-switch.js';
import { parseSettingKey, settingKey, settingsFromTarget } from '../../src/state/settable.js';

const lineage = '11111111-1111-4111-8111-111111111111';

describe('what a target says of settings', () => {
  const size = { before: '1GB', after: '8GB', until: 'loaded' } as const;
  const kept = { 'target/max_wal_size': aSetting('target', 'max_wal_size', size) };
  const off = { 'target/autovacuum': aSetting('target', 'autovacuum', { before: null, after: 'off' }) };

  it.each([
    ['a setting of the target that pgm sets', kept, kept],
    ['as earlier versions noted it', { 'target/max_wal_size': size }, kept],
    ['its default', { 'target/autovacuum': { before: null, after: 'off' } }, off],
    ['more fields than pgm writes', { 'target/autovacuum': { before: null, after: 'off', also: 1 } }, off],
  ])('is taken: %s', (_, records, expected) => {
    expect(settingsFromTarget(records)).toEqual(expected);
  });

  it.each([
    ['any of the source', 'source/wal_level', { before: 'minimal', after: 'logical' }],
    ['a command on the source', 'source/archive_command', { before: 'touch /tmp/x', after: '' }],
    ['a command on the target', 'target/archive_command', { before: 'touch /tmp/x', after: '' }],
    ['a library', 'target/shared_preload_libraries', { before: 'x', after: '' }],
    ['a side that there is not', 'other/max_wal_size', { before: '1GB', after: '8GB' }],
    ['a path', 'target/../source/max_wal_size', { before: '1GB', after: '8GB' }],
    ['pg_hba.conf', 'source/pg_hba.conf', { before: null, after: 'host all all all trust' }],
    ['a value with a quote', 'target/max_wal_size', { before: "1GB'; drop", after: '8GB' }],
    ['a value with a line break', 'target/max_wal_size', { before: '1GB\nx', after: '8GB' }],
    ['a value of another type', 'target/max_wal_size', { before: 1, after: '8GB' }],
    ['no value', 'target/max_wal_size', { before: '1GB' }],
    ['a word for a time', 'target/max_wal_size', { before: '1GB', after: '8GB', until: 'ever' }],
    ['no object', 'target/max_wal_size', 'off'],
    ['nothing', 'target/max_wal_size', null],
  ])('is not taken: %s', (_, key, record) => {
    expect(settingsFromTarget({ [key]: record })).toEqual({});
  });
});

const identityKey = (server: 'source' | 'target', database: string, schema: string, table: string): string =>
  settingKey({ kind: 'replica-identity', server, database, schema, table });

describe('a key of the lockfile', () => {
  it.each([
    ['source/wal_level', 'server-setting'],
    ['target/max_wal_size', 'server-setting'],
    ['source/pg_hba.conf', 'hba'],
    [identityKey('source', 'a"b', 'c/d', 'e'), 'replica-identity'],
    [identityKey('target', 'a', 'b', 'c\nd'), 'replica-identity'],
  ])('%s is known', (key, kind) => {
    expect(parseSettingKey(key)?.kind).toBe(kind);
  });

  it.each([
    'other/wal_level',
    'target/pg_hba.conf',
    'source/replica-identity/["a","b"]',
    'source/replica-identity/["a","b",1]',
    'source/replica-identity/a',
    'wal_level',
    '',
  ])('%j is not', key => {
    expect(parseSettingKey(key)).toBeNull();
  });
});

describe('what a target says of the last switch', () => {
  const cutover = {
    state: 'finished',
    event: 'cutover',
    write_stop_ms: 12,
    parts: { lock: 3 },
    finished_at: '2026-01-02T03:04:05.678Z',
    block: [{ database: 'shop', readOnly: null, connect: ['', 'app'] }],
  };
  const remembered = { lineage, reached: 'cutover', goal_by_flag: null, settings: {}, cutover };

  it('is taken as earlier versions wrote it', () => {
    const { state: _, event: __, ...early } = cutover;
    expect(parseRememberedSwitch({ ...remembered, cutover: early })).toEqual(remembered);
  });

  it('is taken as pgm writes it', () => {
    expect(parseRememberedSwitch(remembered)).toEqual(remembered);
  });

  it('is taken without what it says of the source', () => {
    const settings = {
      'source/archive_command': { before: 'x', after: '' },
      'target/autovacuum': { before: null, after: 'off' },
    };
    expect(parseRememberedSwitch({ ...remembered, settings })?.settings).toEqual({
      'target/autovacuum': aSetting('target', 'autovacuum', { before: null, after: 'off' }),
    });
  });

  it.each([
    ['nothing', null],
    ['a text', 'cutover'],
    ['a lineage that is none', { ...remembered, lineage: 'x' }],
    ['a goal that is no switch', { ...remembered, reached: 'ready' }],
    [
      'an end in the far future, which would be the last for ever',
      { ...remembered, cutover: { ...cutover, finished_at: '9999-01-01T00:00:00Z' } },
    ],
    ['an end that is no time', { ...remembered, cutover: { ...cutover, finished_at: 'zzz' } }],
    ['a way that does not fit', { ...remembered, reached: 'synced' }],
    ['figures that are none', { ...remembered, cutover: { ...cutover, parts: { lock: 'x' } } }],
    ['a block that is none', { ...remembered, cutover: { ...cutover, block: [{ database: 'shop' }] } }],
    ['settings that are none', { ...remembered, settings: [] }],
  ])('is not taken: %s', (_, value) => {
    expect(parseRememberedSwitch(value)).toBeNull();
  });
});

describe('a record of a block', () => {
  const record = { database: 'shop', readOnly: null, connect: ['', 'app'] };

  it.each([
    [record],
    [{ ...record, readOnly: 'off' }],
    [{ ...record, granted: 'pgm' }],
    [{ ...record, grants: [{ grantee: '', grantor: 'owner', grantable: false }] }],
  ])('is taken: %j', value => {
    expect(isBlockRecord(value)).toBe(true);
  });

  it.each([
    [{ ...record, database: '' }],
    [{ ...record, readOnly: "on'; drop database shop" }],
    [{ ...record, connect: 'app' }],
    [{ ...record, connect: [1] }],
    [{ ...record, connect: ['a\0b'] }],
    [{ ...record, grants: [{ grantee: 'a', grantor: '', grantable: true }] }],
    [{ ...record, grants: [{ grantee: 'a', grantor: 'b', grantable: 'yes' }] }],
    [null],
  ])('is not taken: %j', value => {
    expect(isBlockRecord(value)).toBe(false);
  });
});
