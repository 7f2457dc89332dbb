import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { acquire } from '../../src/state/acquire-lock.js';
import { newHolder, type Holder } from '../../src/state/holder.js';
import type { RunLockOptions } from '../../src/state/acquire-lock.js';
import { TargetSession } from '../../src/state/target-session.js';
import { sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { aSpec } from './a-spec.js';
import type { HolderChild } from './holder-child.js';
import { lockOptions, lockSessions, nothing, useLockBench } from './lock-bench.js';

const servers = useServers({ target: { major: 15 } });
const { wish, take, child, runFile, elsewhere } = useLockBench(() => servers.target);

describe('one run at a time', () => {
  test('whoever comes second is told who has the lock, and ends with kind locked', async () => {
    const first = child();
    const id = await first.locked();
    await expect(take(nothing)).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringMatching(
        new RegExp(
          `"shop" is locked by another run: apply by \\S+@\\S+ \\(pid ${first.pid}\\), ` +
            `since \\d{4}-.*, last heartbeat \\d+ s ago, lock ID ${id}\\.`,
        ),
      ) as string,
      hint: expect.stringContaining(`pgm force-unlock ${id}`) as string,
    });
    await first.end();
    await take(nothing);
    expect(existsSync(runFile())).toBe(false);
  });

  test('another checkout of the same migration is kept out by the target alone', async () => {
    const first = child();
    const id = await first.locked();
    const path = elsewhere();
    await expect(take(nothing, { path })).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringMatching(
        new RegExp(`pid ${first.pid}\\), since .*last heartbeat \\d+ s ago, lock ID ${id}`),
      ) as string,
    });
    // Nothing of the one that failed stays, and the holder is as it was.
    expect(existsSync(`${dirname(path)}/pgm.lock.json.run`)).toBe(false);
    expect(await first.check()).toMatchObject({ checked: true });
  });

  test('a role that may not see other sessions is told all the same', async () => {
    await sql(servers.target, 'postgres', 'create role plain login');
    const first = child();
    const id = await first.locked();
    await expect(take(nothing, { path: elsewhere(), user: 'plain' })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`pid ${first.pid}\\), heartbeat not known, lock ID ${id}`)) as string,
    });
  });

  test('words of the holder do not break out of where they stand', async () => {
    const path = elsewhere();
    const command = `*/ select '"{}' /* \\ größer --`;
    await take(
      async () => {
        await expect(take(nothing, { path })).rejects.toMatchObject({
          message: expect.stringContaining(`: ${command} by `) as string,
        });
      },
      {},
      { command },
    );
  });

  test('who waits long enough gets it, and is told once whom it waits for', async () => {
    const first = child();
    const id = await first.locked();
    const seen: Holder[] = [];
    const second = take(nothing, {}, { lockTimeout: 20_000, waiting: holder => seen.push(holder) });
    await waitUntil('the second waits', () => seen.length > 0);
    await first.end();
    await second;
    expect(seen.map(holder => holder.id)).toEqual([id]);
  });

  test('waiting ends with the signal', async () => {
    const first = child();
    await first.locked();
    const abort = new AbortController();
    const second = take(
      nothing,
      {},
      { lockTimeout: 60_000, signal: abort.signal, waiting: () => abort.abort(new Error('enough')) },
    );
    await expect(second).rejects.toThrow();
    expect(await first.check()).toMatchObject({ checked: true });
  });

  test('migrations of different names do not meet', async () => {
    const first = child();
    await first.locked();
    await take(nothing, { name: 'bar', path: elsewhere() });
    expect(await first.check()).toMatchObject({ checked: true });
  });

  test('of many at once exactly one has it at any time', async () => {
    const rivals = Array.from({ length: 5 }, () => child({}, 30_000));
    const order: HolderChild[] = [];
    for (let turn = 0; turn < rivals.length; turn++) {
      await waitUntil('the next one has it', () =>
        rivals.some(rival => !order.includes(rival) && rival.answers.some(answer => answer.locked)),
      );
      const holding = rivals.filter(rival => !order.includes(rival) && rival.answers.some(answer => answer.locked));
      expect(holding).toHaveLength(1);
      for (const rival of holding) {
        expect(await rival.check()).toMatchObject({ checked: true });
        order.push(rival);
        await rival.end();
      }
    }
  });

  test('with the state in a database no file is needed', async () => {
    const first = child({ stateDatabase: 'postgres' });
    await first.locked();
    await expect(take(nothing, { stateDatabase: 'postgres' })).rejects.toMatchObject({ kind: 'locked' });
    await first.end();
    await take(nothing, { stateDatabase: 'postgres' });
    expect(existsSync(runFile())).toBe(false);
  });

  test('nothing is written to the target', async () => {
    const before = await value(servers.target, 'postgres', 'select count(*) from pg_class');
    await take(async lock => lock.check());
    expect(await value(servers.target, 'postgres', 'select count(*) from pg_class')).toBe(before);
  });
});

