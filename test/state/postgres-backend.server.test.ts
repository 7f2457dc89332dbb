import { afterEach, describe, expect, test } from 'vitest';
import { PostgresBackend } from '../../src/state/postgres-backend.js';
import { sql, startServer, stopServer, useServers, value } from '../support/servers.js';
import { aLockfile } from './a-lockfile.js';
import { conninfo } from './a-spec.js';

const servers = useServers({ store: { major: 15 } });
const backend = (name = 'shop', user = 'postgres'): PostgresBackend =>
  new PostgresBackend(conninfo(servers.store.port, 'postgres', user), name);
const schemas = async (): Promise<string | undefined> =>
  value(servers.store, 'postgres', "select count(*)::text from pg_namespace where nspname = 'pgm_state'");

afterEach(async () => {
  await sql(servers.store, 'postgres', 'drop schema if exists pgm_state cascade');
});

describe('one row a migration', () => {
  test('reading and claiming make nothing', async () => {
    expect(await backend().read()).toBeNull();
    expect(await backend().claim()).toBe('1');
    await backend().remove({ serial: null, token: '1' });
    expect(await schemas()).toBe('0');
  });

  test('what was written is read, each migration its own; the last one removed leaves nothing', async () => {
    const first = aLockfile({ serial: 1 });
    await backend().write(first, { serial: null, token: '1' });
    await backend('bar').write(aLockfile({ serial: 1, name: 'bar' }), { serial: null, token: '1' });
    const second = aLockfile({ serial: 2, reached: 'synced' });
    await backend().write(second, { serial: 1, token: '1' });
    expect(await backend().read()).toEqual(second);
    expect(await backend('bar').read()).toMatchObject({ serial: 1, name: 'bar' });
    await backend().remove({ serial: 2, token: '1' });
    expect(await schemas()).toBe('1');
    await backend('bar').remove({ serial: 1, token: '1' });
    expect(await schemas()).toBe('0');
  });

  test('of many first writers one wins', async () => {
    const tries = Array.from({ length: 6 }, () =>
      backend().write(aLockfile({ serial: 1, pgm_version: String(Math.random()) }), { serial: null, token: '1' }),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ kind: 'locked', code: 'state-changed' });
  });

  test('of many writers of the same serial one wins', async () => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    const tries = Array.from({ length: 6 }, () =>
      backend().write(aLockfile({ serial: 2, pgm_version: String(Math.random()) }), { serial: 1, token: '1' }),
    );
    expect((await Promise.allSettled(tries)).filter(outcome => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

describe('fencing', () => {
  test('who was overtaken can write no more, though the serial fits', async () => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    const earlier = await backend().claim();
    const later = await backend().claim();
    expect(Number(later)).toBeGreaterThan(Number(earlier));
    await expect(backend().write(aLockfile({ serial: 2 }), { serial: 1, token: earlier })).rejects.toMatchObject({
      kind: 'locked',
      code: 'lock-lost',
    });
    await expect(backend().remove({ serial: 1, token: earlier })).rejects.toMatchObject({
      kind: 'locked',
      code: 'lock-lost',
    });
    await backend().write(aLockfile({ serial: 2 }), { serial: 1, token: later });
  });

  test('a write that got through, though its answer was lost, may be sent again', async () => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    const next = aLockfile({ serial: 2 });
    await backend().write(next, { serial: 1, token: '1' });
    await backend().write(next, { serial: 1, token: '1' });
    await expect(
      backend().write(aLockfile({ serial: 2, stopped: true }), { serial: 1, token: '1' }),
    ).rejects.toMatchObject({ code: 'state-changed' });
  });

  test('another lineage is not overwritten', async () => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    const foreign = aLockfile({ serial: 2, lineage: '6f1c2a5e-0000-4000-8000-00000000ffff' });
    await expect(backend().write(foreign, { serial: 1, token: '1' })).rejects.toMatchObject({ code: 'state-foreign' });
    await expect(backend().write(foreign, { serial: null, token: '1' })).rejects.toMatchObject({
      code: 'state-foreign',
    });
  });
});

describe('a store that does not play along', () => {
  test.each([
    ['newer format', `jsonb_set(content, '{format_version}', '3')`, 'state-newer-format'],
    ['damaged', `content - 'lineage'`, 'state-damaged'],
    ['of another migration', `jsonb_set(content, '{name}', '"bar"')`, 'state-foreign'],
  ])('%s', async (_, change, code) => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    await sql(servers.store, 'postgres', `update pgm_state.state set content = ${change}`);
    await expect(backend().read()).rejects.toMatchObject({ code });
  });

  test('no right to make the schema: said with what to grant', async () => {
    await sql(servers.store, 'postgres', 'create role "pl""ain" login');
    await expect(
      backend('shop', 'pl"ain').write(aLockfile({ serial: 1 }), { serial: null, token: '1' }),
    ).rejects.toMatchObject({
      code: 'state-refused',
      hint: expect.stringContaining('grant create on database "postgres" to "pl""ain"') as string,
    });
  });

  test('restarted during a write: the write waits for it; a read tells at once', async () => {
    await backend().write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    await stopServer(servers.store);
    await expect(backend().read()).rejects.toMatchObject({
      code: 'state-unreachable',
      message: expect.stringMatching(
        /pgm_state\.state in database postgres on 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/,
      ) as string,
    });
    const write = backend().write(aLockfile({ serial: 2 }), { serial: 1, token: '1' });
    await startServer(servers.store);
    await write;
    expect(await backend().read()).toMatchObject({ serial: 2 });
  });
});
