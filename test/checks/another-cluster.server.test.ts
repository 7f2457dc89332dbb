import { afterAll, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { specText, useWorkspace } from '../support/pgm.js';
import {
  createDatabase,
  dropDatabases,
  logicalSettings,
  sql,
  useServers,
  type LocalServer,
} from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
  other: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const spec = (source: LocalServer, target: LocalServer, goal: string): void =>
  workspace.write('pgm.yaml', specText(source, target, `method: continuous\ncutover: {failback: true}\ngoal: ${goal}`));

afterAll(async () => {
  spec(servers.source, servers.target, 'cutover');
  await workspace.pgm('destroy', '--auto-approve');
  for (const server of Object.values(servers)) await dropDatabases(server, 'shop');
});

async function isBlocked(by: string, side: string): Promise<void> {
  const { code, stdout } = await workspace.pgm('plan', '--json');
  const { findings, steps } = JSON.parse(stdout) as Plan;
  expect(code, stdout).toBe(6);
  expect(findings.filter(({ code: its }) => its === by)).toMatchObject([{ severity: 'error', server: side }]);
  expect(steps.filter(({ kind }) => kind === 'subscription')).toEqual([]);
  expect((await workspace.pgm('apply', '--auto-approve')).code).toBe(6);
}

it(
  'PGM114: stops when an address leads to another cluster, whichever side has the writes',
  { timeout: 180_000 },
  async () => {
    const tables = 'create table item (id int primary key)';
    await createDatabase(servers.source, 'shop', `${tables}; insert into item select generate_series(1, 10)`);
    await createDatabase(servers.other, 'shop', tables);
    spec(servers.source, servers.target, 'synced');
    await workspace.succeeds('apply', '--auto-approve');

    spec(servers.other, servers.target, 'synced');
    await isBlocked('PGM114', 'source');
    expect(await sql(servers.target, 'shop', 'select 1 from item')).toHaveLength(10);
    spec(servers.source, servers.target, 'cutover');
    await workspace.succeeds('apply', '--auto-approve');

    spec(servers.source, servers.other, 'cutover');
    await isBlocked('PGM114', 'target');
    spec(servers.source, servers.target, 'cutover');
    expect(
      (JSON.parse((await workspace.succeeds('plan', '--json')).stdout) as Plan).findings.filter(
        ({ code }) => code === 'PGM114',
      ),
    ).toEqual([]);
  },
);
