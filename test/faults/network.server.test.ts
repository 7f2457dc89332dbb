import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import type { Proxy } from '../support/proxy.js';
import { sql, startServer, stopServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault } from './each-fault.js';
import { quickWorkers, tail, useFaults } from './migration.js';

const settings = { ...quickWorkers, wal_receiver_timeout: '5s', wal_sender_timeout: '5s' };
const { servers, workspace, begin, proxy } = useFaults<'target'>({
  source: { major: 14, settings },
  target: { major: 18, settings },
});

const killAt = join(import.meta.dirname, '../cutover/kill-at.mjs');

interface Line {
  readonly source: Proxy;
  readonly target: Proxy;
}

interface Fault {
  readonly name: string;
  /** When it happens. */
  readonly at: (event: ApplyEvent) => boolean;
  /** What happens; gives back what mends it, if anybody must. */
  readonly strike: (line: Line) => Promise<void> | void;
  /** Slows the copy down, so that there is something to strike. */
  readonly slowly?: boolean;
  /** The link stays as it is then, up to the end of the migration. */
  readonly stays?: boolean;
}

const inCopy = (event: ApplyEvent): boolean =>
  event.type === 'step_progress' && event.step.includes('/copy/') && (event.progress.bytes?.done ?? 0) > 1_000_000;
const inSync = (event: ApplyEvent): boolean => event.type === 'step_start' && event.kind === 'sync';
const inIndexes = (event: ApplyEvent): boolean => event.type === 'step_start' && event.kind === 'indexes';

const faults: readonly Fault[] = [
  { name: 'source: every connection cut in the copy', at: inCopy, slowly: true, strike: ({ source }) => source.cut() },
  { name: 'target: every connection cut in the copy', at: inCopy, slowly: true, strike: ({ target }) => target.cut() },
  { name: 'source: black hole in the copy', at: inCopy, slowly: true, strike: ({ source }) => source.stallOpen() },
  { name: 'target: black hole in the copy', at: inCopy, slowly: true, strike: ({ target }) => target.stallOpen() },
  { name: 'source: cut while it syncs', at: inSync, strike: ({ source }) => source.cut() },
  { name: 'target: cut while it syncs', at: inSync, strike: ({ target }) => target.cut() },
  { name: 'source: black hole while it syncs', at: inSync, strike: ({ source }) => source.stallOpen() },
  { name: 'target: cut while indexes are built', at: inIndexes, slowly: true, strike: ({ target }) => target.cut() },
  {
    name: 'slow link in the copy',
    at: (event: ApplyEvent) => event.type === 'step_start' && event.kind === 'copy',
    strike: slowLink,
    stays: true,
  },
  { name: 'slow link while it syncs and cuts over', at: inSync, strike: slowLink, stays: true },
  { name: 'source restarted (fast) in the copy', at: inCopy, slowly: true, strike: () => restart('source', 'fast') },
  { name: 'source crashed in the copy', at: inCopy, slowly: true, strike: () => restart('source', 'immediate') },
  { name: 'target restarted (fast) in the copy', at: inCopy, slowly: true, strike: () => restart('target', 'fast') },
  { name: 'target crashed in the copy', at: inCopy, slowly: true, strike: () => restart('target', 'immediate') },
  { name: 'source crashed while it syncs', at: inSync, strike: () => restart('source', 'immediate') },
  { name: 'target crashed while it syncs', at: inSync, strike: () => restart('target', 'immediate') },
];

/** As between two continents over a narrow line. */
function slowLink({ source, target }: Line): void {
  for (const proxy of [source, target]) {
    proxy.throttle(500_000);
    proxy.delay(25);
  }
}

async function restart(name: 'source' | 'target', mode: 'fast' | 'immediate'): Promise<void> {
  await stopServer(servers[name], mode);
  await startServer(servers[name]);
}

const short = ['source: every connection cut in the copy', 'target crashed in the copy', 'target: cut while it syncs'];

describe('the network and the servers fail', () => {
  eachFault(faults, short)('$name', { timeout: 240_000 }, async ({ name, at, strike, slowly, stays }) => {
    const line = { source: await proxy('source'), target: await proxy('target') };
    const migration = await begin('network', {
      ports: { source: line.source.port, target: line.target.port },
      spec: 'copy: {jobs: 2, index_jobs: 2, split_above: 2MB}',
    });
    // A crash empties unlogged tables on the server that crashed.
    if (name.includes('crashed')) await sql(servers.source, 'network', 'drop table cache');
    if (slowly === true) line.source.throttle(4_000_000);
    let struck: Promise<void> | undefined;
    const began = performance.now();
    const result = await migration.start(event => {
      if (struck !== undefined || !at(event)) return;
      struck = Promise.resolve(strike(line)).then(() => {
        if (stays !== true) line.source.throttle(Infinity);
      });
    }).result;
    expect(struck, result.stdout.slice(-2000)).toBeDefined();
    await struck;
    // What may pass is outlasted: nobody has to come and run it again.
    expect(
      result.code,
      result.stdout
        .split('\n')
        .filter(text => !text.includes('step_progress') && !text.includes('"plan"'))
        .join('\n')
        .slice(-4000) + result.stderr,
    ).toBe(0);
    migration.recovered(name, began);
    await migration.finish();
  });
});

type Side = keyof Line;

const endings = (['source', 'target'] as const).flatMap(side => [
  { name: `${side}: every connection cut in the drain`, side, strike: (proxy: Proxy) => proxy.cut() },
  { name: `${side}: black hole in the drain`, side, strike: (proxy: Proxy) => proxy.stallOpen() },
]) satisfies readonly { readonly name: string; readonly side: Side; readonly strike: (proxy: Proxy) => void }[];

describe('the network fails in the write stop of a cutover', () => {
  eachFault(endings, ['source: black hole in the drain'])(
    '$name',
    { timeout: 240_000 },
    async ({ name, side, strike }) => {
      const line = { source: await proxy('source'), target: await proxy('target') };
      const migration = await begin('network', {
        ports: { source: line.source.port, target: line.target.port },
        spec: 'cutover: {timeout: 8s}',
      });
      await migration.applies();
      // All is locked, and the position to which the target must come is read: pgm stands still there until the link
      // has failed.
      const [there, gone] = [join(workspace.folder, 'there'), join(workspace.folder, 'gone')];
      const wait = ['sh', '-c', `touch ${there}; while [ ! -e ${gone} ]; do sleep 0.02; done`];
      Object.assign(workspace.environment, {
        NODE_OPTIONS: `--import ${killAt}`,
        KILL_AT: "'pgm', 'drain'",
        KILL_WHEN: 'after',
        KILL_WITH: JSON.stringify(wait),
      });
      try {
        const cut = migration.start(undefined, '--goal', 'cutover');
        await waitUntil('the drain begins', () => existsSync(there));
        strike(line[side]);
        writeFileSync(gone, '');
        const began = performance.now();
        const result = await cut.result;
        expect(result.code, tail(result)).toBe(7);
        expect((performance.now() - began) / 1000, 'seconds until pgm gives up').toBeLessThan(60);
        await migration.sourceIsWritable();
      } finally {
        for (const variable of ['NODE_OPTIONS', 'KILL_AT', 'KILL_WHEN', 'KILL_WITH'])
          Reflect.deleteProperty(workspace.environment, variable);
        for (const file of [there, gone]) rmSync(file, { force: true });
      }
      await migration.toTheEnd(name, 1, '--goal', 'cutover');
      await migration.finishAfterCutover();
    },
  );
});
