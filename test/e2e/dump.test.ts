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

  it('brings rows into the partition that the target finds for them, and compares them there', async () => {
    await createDatabase(
      servers.source,
      'moods',
      `create type mood as enum ('a', 'b', 'c', 'd', 'e');
       create table felt (m mood, id int, primary key (m, id)) partition by hash (m);
       create table felt_0 partition of felt for values with (modulus 2, remainder 0);
       create table felt_1 partition of felt for values with (modulus 2, remainder 1) partition by hash (id, m);
       create table felt_1_0 (id int not null, m mood not null);
       alter table felt_1 attach partition felt_1_0 for values with (modulus 1, remainder 0);
       create table named (k text collate "en-x-icu" primary key) partition by range (k);
       create table named_1 partition of named for values from (minvalue) to ('m');
       create table named_2 partition of named for values from ('m') to (maxvalue);
       insert into felt select (enum_range(null::mood))[1 + n % 5], n from generate_series(1, 1000) n;
       insert into named select md5(n::text) from generate_series(1, 100) n`,
    );
    const text = (method: string): string =>
      specText(servers.source, servers.target, `databases: {include: [moods]}\nmethod: ${method}`);
    workspace.write('auto.yaml', text('auto'));
    expect(JSON.parse((await workspace.pgm('plan', 'auto.yaml', '--json')).stdout)).toMatchObject({
      method: 'dump',
      fallback: { obstacles: expect.arrayContaining([expect.objectContaining({ code: 'PGM521' })]) },
    });
    workspace.write('third.yaml', text('dump'));
    await workspace.succeeds('apply', 'third.yaml', '--auto-approve');
    const rowsSql = 'select m::text, id from felt union all select k, null from named order by 1, 2';
    expect(await sql(servers.target, 'moods', rowsSql)).toEqual(await sql(servers.source, 'moods', rowsSql));
    await workspace.succeeds('verify', 'third.yaml');
    await sql(servers.target, 'moods', "delete from felt where m = 'a' and id = 5");
    expect(await workspace.pgm('verify', 'third.yaml')).toMatchObject({ code: 9 });
  });
});
