import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import type { PgmResult } from '../support/pgm.js';
import { canMount } from '../support/small-disk.js';
import { eachFault, longFault } from './each-fault.js';
import { tail, useFaults } from './migration.js';

const { workspace, begin, proxy } = useFaults();

const inCopy = (event: ApplyEvent): boolean => event.type === 'step_progress' && event.step.includes('/copy/');
/** What a file is called while it is written. */
const temporary = /\.tmp$/;

/** Ends as the user can understand: no stack, no "bug in pgm", and the state is told. */
function expectPlainWords(result: PgmResult, says: RegExp): void {
  expect([1, 6, 7], tail(result)).toContain(result.code);
  expect(tail(result)).toMatch(says);
  expect(tail(result)).not.toMatch(/bug in pgm|\bat .*\.js:\d+/);
}

describe('the clock is moved while pgm runs', () => {
  const moves = [
    { name: 'a day forward', milliseconds: 86_400_000 },
    { name: 'a day back', milliseconds: -86_400_000 },
  ];

  eachFault(moves, ['a day back'])(
    '$name in the copy, and back again before the constraints',
    { timeout: 240_000 },
    async ({ name, milliseconds }) => {
      const clock = join(workspace.folder, 'clock');
      Object.assign(workspace.environment, {
        NODE_OPTIONS: `--import ${join(import.meta.dirname, 'moved-clock.mjs')}`,
        MOVED_CLOCK: clock,
      });
      writeFileSync(clock, '0');
      try {
        const migration = await begin('machine');
        const moved: string[] = [];
        const result = await migration.start(event => {
          if (moved.length === 0 && event.type === 'step_start' && event.kind === 'copy')
            writeFileSync(clock, String(milliseconds), { flush: true });
          if (event.type === 'step_start' && event.kind === 'copy') moved.push('there');
          if (moved.length === 1 && event.type === 'step_start' && event.kind === 'constraints') {
            moved.push('back');
            writeFileSync(clock, '0');
          }
        }).result;
        expect(moved, tail(result)).toEqual(['there', 'back']);
        expect(result.code, tail(result)).toBe(0);
        const durations = migration.events.flatMap(event => (event.type === 'step_done' ? [event.seconds] : []));
        expect(
          durations.every(seconds => seconds >= 0 && seconds < 600),
          JSON.stringify(durations),
        ).toBe(true);
        writeFileSync(clock, String(-milliseconds));
        await migration.toTheEnd(`clock moved ${name}`, 1);
        await migration.finish();
      } finally {
        for (const variable of ['NODE_OPTIONS', 'MOVED_CLOCK']) Reflect.deleteProperty(workspace.environment, variable);
      }
    },
  );
});

/**
 * Fills a disk while pgm is stopped and writes no file: one that is being written would free the one before it, and the
 * next write would find room again.
 */
function fillUp(disk: string, pid: number | undefined): void {
  if (pid === undefined) return;
  for (let tries = 0; tries < 1000; tries++) {
    process.kill(pid, 'SIGSTOP');
    try {
      if (readdirSync(disk).some(file => temporary.test(file))) continue;
      execFileSync('sh', ['-c', 'cat /dev/zero >> ballast 2>/dev/null || true'], { cwd: disk });
      return;
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }
}

describe('the machine that pgm runs on gives out', () => {
  it('no file descriptor is left in the copy', { timeout: 240_000 }, async () => {
    const source = await proxy('source');
    source.throttle(2_000_000);
    const migration = await begin('machine', { ports: { source: source.port } });
    let limited = false;
    const result = await migration.start((event, { process: { pid } }) => {
      if (limited || !inCopy(event)) return;
      limited = true;
      // Those that are open stay so; no more can be opened.
      execFileSync('prlimit', ['--pid', String(pid), '--nofile=16:16']);
      source.throttle(Infinity);
    }).result;
    expect(limited, tail(result)).toBe(true);
    if (result.code !== 0) expectPlainWords(result, /too many|EMFILE/i);
    await migration.toTheEnd('no file descriptor is left', 1);
    await migration.finish();
  });

  longFault('no file descriptor is to be had from the beginning', { timeout: 240_000 }, async () => {
    const migration = await begin('machine');
    const refused = migration.start((event, { process: { pid } }) => {
      if (event.type === 'version') execFileSync('prlimit', ['--pid', String(pid), '--nofile=24:24']);
    });
    expectPlainWords(await refused.result, /too many|EMFILE/i);
    await migration.toTheEnd('few file descriptors from the beginning', 1);
    await migration.finish();
  });

  describe.skipIf(!canMount)(`its file system${canMount ? '' : ' (needs the right to mount)'}`, () => {
    const endings = [
      { name: 'becomes read-only', says: /read-only/ },
      { name: 'is full', says: /no space/ },
    ];

    eachFault(endings, ['becomes'])('$name in the copy', { timeout: 240_000 }, async ({ name, says }) => {
      const disk = join(workspace.folder, 'disk');
      mkdirSync(disk, { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
      try {
        const source = await proxy('source');
        source.throttle(2_000_000);
        const migration = await begin('machine', { ports: { source: source.port }, folder: 'disk' });
        let struck = false;
        const result = await migration.start((event, { process: { pid } }) => {
          if ((struck || inCopy(event)) && name === 'is full') fillUp(disk, pid);
          if (struck || !inCopy(event)) return;
          struck = true;
          if (name !== 'is full') execFileSync('mount', ['-o', 'remount,ro', disk]);
          source.throttle(Infinity);
        }).result;
        expect(struck, tail(result)).toBe(true);
        expectPlainWords(result, says);
        const again = await migration.start().result;
        expectPlainWords(again, says);
        if (name === 'is full') execFileSync('rm', [join(disk, 'ballast')]);
        else execFileSync('mount', ['-o', 'remount,rw', disk]);
        await migration.toTheEnd(`pgm's file system ${name}`, 1);
        await migration.finish();
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    });
  });
});
