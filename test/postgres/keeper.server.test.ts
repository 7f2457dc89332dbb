import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keeper, withKeeper, type ProgramEnd } from '../../src/postgres/keeper.js';
import {
  lastingState,
  lastingWords,
  makeLastingPlace,
  removeLastingPlace,
  startLasting,
} from '../../src/postgres/lasting-program.js';
import { endMarked, markedProcesses } from '../../src/postgres/marked-processes.js';
import { waitUntil } from '../support/wait.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgm-programs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string): { argv: string[]; cwd: string; env: NodeJS.ProcessEnv } => ({
  argv: ['/bin/sh', '-c', script],
  cwd: folder,
  env: process.env,
});
const never = (): AbortSignal => new AbortController().signal;

const isGone = (file: string): boolean => {
  try {
    process.kill(Number(readFileSync(join(folder, file), 'utf8')), 0);
    return false;
  } catch {
    return true;
  }
};

describe('a kept program', () => {
  const cases: readonly { readonly script: string; readonly end: ProgramEnd }[] = [
    { script: 'echo well; exit 0', end: { code: 0, signal: null, cannotStart: null, words: 'well\n' } },
    { script: 'echo no >&2; exit 3', end: { code: 3, signal: null, cannotStart: null, words: 'no\n' } },
    { script: 'kill -9 $$', end: { code: null, signal: 'SIGKILL', cannotStart: null, words: '' } },
    // What holds its outputs open does not hold pgm.
    { script: 'sleep 60 & echo $! > held; echo on', end: { code: 0, signal: null, cannotStart: null, words: 'on\n' } },
  ];
  it.each(cases)('$script: tells how it ended', async ({ script, end }) => {
    expect(await withKeeper(keeper => keeper.run(shell(script), never()))).toEqual(end);
    if (existsSync(join(folder, 'held'))) process.kill(Number(readFileSync(join(folder, 'held'), 'utf8')));
  });

  it('says that it cannot be started', async () => {
    const end = await withKeeper(keeper => keeper.run({ ...shell(''), argv: ['./missing'] }, never()));
    expect(end.cannotStart).toContain('ENOENT');
  });

  it('ends with all that it started, when it is told to, when pgm is gone, and when its keeper is', async () => {
    const script = (file: string): string => `sleep 600 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`;
    const keeper = Keeper.start();
    const told = new AbortController();
    const first = keeper.run(shell(script('one')), told.signal);
    await waitUntil('it runs', () => existsSync(join(folder, 'one')));
    told.abort();
    expect(await first).toMatchObject({ signal: 'SIGKILL' });
    await waitUntil('what it started is gone', () => isGone('one'));

    const made = await keeper.folder();
    writeFileSync(join(made, 'file'), '');
    void keeper.run(shell(script('two')), never());
    await waitUntil('it runs', () => existsSync(join(folder, 'two')));
    await keeper.close();
    await waitUntil('what it started is gone', () => isGone('two'));
    expect(existsSync(made)).toBe(false);

    const killed = Keeper.start();
    const third = killed.run(shell(`echo $PPID > keeper; ${script('three')}`), never());
    await waitUntil('it runs', () => existsSync(join(folder, 'three')));
    process.kill(Number(readFileSync(join(folder, 'keeper'), 'utf8')), 'SIGKILL');
    expect((await third).cannotStart).toContain('has ended');
    await waitUntil('what it started is gone', () => isGone('three'));
  });
});

describe.runIf(existsSync('/proc/self/environ'))('what a kept program starts in a session of its own', () => {
  const left = (how: string, then: string): string =>
    `${how} sh -c 'echo $$ > left.new; mv left.new left; exec sleep 600' >/dev/null ` +
    `2>&1 & while [ ! -e left ]; do sleep 0.02; done; ${then}`;

  it.each<[string, string]>([
    ['behind setsid', left('setsid', 'wait')],
    ['behind two forks', `(${left('setsid', ':')}); sleep 600`],
    ['when the program failed', left('setsid', 'exit 3')],
  ])('ends with it: %s', async (_, script) => {
    const told = new AbortController();
    const keeper = Keeper.start();
    const ended = keeper.run(shell(script), told.signal);
    await waitUntil('it runs', () => existsSync(join(folder, 'left')));
    if (!script.endsWith('exit 3')) told.abort();
    await ended;
    await waitUntil('it is gone', () => isGone('left'));
    await keeper.close();
  });

  it('ends when pgm is gone, and stays when the program ended well', async () => {
    const keeper = Keeper.start();
    expect((await keeper.run({ ...shell(left('setsid', 'exit 0')), mark: 'theirs ' }, never())).code).toBe(0);
    void keeper.run(shell('setsid sleep 600 & echo $! > other.new; mv other.new other; wait'), never());
    await waitUntil('it runs', () => existsSync(join(folder, 'other')));
    await keeper.close();
    await waitUntil('what still ran is gone', () => isGone('other'));
    expect(isGone('left')).toBe(false);
    expect(markedProcesses('theirs ').map(({ pid }) => String(pid))).toContain(
      readFileSync(join(folder, 'left'), 'utf8').trim(),
    );
    endMarked('theirs ');
    await waitUntil('it is gone', () => isGone('left'));
  });
});

describe('a lasting program', () => {
  it('tells how it ended, and what it said, to whoever knows its place; nothing is left of it', async () => {
    const place = await makeLastingPlace();
    expect(await lastingState(place)).toEqual({ kind: 'not-begun' });
    await startLasting(['/bin/sh', '-c', `echo here; while [ ! -e ${folder}/go ]; do sleep 0.05; done; exit 4`], place);
    expect(await lastingState(place)).toEqual({ kind: 'running' });
    await waitUntil('it has said something', async () => (await lastingWords(place)) === 'here');
    writeFileSync(join(folder, 'go'), '');
    await waitUntil('it has ended', async () => (await lastingState(place)).kind === 'ended');
    expect(await lastingState(place)).toEqual({ kind: 'ended', end: { code: 4, signal: null, cannotStart: null } });
    await removeLastingPlace(place);
    expect(existsSync(place.folder)).toBe(false);
  });

  it('reads and removes no other folder on the word of a lockfile', async () => {
    const host = hostname();
    for (const other of [folder, `${folder}/../${folder.split('/').at(-1) ?? ''}`, '/etc']) {
      expect(await lastingState({ host, folder: other })).toEqual({ kind: 'unknown' });
      await removeLastingPlace({ host, folder: other });
      expect(existsSync(other)).toBe(true);
    }
    expect(await lastingState({ host: 'elsewhere', folder })).toEqual({ kind: 'unknown' });
  });
});
