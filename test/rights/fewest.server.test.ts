import { expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';
import { rolesOfPage } from './page-roles.js';

const servers = useServers({
  source: { major: 16, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

const password = 'moved';

/** Types the roles of docs/security.md, and gives their names. */
async function typeRoles(heading: Parameters<typeof rolesOfPage>[0]): Promise<void> {
  for (const [side, major] of [
    ['source', 16],
    ['target', 18],
  ] as const)
    for (const { sql: statement, within } of rolesOfPage(heading, side, major, {
      role: 'mover',
      password,
      database: 'shop',
    }))
      await sql(servers[side], within === 'shop' ? 'shop' : 'postgres', statement);
}

it('the roles of the page about security bring a database, and what continuous replication wants of them is said', async () => {
  await createDatabase(
    servers.source,
    'shop',
    `create role app; create schema s authorization app; set role app;
     create table s.item (id serial primary key, v text); insert into s.item (v) select 'v' || g from generate_series(1, 100) g; create view s.v as select * from s.item`,
  );
  await sql(servers.target, 'postgres', 'create role app');
  await typeRoles('One copy');
  const spec = (method: string): string =>
    specText(servers.source, servers.target, `databases: {include: [shop]}\nmethod: ${method}\nroles: skip`).replaceAll(
      'postgres://postgres@',
      'postgres://mover@',
    );

  workspace.write('pgm.yaml', spec('continuous'));
  const { code, stdout } = await workspace.pgm('plan', '--json');
  expect(code, stdout).toBe(6);
  const { findings } = JSON.parse(stdout) as {
    findings: { code: string; severity: string; remedy: string | null; message: string }[];
  };
  for (const finding of findings.filter(({ severity }) => severity === 'error'))
    expect(finding).toMatchObject({
      code: expect.stringMatching(/^PGM4/) as string,
      remedy: expect.stringMatching(/\w/) as string,
    });

  workspace.write('pgm.yaml', spec('dump'));
  // Objects of app are given to it by a member alone.
  await sql(servers.target, 'postgres', 'grant app to mover');
  await workspace.succeeds('apply', '--auto-approve');
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
});
