import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBackend, openBackendAt } from '../../src/state/open-backend.js';
import { moveState, pullState, pushState } from '../../src/state/move.js';
import { openStateSession } from '../../src/state/state-session.js';
import { finishStep, reach, startStep } from '../../src/state/transitions.js';
import { sql, stopServer, startServer, useServers } from '../support/servers.js';
import { aLockfile, at } from './a-lockfile.js';
import { aSpec, conninfo } from './a-spec.js';
import { useLockBench } from './lock-bench.js';

const servers = useServers({ target: { major: 15 } }, { leakCheck: false });
const { wish, take } = useLockBench(() => servers.target);

describe.each(['file', 'postgres'])('the one writer of a run, state in %s', kind => {
  const where = kind === 'file' ? {} : { stateDatabase: 'postgres' };
  const backend = (): ReturnType<typeof openBackend> => openBackend(aSpec(wish(where)));

  test('many branches at once: no change is lost, and what comes together is stored in one write', async () => {
    await take(async lock => {
      const state = await openStateSession(backend(), lock);
      expect(state.current).toBeNull();
      state.begin(aLockfile({ steps: {} }));
      const ids = Array.from({ length: 20 }, (_, index) => `db${index}/copy`);
      const branch = async (id: string): Promise<void> => {
        await state.update(lockfile => startStep(lockfile, id, { kind: 'copy' }, at));
        await state.update(lockfile => finishStep(lockfile, id, at), 'record');
      };
      await Promise.all(ids.map(branch));
      const stored = await backend().read();
      expect(stored).toEqual(state.current);
      expect(stored).toMatchObject({ serial: 2 });
      expect(Object.values(stored?.steps ?? {}).map(step => step.status)).toEqual(ids.map(() => 'done'));
    }, where);

    // The next run goes on from there, with a token of its own, and removes it all in the end.
    await take(async lock => {
      const state = await openStateSession(backend(), lock);
      await state.update(lockfile => reach(lockfile, 'synced'));
      expect(await backend().read()).toMatchObject({ serial: 3, reached: 'synced' });
      await state.remove();
      expect(await backend().read()).toBeNull();
    }, where);
  });

  test('after the lock is lost nothing is written, and a failed change does not hold up the others', async () => {
    await take(async lock => {
      const state = await openStateSession(backend(), lock);
      state.begin(aLockfile());
      await state.update(lockfile => lockfile);
      await Promise.all([
        expect(
          state.update(() => {
            throw new TypeError('bad transition');
          }),
        ).rejects.toThrow('bad transition'),
        state.update(lockfile => reach(lockfile, 'prepared')),
      ]);
      await sql(
        servers.target,
        'postgres',
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgm: lock%'`,
      );
      await expect(state.update(lockfile => reach(lockfile, 'synced'))).rejects.toMatchObject({ kind: 'locked' });
      await expect(state.update(lockfile => reach(lockfile, 'synced'), 'record')).rejects.toMatchObject({
        kind: 'locked',
      });
      expect(await backend().read()).toMatchObject({ serial: 2, reached: 'prepared' });
      expect(state.current).toMatchObject({ serial: 2, reached: 'prepared' });
    }, where);
    await take(async lock => (await openStateSession(backend(), lock)).remove(), where);
  });

  test('what an overtaken run still writes is refused by the store itself', async () => {
    await take(async lock => {
      const state = await openStateSession(backend(), lock);
      state.begin(aLockfile());
      await state.update(lockfile => lockfile);
    }, where);
    // A run that believes to hold the lock: it has not noticed that the next one began.
    const blind = {
      id: 'aaaaaaaaaaaa',
      token: await backend().claim('aaaaaaaaaaaa'),
      lost: new AbortController().signal,
      check: () => Promise.resolve(),
    };
    const overtaken = await openStateSession(backend(), blind);
    await take(async lock => {
      await expect(overtaken.update(lockfile => reach(lockfile, 'ready'))).rejects.toMatchObject({ kind: 'locked' });
      const state = await openStateSession(backend(), lock);
      await state.update(lockfile => reach(lockfile, 'synced'));
      await expect(overtaken.update(lockfile => reach(lockfile, 'ready'))).rejects.toMatchObject({ kind: 'locked' });
      expect(await backend().read()).toMatchObject({ reached: 'synced' });
      await state.remove();
    }, where);
  });
});

