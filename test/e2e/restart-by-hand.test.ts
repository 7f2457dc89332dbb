import { expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, startServer, stopServer, useServers } from '../support/servers.js';

const servers = useServers({ source: { major: 14 }, target: { major: 16, settings: logicalSettings } });
const workspace = useWorkspace();

it('ends where the source needs a restart, calls nothing failed, and goes on after it', async () => {
  await createDatabase(
    servers.source,
    'shop',
    'create table item (id int primary key); insert into item select generate_series(1, 100)',
  );
  const spec = specText(
    servers.source,
    servers.target,
    'databases: {include: [shop]}\nroles: skip\nmethod: continuous\ncutover: {failback: false}',
  );
  workspace.write('pgm.yaml', spec.replace(/^ +restart: .*$/m, '  restart: manual'));
  const waiting = await workspace.pgm('apply', '--auto-approve');
  expect(waiting.code, waiting.stderr).toBe(7);
  expect(waiting.stderr).toMatch(/the source must be restarted for .*wal_level = logical/);
  const before = await workspace.pgm('status', '--json');
  expect(JSON.parse(before.stdout), before.stderr).toMatchObject({ state: 'not-started' });

  await stopServer(servers.source);
  await startServer(servers.source);
  await workspace.succeeds('apply', '--auto-approve');
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  await workspace.succeeds('cutover', '--auto-approve');
  await workspace.succeeds('close', '--auto-approve');
});
