import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { withRunLock, type RunLock } from '../../src/state/run-lock.js';
import type { RunLockOptions } from '../../src/state/acquire-lock.js';
import type { LocalServer } from '../support/servers.js';
import { aSpec, type SpecWish } from './a-spec.js';
import { HolderChild } from './holder-child.js';

export const lockSessions = `select pid from pg_stat_activity where application_name like 'pgm: lock%'`;

export const nothing = (): Promise<void> => Promise.resolve();

export function lockOptions(more: Partial<RunLockOptions> = {}): RunLockOptions {
  return { command: 'apply', lockTimeout: 0, signal: new AbortController().signal, ...more };
}

export interface LockBench {
  /** A spec in this test's folder. */
  readonly wish: (more?: Partial<SpecWish>) => SpecWish;
  /** Takes the lock in this process, without waiting unless told. */
  readonly take: <T>(
    use: (lock: RunLock) => Promise<T>,
    more?: Partial<SpecWish>,
    options?: Partial<RunLockOptions>,
  ) => Promise<T>;
  /** Another process that takes it. */
  readonly child: (more?: Partial<SpecWish>, lockTimeout?: number) => HolderChild;
  readonly runFile: () => string;
  /** A spec of the same migration in another folder. */
  readonly elsewhere: () => string;
}

/** A folder for each test, and no child process left after it. */
export function useLockBench(server: () => LocalServer): LockBench {
  let folder = '';
  let children: HolderChild[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pgm-lock-'));
    children = [];
  });
  afterEach(async () => {
    for (const child of children) await child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const wish = (more: Partial<SpecWish> = {}): SpecWish => ({
    path: join(folder, 'pgm.yaml'),
    targetPort: server().port,
    ...more,
  });
  return {
    wish,
    take: async (use, more = {}, options = {}) => withRunLock(aSpec(wish(more)), lockOptions(options), use),
    child: (more = {}, lockTimeout = 0) => {
      const started = new HolderChild(wish(more), lockTimeout);
      children.push(started);
      return started;
    },
    runFile: () => join(folder, 'pgm.lock.json.run'),
    elsewhere: () => join(mkdtempSync(join(folder, 'checkout-')), 'pgm.yaml'),
  };
}
