import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.js';
import type { ServerFacts, StandbyFacts } from '../../src/inspect/facts.js';
import { isSynchronousName, parseSynchronousStandbys } from '../../src/postgres/synchronous-standbys.js';
import type { Goal } from '../../src/spec/spec.js';
import { aLockfile } from '../state/a-lockfile.js';
import { ofCode, specFor } from './readiness.js';
import { setting, someFacts, someServer } from './some-facts.js';

describe('synchronous_standby_names', () => {
  it.each<[string, 'first' | 'any', number, readonly string[]]>([
    ['s1', 'first', 1, ['s1']],
    ['s1, s2', 'first', 1, ['s1', 's2']],
    ['2 (s1, s2, s3)', 'first', 2, ['s1', 's2', 's3']],
    ['FIRST 2 (s1,s2)', 'first', 2, ['s1', 's2']],
    ['any 1 (s1, "s 2")', 'any', 1, ['s1', 's 2']],
    ['ANY 3(*)', 'any', 3, ['*']],
    ['*', 'first', 1, ['*']],
    ['"a ""b"" (c)"', 'first', 1, ['a "b" (c)']],
    ['first, any', 'first', 1, ['first', 'any']],
    ['"any", s2', 'first', 1, ['any', 's2']],
  ])('%s', (value, method, count, names) => {
    expect(parseSynchronousStandbys(value)).toEqual({ method, count, names });
  });

  it('is nobody where it is empty', () => {
    expect(parseSynchronousStandbys(' ')).toBeNull();
  });

  it('compares names without case, as the server does', () => {
    const wanted = parseSynchronousStandbys('Node_A');
    expect(wanted !== null && isSynchronousName(wanted, 'node_a')).toBe(true);
    expect(wanted !== null && isSynchronousName(wanted, 'node_b')).toBe(false);
  });
});

const standby = (name: string, more: Partial<StandbyFacts> = {}): StandbyFacts => ({
  name,
  streams: true,
  waitedFor: true,
  ...more,
});
const lane = standby('pgm_shop_16384_1');
const back = standby('pgm_shop_16384_r');

interface Case {
  readonly name: string;
  readonly names: string;
  readonly standbys: readonly StandbyFacts[] | null;
  readonly side?: 'source' | 'target';
  readonly goal?: Goal;
  readonly reached?: 'cutover' | 'synced';
  readonly lines?: readonly string[];
  readonly server?: Partial<ServerFacts>;
  readonly commit?: string;
  readonly found: readonly string[];
}

const away = 'every write of an application hangs';
const ends = 'they hang as soon as it ends';
const joins = "takes pgm's subscriptions for standbys";

const cases: readonly Case[] = [
  { name: 'not set', names: '', standbys: [], found: [] },
  { name: 'there', names: 'a', standbys: [standby('a')], found: [] },
  { name: 'hidden', names: 'a', standbys: null, found: [] },
  { name: 'away', names: 'a', standbys: [], found: [`warning ${away}`] },
  { name: 'not caught up', names: 'a', standbys: [standby('a', { streams: false })], found: [`warning ${away}`] },
  { name: 'another', names: 'a', standbys: [standby('b', { waitedFor: false })], found: [`warning ${away}`] },
  { name: 'one of two', names: 'ANY 2 (a, b)', standbys: [standby('b')], found: [`warning ${away}`] },
  { name: 'two of three', names: 'ANY 2 (a, b, c)', standbys: [standby('b'), standby('c')], found: [] },
  { name: 'only a lane', names: '*', standbys: [lane], found: [`warning ${ends}`] },
  { name: 'a lane beside them', names: '*', standbys: [lane, standby('a')], found: [`warning ${joins}`] },
  { name: 'everybody, before the lanes', names: '*', standbys: [standby('a')], found: [`warning ${joins}`] },
  { name: 'a lane by name', names: 'pgm_shop_16384_1', standbys: [lane], found: [`warning ${ends}`] },
  { name: 'asked for and not waited for', names: 'a', standbys: [], commit: 'local', found: [] },
  { name: 'the target’s before the cutover is the goal', names: 'a', standbys: [], side: 'target', found: [`warning ${away}`] },
  { name: 'the target’s when it takes over', names: 'a', standbys: [], side: 'target', goal: 'cutover', found: [`error ${away}`] },
  { name: 'the target’s in a dump', names: 'a', standbys: [], side: 'target', goal: 'ready', lines: ['method: dump'], found: [`warning ${away}`] },
  { name: 'the target’s after the cutover', names: 'a', standbys: [], side: 'target', goal: 'cutover', reached: 'cutover', found: [`warning ${away}`] },
  { name: 'the way back on the target', names: '*', standbys: [back], side: 'target', goal: 'cutover', reached: 'cutover', found: [`warning ${ends}`] },
  { name: 'the way back that close would end', names: '*', standbys: [back], side: 'target', goal: 'ready', reached: 'cutover', found: [`error ${ends}`] },
  { name: 'the source’s when it takes over again', names: 'a', standbys: [], goal: 'synced', reached: 'cutover', found: [`error ${away}`] },
  { name: 'the target’s while the source takes over again', names: 'a', standbys: [], side: 'target', goal: 'synced', reached: 'cutover', found: [`warning ${away}`] },
  { name: 'everybody on the target without a way back', names: '*', standbys: [standby('a')], side: 'target', lines: ['cutover: {failback: false}'], found: [] },
  { name: 'everybody on the target with a way back', names: '*', standbys: [standby('a')], side: 'target', found: [`warning ${joins}`] },
]; // prettier-ignore

