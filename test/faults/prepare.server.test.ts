import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { sql, startServer, stopServer, value } from '../support/servers.js';
import { eachFault } from './each-fault.js';
import { quickWorkers, tail, useFaults } from './migration.js';

const { servers, workspace, begin } = useFaults<'target'>({
  source: { major: 14, settings: { wal_level: 'replica', max_replication_slots: 1 } },
  target: { major: 18, settings: quickWorkers },
});

beforeEach(async () => {
  await sql(servers.source, 'postgres', 'alter system reset all');
  await stopServer(servers.source);
  await startServer(servers.source);
});

const points = ['server-setting', 'restart', 'role'].flatMap(kind =>
  (['step_start', 'step_done'] as const).map(type => ({ name: `${kind}, at ${type}`, kind, type })),
);

describe('killed with -9 while the servers are made ready', () => {
  eachFault(points, ['server-setting, at step_done'])('$name', { timeout: 240_000 }, async ({ name, kind, type }) => {
    await sql(servers.source, 'postgres', "drop role if exists shopkeeper; create role shopkeeper login password 'x'");
    await sql(servers.target, 'postgres', 'drop role if exists shopkeeper');
    const migration = await begin('prepared');
    const shot = { fired: false };
    const isPoint = (event: ApplyEvent): boolean => event.type === type && event.step.split('/')[1] === kind;
    const result = await migration.start((event, { process }) => {
      if (shot.fired || !isPoint(event)) return;
      shot.fired = true;
      process.kill('SIGKILL');
    }).result;
    expect(shot.fired, tail(result)).toBe(true);
    await migration.toTheEnd(`kill -9, ${name}`, 1);
    expect(await value(servers.source, 'postgres', 'show wal_level')).toBe('logical');
    const { settings } = JSON.parse(workspace.read('prepared.lock.json')) as Lockfile;
    // What it was before the first change of all is what destroy puts back.
    expect(settings['source/wal_level']).toMatchObject({ before: null, after: 'logical' });
    await migration.finish();
  });
});

describe('destroy', () => {
  const states = [
    { name: 'the lockfile is there', lost: false },
    { name: 'the lockfile is lost', lost: true },
  ];

  eachFault(states, ['the lockfile is lost'])(
    'puts the settings back after an apply that was killed in the middle, $name',
    { timeout: 240_000 },
    async ({ name, lost }) => {
      const migration = await begin('prepared');
      await migration.start((event, { process }) => {
        if (event.type === 'step_start' && event.kind === 'copy') process.kill('SIGKILL');
      }).result;
      if (lost)
        for (const file of ['prepared.lock.json', 'prepared.lock.json.backup'])
          rmSync(join(workspace.folder, file), { force: true });
      const began = performance.now();
      const destroyed = await workspace.pgm('destroy', 'prepared.yaml', '--auto-approve');
      expect(destroyed.code, tail(destroyed)).toBe(0);
      const left = await value(
        servers.source,
        'postgres',
        "select setting from pg_file_settings where name = 'wal_level' and sourcefile like '%auto.conf'",
      );
      // What the target remembers of the source is not believed: there it may be anybody's word.
      if (lost) {
        expect(left).toBe('logical');
        expect(destroyed.stdout + destroyed.stderr).toContain('pg_file_settings');
        await sql(servers.source, 'postgres', 'alter system reset all');
      } else expect(left).toBeUndefined();
      await migration.leavesNothing();
      await migration.sourceIsWritable();
      migration.recovered(`kill -9, then destroy, ${name}`, began);
    },
  );
});
