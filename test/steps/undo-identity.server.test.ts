import { describe, expect, it } from 'vitest';
import { undoOf } from '../../src/steps/setting-undo.js';
import { withConnection } from '../../src/postgres/connect.js';
import type { SettingRecord } from '../../src/state/lockfile.js';
import { settingKey } from '../../src/state/settable.js';
import type { StepContext } from '../../src/steps/context.js';
import { replicaIdentity } from '../../src/steps/replica-identity.js';
import { restoreIdentity } from '../../src/steps/restore-identity.js';
import { sql, useServers, value } from '../support/servers.js';
import { conninfo } from '../verify/comparing.js';

const servers = useServers({ only: { major: 16 } });
const database = 'postgres';

/** Runs the step on a table, and undoes it on one side, which here is the same server. */
async function setAndUndo(table: string, side: 'source' | 'target', meanwhile = ''): Promise<string | null> {
  const records = new Map<string, SettingRecord>();
  const connection = conninfo(servers.only);
  const context = {
    withSource: (_: string, use: never) => withConnection(connection, { purpose: 'apply' }, use),
    state: {
      recordSetting: (record: SettingRecord) => Promise.resolve(records.set(settingKey(record), record)),
    },
  } as unknown as StepContext;
  await replicaIdentity.run(context, { database, schema: 'public', name: table }, () => undefined);
  expect(await identityOf(table)).toBe('f');
  if (meanwhile !== '') await sql(servers.only, database, meanwhile);
  const key = settingKey({ kind: 'replica-identity', server: side, database, schema: 'public', table });
  const record = records.get(key);
  if (record === undefined) return 'no record';
  const undo = undoOf(record);
  expect(undo).toMatchObject({ server: side, database });
  return withConnection(connection, { purpose: 'destroy' }, async session => (await undo?.run(session)) ?? null);
}

function identityOf(table: string): Promise<string | undefined> {
  return value(servers.only, database, `select relreplident from pg_class where oid = to_regclass('"${table}"')`);
}

describe('a replica identity that pgm changed is put back as it was', () => {
  it.each([
    ['the default', 'd1', 'create table d1 (a int)', 'd'],
    ['nothing', 'n1', 'create table n1 (a int); alter table n1 replica identity nothing', 'n'],
    [
      'an index with an odd name',
      'i1',
      'create table i1 (a int not null); create unique index "an ""index" on i1 (a); ' +
        'alter table i1 replica identity using index "an ""index"',
      'i',
    ],
    [
      'an index that is gone, which is the same as nothing',
      'g1',
      'create table g1 (a int not null unique); alter table g1 replica identity using ' +
        'index g1_a_key; alter table g1 drop constraint g1_a_key',
      'n',
    ],
  ])('%s', async (_, table, script, identity) => {
    for (const side of ['source', 'target'] as const) {
      await sql(servers.only, database, `drop table if exists ${table}; ${script}`);
      expect(await setAndUndo(table, side)).toBeNull();
      expect(await identityOf(table), side).toBe(identity);
    }
  });

  it('but stays where somebody changed it since, another publishes the table, or the index is gone', async () => {
    await sql(
      servers.only,
      database,
      'create table c1 (a int primary key); create table p1 (a int); create table x1 (a int not ' +
        'null unique); alter table x1 replica identity using index x1_a_key',
    );
    expect(await setAndUndo('c1', 'source', 'alter table c1 replica identity nothing')).toContain('not FULL any more');
    expect(await identityOf('c1')).toBe('n');
    expect(await setAndUndo('p1', 'source', 'create publication others for tables in schema public')).toContain(
      'published by others',
    );
    expect(await identityOf('p1')).toBe('f');
    await sql(servers.only, database, 'drop publication others');
    expect(await setAndUndo('x1', 'source', 'alter table x1 drop constraint x1_a_key')).toContain('stays FULL');
    expect(await identityOf('x1')).toBe('f');
  });

  it('by the close of a migration as well, on both sides', async () => {
    await sql(servers.only, database, 'create table r1 (a int); alter table r1 replica identity full');
    const before = { kind: 'nothing' } as const;
    const records = (['source', 'target'] as const).map(server => ({
      kind: 'replica-identity' as const,
      server,
      database,
      schema: 'public',
      table: 'r1',
      before,
    }));
    expect(restoreIdentity.describe({ database, records }).statements).toEqual([
      'alter table "public"."r1" replica identity nothing;   -- on the source',
      'alter table "public"."r1" replica identity nothing;   -- on the target',
    ]);
    const warnings: string[] = [];
    const forgotten: string[] = [];
    const within = (_: string, use: never): Promise<unknown> =>
      withConnection(conninfo(servers.only), { purpose: 'apply' }, use);
    const context = {
      withSource: within,
      withTarget: within,
      warn: (words: string) => warnings.push(words),
      state: { forgetSetting: (key: string) => Promise.resolve(forgotten.push(key)) },
    } as unknown as StepContext;
    await restoreIdentity.run(context, { database, records }, () => undefined);
    expect(await identityOf('r1')).toBe('n');
    // Here both sides are one, so that the second finds it done.
    expect({ warnings, forgotten: forgotten.length }).toEqual({ warnings: [], forgotten: 2 });
  });

  it('and nothing is recorded where it was FULL already', async () => {
    await sql(servers.only, database, 'create table f1 (a int); alter table f1 replica identity full');
    expect(await setAndUndo('f1', 'source')).toBe('no record');
  });
});