describe('PGM220: standbys that commits wait for', () => {
  it.each(cases)(
    '$name',
    ({ names, standbys, side = 'source', goal = 'synced', reached, lines = [], commit, found }) => {
      const server = {
        standbys,
        settings: {
          synchronous_standby_names: setting(names, 'sighup'),
          ...(commit === undefined ? {} : { synchronous_commit: setting(commit, 'user') }),
        },
      };
      const facts = someFacts(
        side === 'source'
          ? { source: someServer(server) }
          : { target: someServer({ host: 'new.example.com', systemIdentifier: '2', ...server }) },
      );
      const spec = specFor({
        source: 'postgres://migrator:x@db.example.com/postgres',
        target: 'postgres://migrator:x@new.example.com/postgres',
        lines: [
          ...(lines.some(line => line.startsWith('method')) ? [] : ['method: continuous']),
          `goal: ${goal}`,
          ...lines,
        ],
      });
      const seen = ofCode(runChecks(spec, facts, reached === undefined ? null : aLockfile({ reached })), 'PGM220');
      expect(seen.map(({ severity, server: where }) => `${severity} ${where}`)).toEqual(
        found.map(words => `${words.split(' ')[0] ?? ''} ${side}`),
      );
      for (const [index, words] of found.entries())
        expect(seen[index]?.message).toContain(words.slice(words.indexOf(' ') + 1));
    },
  );

  it('names those that are there', () => {
    const source = someServer({
      standbys: [standby('a'), standby('b'), lane],
      settings: { synchronous_standby_names: setting('ANY 2 (*)', 'sighup') },
    });
    const spec = specFor({ source: 'postgres://m:x@a/postgres', target: 'postgres://m:x@b/postgres' });
    expect(ofCode(runChecks(spec, someFacts({ source })), 'PGM220')[0]?.remedy).toContain('ANY 2 ("a", "b")');
  });
});

describe('PGM221: slots that lanes wait for', () => {
  // prettier-ignore
  const slot = { name: 'standby', database: null, plugin: null, temporary: false, walStatus: 'reserved', restartLsn: null, confirmedFlushLsn: null, retainedWalBytes: 0, lagBytes: null };
  it.each<[string, string, boolean, Goal, readonly string[]]>([
    ['nothing is waited for', '', false, 'cutover', []],
    ['the standby reads', 'standby', true, 'cutover', []],
    ['the standby is away', 'standby', false, 'synced', ['warning']],
    ['the standby is away at the cutover', 'standby', false, 'cutover', ['error']],
    ['there is no such slot', '"gone", standby', true, 'synced', ['warning']],
  ])('%s', (_, value, active, goal, found) => {
    const source = someServer({
      versionNum: 170000,
      slots: [{ ...slot, active }],
      settings: { synchronized_standby_slots: setting(value, 'sighup') },
    });
    // prettier-ignore
    const spec = specFor({ source: 'postgres://m:x@a/postgres', target: 'postgres://m:x@b/postgres', lines: [`goal: ${goal}`] });
    expect(ofCode(runChecks(spec, someFacts({ source })), 'PGM221').map(({ severity }) => severity)).toEqual(found);
  });
});