test('with the target away, what was done is still written beside the spec', async () => {
  await take(async lock => {
    const backend = openBackend(aSpec(wish()));
    const state = await openStateSession(backend, lock);
    state.begin(aLockfile());
    await stopServer(servers.target);
    try {
      await state.update(lockfile => reach(lockfile, 'prepared'), 'record');
      expect(await backend.read()).toMatchObject({ reached: 'prepared' });
    } finally {
      await startServer(servers.target);
    }
  });
});

describe('moving the state', () => {
  const file = (): ReturnType<typeof openBackend> => openBackend(aSpec(wish()));
  const table = (): ReturnType<typeof openBackend> =>
    openBackendAt(aSpec(wish()), { kind: 'postgres', connection: conninfo(servers.target.port) });
  const path = (): string => join(dirname(wish().path), 'pgm.lock.json');

  test('to a database and back: the same state, and nothing stays in the old place', async () => {
    await take(async lock => {
      const state = await openStateSession(file(), lock);
      state.begin(aLockfile());
      const first = await state.update(lockfile => reach(lockfile, 'synced'));
      await moveState(file(), table(), lock, { name: 'shop', force: false });
      expect(existsSync(path())).toBe(false);
      expect(await table().read()).toEqual({ ...first, serial: 2 });
      await moveState(table(), file(), lock, { name: 'shop', force: false });
      expect(await table().read()).toBeNull();
      expect(await sql(servers.target, 'postgres', "select from pg_namespace where nspname = 'pgm_state'")).toEqual([]);
      expect(await file().read()).toEqual({ ...first, serial: 3 });
    });
  });

  test('interrupted before the old one was removed: moved again, it is', async () => {
    await take(async lock => {
      await file().write(aLockfile({ serial: 3 }), { serial: null, token: lock.token });
      await table().write(aLockfile({ serial: 4 }), { serial: null, token: '1' });
      await moveState(file(), table(), lock, { name: 'shop', force: false });
      expect(await file().read()).toBeNull();
      expect(await table().read()).toMatchObject({ serial: 4 });
      await expect(moveState(file(), table(), lock, { name: 'shop', force: false })).rejects.toMatchObject({
        code: 'state-missing',
        hint: expect.stringMatching(/already, serial 4/) as string,
      });
      await moveState(table(), file(), lock, { name: 'shop', force: false });
    });
  });

  test('a newer or foreign state in the new place is kept unless forced', async () => {
    await take(async lock => {
      await table().write(aLockfile({ serial: 9 }), { serial: null, token: '1' });
      await file().write(aLockfile({ serial: 3 }), { serial: null, token: lock.token });
      await expect(moveState(file(), table(), lock, { name: 'shop', force: false })).rejects.toMatchObject({
        code: 'state-newer',
      });
      expect(await table().read()).toMatchObject({ serial: 9 });
      expect(await file().read()).toMatchObject({ serial: 3 });

      const foreign = aLockfile({ serial: 1, lineage: '6f1c2a5e-0000-4000-8000-00000000ffff' });
      const text = JSON.stringify(foreign);
      await expect(pushState(table(), lock, text, { name: 'shop', from: 'stdin', force: false })).rejects.toMatchObject(
        { code: 'state-newer' },
      );
      await pushState(table(), lock, text, { name: 'shop', from: 'stdin', force: true });
      expect(await table().read()).toMatchObject({ lineage: foreign.lineage });
      await moveState(table(), file(), lock, { name: 'shop', force: true });
    });
  });

  test('pulled text can be pushed; damaged or foreign text cannot', async () => {
    await take(async lock => {
      await expect(pullState(file())).rejects.toMatchObject({ code: 'state-missing' });
      await file().write(aLockfile({ serial: 3 }), { serial: null, token: lock.token });
      const text = await pullState(file());
      expect(text).toBe(readFileSync(path(), 'utf8'));
      const push = { name: 'shop', from: 'stdin', force: false };
      expect(await pushState(file(), lock, text, push)).toMatchObject({ serial: 4 });
      await expect(pushState(file(), lock, text.slice(0, -9), push)).rejects.toMatchObject({
        code: 'state-damaged',
        message: expect.stringContaining('stdin') as string,
      });
      await expect(pushState(file(), lock, text, { ...push, name: 'bar' })).rejects.toMatchObject({
        code: 'state-foreign',
      });
      expect(await file().read()).toMatchObject({ serial: 4 });
    });
  });
});
