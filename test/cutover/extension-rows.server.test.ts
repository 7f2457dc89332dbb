import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embeddedBin } from '../support/majors.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';

const majors = [14, 18] as const;
const servers = useServers({
  source: { major: majors[0], embedded: true, settings: logicalSettings },
  target: { major: majors[1], embedded: true, settings: logicalSettings },
});
const workspace = useWorkspace();

const name = 'pgm_test_rows';
const files: readonly (readonly [string, string])[] = [
  [`${name}.control`, "default_version = '1'\nrelocatable = false\n"],
  [
    `${name}--1.sql`,
    `create table job (id serial primary key, command text);
     create table run (id int primary key, job int references job on delete cascade);
     create table option (name text primary key, value text, built_in bool default false);
     insert into option values ('level', '1', true);
     select pg_catalog.pg_extension_config_dump('job', '');
     select pg_catalog.pg_extension_config_dump('job_id_seq', '');
     select pg_catalog.pg_extension_config_dump('run', '');
     select pg_catalog.pg_extension_config_dump('option', 'where not built_in');`,
  ],
];
const folders = majors.map(major => join(embeddedBin(major) ?? '', '../share/postgresql/extension'));

beforeAll(() => {
  for (const folder of folders) for (const [file, text] of files) writeFileSync(join(folder, file), text);
});

afterAll(() => {
  for (const folder of folders) for (const [file] of files) rmSync(join(folder, file), { force: true });
});

const rows = async (server: LocalServer): Promise<unknown[]> =>
  sql(
    server,
    'app',
    `select (select json_agg(j order by id) from job j) as jobs, (select json_agg(r order by id) from run r) as runs,
       (select json_agg(o order by name) from option o) as options, (select last_value from job_id_seq) as last`,
  );

it("keeps the user's rows of extensions' tables up to the switch, in both directions, and their sequences", async () => {
  await createDatabase(
    servers.source,
    'app',
    `create extension ${name}; create table t (id int primary key); insert into job (command) values ('one'), ('two');
     insert into run values (1, 1); insert into option values ('colour', 'red')`,
  );
  workspace.write(
    'pgm.yaml',
    specText(servers.source, servers.target, 'method: continuous\ndatabases: {include: [app]}'),
  );
  await workspace.succeeds('apply', '--auto-approve');
  const copied = await rows(servers.target);
  expect(copied).toEqual(await rows(servers.source));

  const write = `update job set command = command || '!'; insert into job (command) values ('more'); delete from job where id = 1;
    update option set value = 'blue' where not built_in; update option set value = '9' where built_in`;
  await sql(servers.source, 'app', write);
  await workspace.succeeds('cutover', '--auto-approve');
  const [there] = (await rows(servers.target)) as { options: { name: string; value: string }[] }[];
  // What comes with the extension is no row of the user's.
  expect(there?.options).toMatchObject([
    { name: 'colour', value: 'blue' },
    { name: 'level', value: '1' },
  ]);
  await sql(servers.target, 'app', "update option set value = '9' where built_in");
  expect(await rows(servers.target)).toEqual(await rows(servers.source));

  await sql(
    servers.target,
    'app',
    "insert into job (command) values ('on the target'); delete from option where not built_in",
  );
  await workspace.succeeds('rollback', '--auto-approve');
  expect(await rows(servers.source)).toEqual(await rows(servers.target));
  await workspace.succeeds('destroy', '--auto-approve');
});
