import { expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 18, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

it('follows what a deploy changes while it watches, but takes away no column unasked', async () => {
  await createDatabase(servers.source, 'shop', 'create table item (id int primary key, name text, old text)');
  workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: continuous\nschema_changes: follow'));
  const applied = await workspace.pgm('apply', '--auto-approve');
  expect(applied.code, applied.stderr).toBe(0);
  const watch = workspace.start('watch', '--interval', '1s', '--json');
  try {
    await sql(
      servers.source,
      'shop',
      'alter table item add column price int default 3; create index item_price on item (price); ' +
        "alter table item drop column old; insert into item values (1, 'a', 5)",
    );
    await waitUntil('the row and the index are there', async () => {
      const rows = await sql(servers.target, 'shop', 'select from item').catch(() => []);
      const index = await sql(servers.target, 'shop', "select from pg_class where relname = 'item_price'");
      return rows.length === 1 && index.length === 1;
    });
    await waitUntil('it is told', () => watch.output().includes('"followed"'));
  } finally {
    watch.process.kill('SIGTERM');
  }
  await watch.result;
  expect(await sql(servers.target, 'shop', 'select old, price from item')).toEqual([{ old: null, price: 5 }]);
  const asked = await workspace.pgm('apply', '--auto-approve');
  expect(asked.code, asked.stderr).toBe(0);
  expect(await compareDatabases(servers.source, servers.target, 'shop')).toEqual([]);
  const ended = await workspace.pgm('destroy', '--auto-approve');
  expect(ended.code, ended.stderr).toBe(0);
}, 120_000);
