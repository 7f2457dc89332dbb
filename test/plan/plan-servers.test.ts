import { aSetting } from '../state/a-lockfile.js';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { setting } from '../checks/some-facts.js';
import { buildRole, buildSpec, buildWorld, streamingWorld, type World, type WorldWish } from './build-facts.js';
import { plan, kinds, inputOf, waitsFor, change, synced, afterCutover } from './planning.js';

describe('settings of the servers', () => {
  const asked = (server: 'source' | 'target', name: string, value: string, restart = false): Finding =>
    change({ kind: 'server-setting', server, name, value, restart }, `PGM2${value.length}`);

  it('are set once, to the highest that is asked for, then loaded; the source is restarted once', () => {
    const findings = [
      asked('target', 'max_worker_processes', '16'),
      asked('source', 'max_replication_slots', '10', true),
      asked('source', 'max_replication_slots', '30', true),
      asked('source', 'max_replication_slots', '20', true),
      asked('source', 'wal_sender_timeout', '1'),
    ];
    const built = plan(buildWorld(), { goal: 'prepared', findings });
    expect(built.steps.map(({ id, description }) => `${id} ${description.statements[0] ?? ''}`)).toEqual([
      `source/server-setting/max_replication_slots alter system set "max_replication_slots" = '30';`,
      `source/server-setting/wal_sender_timeout alter system set "wal_sender_timeout" = '1';`,
      'source/reload select pg_reload_conf();',
      expect.stringContaining('source/restart'),
      `target/server-setting/max_worker_processes alter system set "max_worker_processes" = '16';`,
      'target/reload select pg_reload_conf();',
    ]);
    expect(waitsFor(built, 'source/reload')).toEqual([
      'source/server-setting/max_replication_slots',
      'source/server-setting/wal_sender_timeout',
    ]);
    expect(waitsFor(built, 'source/restart')).toEqual([
      'source/server-setting/max_replication_slots',
      'source/server-setting/wal_sender_timeout',
      'source/reload',
    ]);
    expect(inputOf(built, 'restart')).toMatchObject({
      command: null,
      settings: [{ name: 'max_replication_slots', value: '30' }],
    });
    expect(inputOf(built, 'server-setting')).toMatchObject({ before: '20', reason: 'PGM22' });
  });

  it('of the target are not followed by a restart, which pgm cannot make there', () => {
    expect(kinds(plan(buildWorld(), { goal: 'prepared', findings: [asked('target', 'x', '1', true)] }))).toEqual([
      'server-setting',
    ]);
  });

  it('are loaded without a restart where none needs one, and restart by the spec’s command', () => {
    expect(kinds(plan(buildWorld(), { goal: 'prepared', findings: [asked('source', 'x', '1')] }))).toEqual([
      'server-setting',
      'reload',
    ]);
    const spec = buildSpec().source;
    const restarting = { ...buildSpec(), source: { ...spec, restart: { command: ['restart', 'it'] } } };
    const built = plan(buildWorld(), {
      goal: 'prepared',
      spec: restarting,
      findings: [asked('source', 'x', '1', true)],
    });
    expect(kinds(built)).toEqual(['server-setting', 'restart']);
    expect(inputOf(built, 'restart')).toMatchObject({ command: ['restart', 'it'] });
  });

  it('let the target in on the source, each line once', () => {
    const rule = (...lines: string[]): Finding => change({ kind: 'hba-rule', lines });
    const built = plan(buildWorld(), {
      goal: 'prepared',
      findings: [rule('one', 'two'), rule('two'), asked('source', 'x', '1')],
    });
    expect(kinds(built)).toEqual(['server-setting', 'hba-rule', 'reload']);
    expect(inputOf(built, 'hba-rule')).toEqual({ lines: ['one', 'two'] });
    expect(waitsFor(built, 'source/hba-rule')).toEqual(['source/server-setting/x']);
    expect(waitsFor(built, 'source/reload')).toEqual(['source/server-setting/x', 'source/hba-rule']);
  });

  it('are not changed for a finding that is only told', () => {
    const told = { ...asked('source', 'x', '1'), status: 'manual' } as const;
    expect(kinds(plan(buildWorld(), { goal: 'prepared', findings: [told] }))).toEqual([]);
  });

  it('are left alone after a cutover', () => {
    expect(
      kinds(plan(afterCutover(), { reached: 'cutover', goal: 'cutover', findings: [asked('source', 'x', '1')] })),
    ).toEqual([]);
  });
});

