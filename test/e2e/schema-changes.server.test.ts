import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import type { Finding } from '../../src/checks/finding.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { changes, tablesOfChanges } from '../support/schema-changes.js';
import { clientConfig, createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const onSource = (text: string): Promise<unknown> => sql(servers.source, 'shop', text);

async function left(): Promise<readonly string[]> {
  const status = await workspace.pgm('status', '--json');
  const { drift } = JSON.parse(status.stdout) as { readonly drift: readonly Finding[] };
  return drift.filter(({ code }) => code === 'PGM615').map(({ message }) => message);
}

async function apply(...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.pgm('apply', '--auto-approve', ...more);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

beforeAll(async () => {
  await createDatabase(servers.source, 'shop', tablesOfChanges);
  await onSource(`create table refers (id int primary key, item bigint references key_retyped);
    create view over_retyped as select a from retyped where id > 1;
    create view on_it as select count(*) from over_retyped`);
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\nschema_changes: follow'));
  await apply();
}, 120_000);

it('brings every row over each change of a column, and copies again only what cannot be told', async () => {
  for (const { before } of changes) await onSource(before);
  await onSource('drop view on_it, over_retyped; insert into refers values (1, 2)');
  for (const { deploy } of changes) for (const statement of deploy.split('; ')) await onSource(statement);
  await onSource(`create view over_retyped as select a from retyped where id > 1;
    create view on_it as select count(*) from over_retyped`);
  for (const { after } of changes) await onSource(after);
  const output = await apply('--json');
  expect(await left(), output).toEqual([]);
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  expect(output).toContain('several times with rows in between');
  const plan = JSON.parse((await workspace.pgm('plan', '--json')).stdout) as { readonly steps: readonly unknown[] };
  expect(plan.steps).toEqual([]);
  const later = await sql<{ name: string }>(
    servers.target,
    'shop',
    'select distinct name from pgm.part where lane > 1 order by 1',
  );
  // What a foreign key joins with others travels with them by now.
  const again = changes.filter(change => change.again && change.name !== 'key_retyped').map(({ name }) => name);
  expect(later.map(({ name }) => name)).toEqual([...again].sort());
}, 240_000);

it('does not switch over a definition that changed in the write stop', async () => {
  workspace.write(
    'deploy.mjs',
    `import pg from ${JSON.stringify(pathToFileURL(resolve('node_modules/pg/lib/index.js')).href)};
const client = new pg.Client(${JSON.stringify(clientConfig(servers.source, 'shop'))});
await client.connect();
await client.query('create or replace function late() returns int language sql as $$ select 1 $$');
await client.end();`,
  );
  const spec = 'method: continuous\nschema_changes: follow\nverify: off\ncutover: {failback: true';
  workspace.write(
    'pgm.yaml',
    specText(servers.source, servers.target, `${spec}, hooks: {switch: [[node, deploy.mjs]]}}`),
  );
  const late = await workspace.pgm('apply', '--auto-approve', '--goal', 'cutover');
  expect(late.code, late.stderr).toBe(7);
  expect(late.stderr).toMatch(/definitions of "shop" were changed on the source.*function/);
  await onSource("insert into added_now values (10, 'still here')");
  workspace.write('pgm.yaml', specText(servers.source, servers.target, `${spec}}`));
  await apply();
  await apply('--goal', 'cutover');
  expect(await sql(servers.target, 'shop', 'select late() as one')).toEqual([{ one: 1 }]);
  workspace.write('pgm.yaml', specText(servers.source, servers.target, `${spec}}\ngoal: cutover`));
  const ended = await workspace.pgm('destroy', '--auto-approve');
  expect(ended.code, ended.stderr).toBe(0);
}, 240_000);