describe('a dead holder', () => {
  test.each(['file', 'postgres'])('killed with -9, state in %s: the next run takes over at once', async kind => {
    const where = kind === 'file' ? {} : { stateDatabase: 'postgres' };
    const first = child(where);
    await first.locked();
    await first.kill();
    const notices: string[] = [];
    await take(nothing, where, { notice: sentence => notices.push(sentence) });
    if (kind === 'file')
      expect(notices.join()).toMatch(
        new RegExp(`Took over the lock of a run that is dead: apply by .*pid ${first.pid}`),
      );
    expect(await sql(servers.target, 'postgres', lockSessions)).toEqual([]);
  });

  test('whose pid is used again by another process', async () => {
    const first = child();
    await first.locked();
    await first.kill();
    // The same file with the pid of a living process: ours.
    const holder = JSON.parse(readFileSync(runFile(), 'utf8')) as Holder;
    writeFileSync(runFile(), JSON.stringify({ ...holder, pid: process.pid }));
    await take(nothing);
  });

  test('of another machine: not judged by its pid, but told', async () => {
    const holder = await runFileOfElsewhere();
    await expect(take(nothing)).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringContaining(holder.id) as string,
    });
    expect(await sql(servers.target, 'postgres', lockSessions)).toEqual([]);
  });

  test('of another machine: taken over when the target has forgotten it and its heartbeat stands still', async () => {
    await runFileOfElsewhere();
    const notices: string[] = [];
    await acquireFor({ lockTimeout: 20_000, notice: sentence => notices.push(sentence) });
    expect(notices.join()).toContain('build-7');
    expect(readFileSync(runFile(), 'utf8')).not.toContain('build-7');
  });

  test('of another machine: taken over at once when its heartbeat is old by any clock', async () => {
    await runFileOfElsewhere();
    const old = new Date(Date.now() - 300_000);
    utimesSync(runFile(), old, old);
    await take(nothing);
  });

  test('of another machine with a beating heart is waited for', async () => {
    await runFileOfElsewhere();
    const heart = setInterval(() => utimesSync(runFile(), new Date(), new Date()), 100);
    try {
      const refused = expect(acquireFor({ lockTimeout: 3_000 })).rejects.toMatchObject({ kind: 'locked' });
      // Who waits for a file does not keep the target locked meanwhile.
      await waitUntil(
        'a session waits',
        async () => (await sql(servers.target, 'postgres', lockSessions)).length === 1,
      );
      await waitUntil(
        'the target is free',
        async () =>
          (await sql(servers.target, 'postgres', "select from pg_locks where locktype = 'advisory'")).length === 0,
        2_000,
      );
      await refused;
    } finally {
      clearInterval(heart);
    }
  });

  /** With a patience of 500 ms for hearts that stand still. */
  async function acquireFor(more: Partial<RunLockOptions>): Promise<void> {
    const holder = newHolder('apply');
    const session = new TargetSession(aSpec(wish()).target.connection, 'shop', holder, () => undefined);
    try {
      await acquire({ migration: 'shop', holder, session, file: runFile() }, lockOptions(more), {
        poll: 50,
        silence: 500,
        longSilence: 120_000,
        grace: 0,
      });
    } finally {
      await session.close();
    }
  }

  async function runFileOfElsewhere(): Promise<Holder> {
    const first = child();
    await first.locked();
    await first.kill();
    await waitUntil(
      'the target forgot it',
      async () => (await sql(servers.target, 'postgres', lockSessions)).length === 0,
    );
    const holder = { ...(JSON.parse(readFileSync(runFile(), 'utf8')) as Holder), host: 'build-7' };
    writeFileSync(runFile(), JSON.stringify(holder));
    return holder;
  }
});
