import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../../src/state/open-backend.js';
import { forceUnlock } from '../../src/state/force-unlock.js';
import type { Holder } from '../../src/state/holder.js';
import { sql, useServers } from '../support/servers.js';
import { aLockfile } from './a-lockfile.js';
import { aSpec } from './a-spec.js';
import { nothing, useLockBench } from './lock-bench.js';

const servers = useServers({ target: { major: 15 } });
const { wish, take, child, runFile } = useLockBench(() => servers.target);

describe('force-unlock', () => {
  test('a wrong ID fails, names the right one and changes nothing', async () => {
    const first = child();
    const id = await first.locked();
    await expect(forceUnlock(aSpec(wish()), 'ffffffffffff')).rejects.toMatchObject({
      hint: expect.stringContaining(`lock ID ${id}`) as string,
    });
    expect(await first.check()).toMatchObject({ checked: true });
    expect(existsSync(runFile())).toBe(true);
  });

  test('without a lock it says so', async () => {
    await expect(forceUnlock(aSpec(wish()), 'ffffffffffff')).rejects.toThrow(/not locked/);
  });

  test.each(['file', 'postgres'])('a living holder stops before its next write (state in %s)', async kind => {
    const where = kind === 'file' ? {} : { stateDatabase: 'postgres' };
    const first = child(where);
    const id = await first.locked();
    expect(await forceUnlock(aSpec(wish(where)), id)).toMatch(
      /Ended the session on the target.*stops before its next write/,
    );
    expect(await first.check()).toMatchObject({ checked: false, kind: 'locked' });
    await take(nothing, where);
    expect((await first.answer('lost')).lost).toBeDefined();
  });

  test('a state in a database refuses what the earlier holder still writes', async () => {
    const backend = openBackend(aSpec(wish({ stateDatabase: 'postgres' })));
    await backend.write(aLockfile({ serial: 1 }), { serial: null, token: '1' });
    const first = child({ stateDatabase: 'postgres' });
    const id = await first.locked();
    const token = (await first.answer('token')).token ?? '';
    await backend.write(aLockfile({ serial: 2 }), { serial: 1, token });
    await forceUnlock(aSpec(wish({ stateDatabase: 'postgres' })), id);
    await expect(backend.write(aLockfile({ serial: 3 }), { serial: 2, token })).rejects.toMatchObject({
      kind: 'locked',
      code: 'lock-lost',
    });
    await backend.remove({ serial: 2, token: await backend.claim('') });
  });

  test('a dead holder of another machine', async () => {
    const first = child();
    const id = await first.locked();
    await first.kill();
    writeFileSync(
      runFile(),
      JSON.stringify({ ...(JSON.parse(readFileSync(runFile(), 'utf8')) as Holder), host: 'build-7' }),
    );
    expect(await forceUnlock(aSpec(wish()), id)).toContain('Removed');
    await take(nothing);
  });

  test('a role that may not end the session fails and changes nothing', async () => {
    await sql(
      servers.target,
      'postgres',
      'do $$begin create role plain login; exception when duplicate_object then null; end$$',
    );
    const first = child();
    const id = await first.locked();
    await expect(forceUnlock(aSpec(wish({ user: 'plain' })), id)).rejects.toMatchObject({
      hint: expect.stringContaining('pg_terminate_backend') as string,
    });
    expect(await first.check()).toMatchObject({ checked: true });
  });
});
