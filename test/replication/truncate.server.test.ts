import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

describe('TRUNCATE of tables that foreign keys join', () => {
  it('goes through with several lanes, and the other tables have theirs', { timeout: 120_000 }, async () => {
    await createDatabase(
      servers.source,
      'joined',
      `create table parent (id int primary key);
      create table child (id int primary key, p int references parent);
      create table alone (id int primary key);
      create table ring (id int primary key, next int references ring);
      insert into parent select generate_series(1, 100);
      insert into child select i, i from generate_series(1, 100) i;
      insert into alone select generate_series(1, 100)`,
    );
    workspace.write(
      'joined.yaml',
      specText(servers.source, servers.target, 'databases: {include: [joined]}\nreplication: {lanes: 3}'),
    );
    await workspace.succeeds('apply', 'joined.yaml', '--auto-approve');
    expect(await value(servers.source, 'joined', 'select count(*)::int from pg_publication')).toBe('3');
    await sql(
      servers.source,
      'joined',
      'truncate parent, child; insert into parent values (7); insert into child values (1, 7); truncate ring',
    );
    await workspace.succeeds('apply', 'joined.yaml', '--auto-approve', '--goal', 'cutover');
    expect(await compareDatabases(servers.source, servers.target, 'joined')).toEqual([]);
    await workspace.succeeds('apply', 'joined.yaml', '--auto-approve', '--goal', 'ready');
  });
});