describe('settings for the time of the load', () => {
  const load = (name: string): Finding => change({ kind: 'load-setting', name, value: '100' });
  const built = plan(
    buildWorld({
      target: {
        settings: new Map([['max_wal_size', setting('1024', 'sighup', { unit: 'MB' })]]),
        altered: new Map([['max_wal_size', '1GB']]),
      },
    }),
    { findings: [load('max_wal_size'), load('autovacuum')] },
  );

  it('come before all databases and go when what gains by them is done', () => {
    expect(built.steps.slice(0, 4).map(({ id }) => id)).toEqual([
      'target/server-setting/max_wal_size',
      'target/server-setting/autovacuum',
      'target/reload/load',
      'app/database',
    ]);
    expect(waitsFor(built, 'app/database')).toEqual([
      'target/server-setting/max_wal_size',
      'target/server-setting/autovacuum',
      'target/reload/load',
    ]);
    expect(waitsFor(built, 'target/reload/load')).toEqual([
      'target/server-setting/max_wal_size',
      'target/server-setting/autovacuum',
    ]);
    expect(built.steps.at(-1)?.id).toBe('target/restore-settings');
    expect(waitsFor(built, 'target/restore-settings')).toEqual([
      'target/reload/load',
      'app/copy/1',
      'app/indexes',
      'app/constraints',
      'app/analyze',
    ]);
  });

  it('are put back to what the file said, sorted by name', () => {
    expect(inputOf(built, 'restore-settings')).toEqual({
      settings: [
        { name: 'autovacuum', before: null },
        { name: 'max_wal_size', before: '1GB' },
      ],
    });
    expect(inputOf(built, 'server-setting')).toMatchObject({ before: '1024MB', value: '100', until: 'loaded' });
  });

  it('also wait for large objects and views', () => {
    const contents = {
      largeObjects: 1,
      materializedViews: [{ schema: 'public', name: 'v', populated: true, bytes: 1 }],
    };
    expect(waitsFor(plan(buildWorld({ contents }), { findings: [load('x')] }), 'target/restore-settings')).toEqual(
      expect.arrayContaining(['app/large-objects', 'app/matviews']),
    );
  });

  it('that an interrupted run left are put back as they were before it', () => {
    const settings: Lockfile['settings'] = {
      'target/max_wal_size': aSetting('target', 'max_wal_size', { before: '2GB', after: '100', until: 'loaded' }),
      'target/autovacuum': aSetting('target', 'autovacuum', { before: null, after: 'off' }),
      'target/other': aSetting('target', 'other', { before: null, after: '1', until: 'loaded' }),
      'source/wal_level': aSetting('source', 'wal_level', { before: null, after: 'logical' }),
    };
    const left = plan(streamingWorld(), { ...synced, settings });
    expect(kinds(left)).toEqual(['restore-settings']);
    expect(inputOf(left, 'restore-settings')).toEqual({ settings: [{ name: 'max_wal_size', before: '2GB' }] });
    const again = plan(buildWorld({ target: { altered: new Map([['max_wal_size', '100']]) } }), {
      settings,
      findings: [load('max_wal_size')],
    });
    expect(inputOf(again, 'restore-settings')).toEqual({ settings: [{ name: 'max_wal_size', before: '2GB' }] });
  });

  it('of which the file cannot be read were not set in it', () => {
    const blind = plan(buildWorld({ target: { altered: null } }), { findings: [load('x')] });
    expect(inputOf(blind, 'restore-settings')).toEqual({ settings: [{ name: 'x', before: null }] });
  });
});

describe('roles', () => {
  const member = { role: 'team', admin: false, inherit: true, set: true, grantor: null };
  const grants = [
    { parameter: 'log_statement', grantee: 'reader', grantor: 'postgres', privilege: 'SET', grantable: false },
    { parameter: 'log_statement', grantee: 'there', grantor: 'postgres', privilege: 'SET', grantable: false },
    { parameter: 'work_mem', grantee: null, grantor: 'postgres', privilege: 'SET', grantable: false },
  ];
  const world = (target: WorldWish['target'] = {}): World =>
    buildWorld({
      source: {
        roles: [buildRole('reader', { memberOf: [member] }), buildRole('team'), buildRole('there')],
        parameterGrants: grants,
      },
      target: { roles: [buildRole('there'), buildRole('team')], ...target },
    });

  it('that the target lacks are made, with their memberships and privileges', () => {
    expect(inputOf(plan(world()), 'role')).toMatchObject({
      roles: [{ name: 'reader' }],
      memberships: [{ member: 'reader', role: 'team' }],
      parameterGrants: [{ grantee: 'reader' }, { grantee: null }],
      asSuperuser: true,
      passwords: true,
      user: 'migrator',
    });
  });

  it('get privileges on parameters from 15 on, by a superuser only', () => {
    const weak = { ...world().target.user, superuser: false };
    expect(inputOf(plan(world({ versionNum: 149999 })), 'role')).toMatchObject({ parameterGrants: [] });
    expect(inputOf(plan(world({ user: weak })), 'role')).toMatchObject({ parameterGrants: [], asSuperuser: false });
  });

  it('are not made where the spec says so, or none is missing', () => {
    expect(kinds(plan(world(), { spec: buildSpec('roles: skip') }))).not.toContain('role');
    expect(kinds(plan(world({ roles: [buildRole('reader'), buildRole('team'), buildRole('there')] })))).not.toContain(
      'role',
    );
    expect(kinds(plan(world(), { goal: 'prepared' }))).not.toContain('role');
  });

  it('come after what is done on the servers and before the databases', () => {
    const built = plan(world(), {
      findings: [change({ kind: 'server-setting', server: 'source', name: 'x', value: '1', restart: false })],
    });
    expect(waitsFor(built, 'target/role')).toEqual(['source/server-setting/x', 'source/reload']);
    expect(waitsFor(built, 'app/database')).toContain('target/role');
  });
});

describe('changes of a database', () => {
  it('are its own only, and those that pgm makes', () => {
    const extension = (database: string): NonNullable<Finding['change']> => ({
      kind: 'extension',
      server: 'target',
      database,
      name: database,
    });
    const findings = [
      change(extension('app')),
      change(extension('other')),
      { ...change(extension('app')), status: 'manual' } as const,
    ];
    expect(
      plan(buildWorld(), { findings })
        .steps.filter(({ kind }) => kind === 'extension')
        .map(({ id }) => id),
    ).toEqual(['app/extension/app']);
  });
});
