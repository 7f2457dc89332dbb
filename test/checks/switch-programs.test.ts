import { describe, expect, it } from 'vitest';
import { bouncer } from '../../src/checks/bouncer.js';
import type { CheckInput } from '../../src/checks/check.js';
import { hookPrograms } from '../../src/checks/hook-programs.js';
import type { BouncerFacts, HookFacts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { buildSpec } from '../plan/build-facts.js';
import { someFacts } from './some-facts.js';

const answering = (more: Partial<Extract<BouncerFacts, { kind: 'bouncer' }>> = {}): BouncerFacts => ({
  kind: 'bouncer',
  address: 'pool:6432',
  version: 'PgBouncer 1.18.0',
  mayPause: true,
  queryWaitSeconds: 120,
  databases: [{ name: 'shop', poolMode: 'transaction', paused: false }],
  ...more,
});

interface Case {
  readonly goal?: 'synced' | 'cutover';
  readonly reached?: Lockfile['reached'];
  readonly hooks?: string;
  readonly timeout?: string;
  readonly seen?: BouncerFacts;
  readonly found?: readonly HookFacts[];
}

const input = (each: Case): CheckInput => ({
  spec: buildSpec(
    `goal: ${each.goal ?? 'synced'}`,
    `cutover: {pgbouncer: {admin: 'host=pool port=6432 user=ops', databases: [shop]}, timeout: ` +
      `${each.timeout ?? '10s'}, hooks: ${each.hooks ?? '{switch: [./s]}'}}`,
  ),
  facts: someFacts({
    bouncer: each.seen ?? answering(),
    local: { pgDump: null, pgRestore: null, cores: 2, hooks: each.found ?? [] },
  }),
  source: null,
  target: null,
  continuous: true,
  failback: true,
  lockfile: each.reached === undefined ? null : ({ reached: each.reached } as Lockfile),
});

describe('PgBouncer before the switch', () => {
  it.each<[string, Case, string, RegExp]>([
    ['answers', {}, 'ok', /PgBouncer 1\.18\.0 answers, with shop \(transaction\)/],
    ['is away', { seen: { kind: 'silent', address: 'pool:6432', message: 'refused' } }, 'warning', /does not answer/],
    [
      'is away, and a switch is ahead',
      { goal: 'cutover', seen: { kind: 'silent', address: 'pool:6432', message: 'refused' } },
      'error',
      /does not answer: refused/,
    ],
    [
      'is away, and the way back is ahead',
      { reached: 'cutover', seen: { kind: 'silent', address: 'pool:6432', message: 'refused' } },
      'error',
      /does not answer/,
    ],
    [
      'is away, and the switch is made',
      { goal: 'cutover', reached: 'cutover', seen: { kind: 'silent', address: 'pool:6432', message: 'refused' } },
      'warning',
      /does not answer/,
    ],
    ['only lets it look', { seen: answering({ mayPause: false }), goal: 'cutover' }, 'error', /"ops" may read/],
    ['has another name', { seen: answering({ databases: [] }) }, 'warning', /lists no database "shop"/],
    [
      'pools sessions',
      { seen: answering({ databases: [{ name: 'shop', poolMode: 'session', paused: false }] }) },
      'warning',
      /pool mode session: PAUSE waits until its clients leave/,
    ],
    [
      'is paused',
      { seen: answering({ databases: [{ name: 'shop', poolMode: 'transaction', paused: true }] }) },
      'warning',
      /is paused at PgBouncer already/,
    ],
    ['ends those who wait', { timeout: '120s' }, 'warning', /ends clients that wait for 120 s/],
    ['never ends them', { timeout: '120s', seen: answering({ queryWaitSeconds: 0 }) }, 'ok', /answers/],
    ['is pointed nowhere', { hooks: '{before: [./b]}' }, 'warning', /no hook points PgBouncer/],
  ])('%s', (_, each, severity, message) => {
    const found = bouncer.run(input(each));
    expect(found).toMatchObject([{ severity, server: 'local', object: 'pool:6432' }]);
    expect(found[0]?.message).toMatch(message);
  });
});

describe('programs of hooks', () => {
  const found: readonly HookFacts[] = [
    { phase: 'before', program: './b', problem: null },
    { phase: 'switch', program: './s', problem: '/etc/it is/s may not be run' },
    { phase: 'after', program: './a', problem: '/etc/a is not there' },
  ];

  it.each([
    ['synced', 'warning'],
    ['cutover', 'error'],
  ] as const)('are named when they cannot be started (%s)', (goal, severity) => {
    expect(hookPrograms.run(input({ goal, found }))).toMatchObject([
      { severity, object: './s', remedy: "chmod +x '/etc/it is/s'" },
      {
        severity,
        object: './a',
        message: expect.stringContaining('hooks.after cannot be started: /etc/a is not') as string,
      },
    ]);
  });
});
