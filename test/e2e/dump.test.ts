import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, sql, useServers } from '../support/servers.js';

const archive = `
  create table entry (id serial primary key, text text, at timestamptz default now());
  create table note (entry_id int references entry, text text);
  insert into entry (text) select 'entry ' || n from generate_series(1, 5000) n;
  insert into note select n, 'note ' || n from generate_series(1, 3000) n;`;

/** A source where logical replication is impossible: its role is neither superuser nor has REPLICATION. */
const readerSetup = `create role reader login; grant pg_read_all_data to reader`;

describe('a migration by dump', () => {
  const servers = useServers({ source: { major: 14 }, target: { major: 18 } });
  const workspace = useWorkspace();
  const asReader = (text: string): string => text.replace('postgres://postgres@', 'postgres://reader@');

  it('is refused by auto until it is allowed, then copies all and leaves nothing', async () => {
    await sql(servers.source, 'postgres', readerSetup);
    await createDatabase(servers.source, 'archive', archive);
    workspace.write(
      'pgm.yaml',
      asReader(specText(servers.source, servers.target, 'databases: {include: [archive]}\nroles: skip')),
    );
    const plan = await workspace.pgm('plan', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({
      method: 'dump',
      fallback: {
        reason: expect.any(String),
        obstacles: expect.arrayContaining([
          expect.objectContaining({ code: 'PGM401', remedy: 'alter role "reader" replication;' }),
        ]),
      },
    });
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({ code: 6 });
    await workspace.succeeds('apply', '--auto-approve', '--allow-dump');
    expect(await compareDatabases(servers.source, servers.target, 'archive')).toEqual([]);
    expect(JSON.parse((await workspace.pgm('status', '--json')).stdout)).toMatchObject({
      state: 'ready',
      method: 'dump',
    });
  });

  it('is what method dump does where logical replication would be possible', async () => {
    await createDatabase(servers.source, 'second', archive);
    workspace.write(
      'second.yaml',
      specText(servers.source, servers.target, 'databases: {include: [second]}\nmethod: dump'),
    );
    await workspace.succeeds('apply', 'second.yaml', '--auto-approve');
    expect(await compareDatabases(servers.source, servers.target, 'second')).toEqual([]);
    expect(await sql(servers.source, 'postgres', 'select slot_name from pg_replication_slots')).toEqual([]);
  });
});
