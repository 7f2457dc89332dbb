import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sql, startServer, stopServer, useServers } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { lockSessions, nothing, useLockBench } from './lock-bench.js';
import { openLine } from './line.js';

const servers = useServers({ target: { major: 15 } });
const { take, child, runFile, elsewhere } = useLockBench(() => servers.target);

async function terminateLockSessions(): Promise<void> {
  await sql(
    servers.target,
    'postgres',
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgm: lock%'`,
  );
}

describe('a lock that is lost', () => {
  test('session terminated: lost fires, and the next check fails', async () => {
    await take(async lock => {
      await lock.check();
      await terminateLockSessions();
      await waitUntil('lost fires', () => lock.lost.aborted);
      expect(lock.lost.reason).toMatchObject({
        kind: 'locked',
        message: expect.stringContaining('terminated') as string,
      });
      await expect(lock.check()).rejects.toMatchObject({ kind: 'locked' });
      await expect(lock.check('record')).rejects.toMatchObject({ kind: 'locked' });
    });
    await take(nothing);
  });

  test('a check right after the termination does not pass either', async () => {
    await take(async lock => {
      await terminateLockSessions();
      await expect(lock.check()).rejects.toMatchObject({ kind: 'locked' });
    });
  });

  test('line cut, and the server does not know it yet: the earlier session is ended, the lock held again', async () => {
    const line = await openLine(servers.target.port);
    try {
      await take(
        async lock => {
          const [before] = await sql<{ pid: number }>(servers.target, 'postgres', lockSessions);
          line.cutNear();
          await lock.check();
          const [after, ...more] = await sql<{ pid: number }>(servers.target, 'postgres', lockSessions);
          expect(more).toEqual([]);
          expect(after?.pid).not.toBe(before?.pid);
          expect(lock.lost.aborted).toBe(false);
        },
        { targetPort: line.port },
      );
    } finally {
      line.close();
    }
  });

  test.each(['fast', 'immediate'] as const)('target restarted (%s): the same lock is held again', async mode => {
    await take(async lock => {
      await stopServer(servers.target, mode);
      await lock.check('record');
      await startServer(servers.target);
      await lock.check();
      expect(lock.lost.aborted).toBe(false);
      expect(await sql(servers.target, 'postgres', lockSessions)).toHaveLength(1);
    });
  });

  test('taken by another run while the target was away', async () => {
    const first = child({ stateDatabase: 'postgres' });
    await first.locked();
    first.process.kill('SIGSTOP');
    await stopServer(servers.target, 'immediate');
    await startServer(servers.target);
    await take(
      async lock => {
        first.process.kill('SIGCONT');
        expect((await first.answer('lost')).lost).toMatch(/has taken it/);
        expect(await first.check()).toMatchObject({ checked: false, kind: 'locked' });
        await lock.check();
      },
      { stateDatabase: 'postgres' },
    );
  });

  test('run file removed by hand', async () => {
    await take(async lock => {
      rmSync(runFile());
      await expect(lock.check()).rejects.toMatchObject({
        kind: 'locked',
        message: expect.stringContaining('pgm.lock.json.run') as string,
      });
      expect(lock.lost.aborted).toBe(true);
    });
  });

  test('a target that is away when the run begins is locked as soon as it is back', async () => {
    await stopServer(servers.target, 'fast');
    try {
      await take(async lock => {
        await lock.check();
        await startServer(servers.target);
        const rival = child({ path: elsewhere() });
        await rival.locked();
        await waitUntil('the check sees the rival', async () =>
          lock.check().then(
            () => false,
            (error: unknown) => (error as { kind?: string }).kind === 'locked',
          ),
        );
      });
    } finally {
      await startServer(servers.target).catch(() => undefined);
    }
  });
});
