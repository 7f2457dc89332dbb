import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks } from '../docs/markdown.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';

const servers = useServers({
  source: { major: 16, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

/** The roles as docs/security.md says them, for the source and for the target. */
const [onSource = '', onTarget = ''] = codeBlocks(
  readFileSync(resolve(import.meta.dirname, '../../docs/security.md'), 'utf8'),
)
  .filter(({ language }) => language === 'sql')
  .map(({ text }) => text);
const roleOf = (text: string): string => /create role (\w+)/.exec(text)?.[1] ?? '';

it('the roles of the page about security bring a database, and what continuous replication wants of them is said', async () => {
  await createDatabase(
    servers.source,
    'shop',
    `create role app; create schema s authorization app; set role app;
     create table s.item (id serial primary key, v text); insert into s.item (v) select 'v' || g from generate_series(1, 100) g; create view s.v as select * from s.item`,
  );
  await sql(servers.target, 'postgres', 'create role app');
  await sql(servers.source, 'postgres', onSource);
  await sql(servers.target, 'postgres', onTarget);
  const spec = (method: string): string =>
    specText(servers.source, servers.target, `databases: {include: [shop]}\nmethod: ${method}\nroles: skip`)
      .replace('postgres://postgres', `postgres://${roleOf(onSource)}`)
      .replace(/(target:\n {2}connection: postgres:\/\/)postgres/, `$1${roleOf(onTarget)}`);

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
  await sql(servers.target, 'postgres', `grant app to ${roleOf(onTarget)}`);
  await workspace.succeeds('apply', '--auto-approve');
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
});
