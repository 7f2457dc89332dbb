import { expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value, type LocalServer } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();

/** Triggers count in sequences: nothing rolls those back, and replication does not carry them. */
const script = `
  create sequence plain; create sequence always; create sequence row_rule; create sequence ddl;
  create table t (id int primary key, n int);
  create table u (id int primary key, t_id int references t on delete cascade);
  create table log (id int primary key);
  create function count_call() returns trigger language plpgsql as $$ begin perform nextval(tg_argv[0]::regclass); return new; end $$;
  create function count_ddl() returns event_trigger language plpgsql as $$ begin perform nextval('public.ddl'); end $$;
  create trigger plain after insert or update or delete on t for each row execute function count_call('public.plain');
  create trigger before before insert on t for each row execute function count_call('public.plain');
  create trigger stat after truncate on t execute function count_call('public.plain');
  create trigger always after insert on u for each row execute function count_call('public.always');
  alter table u enable always trigger always;
  create rule r as on insert to log do also select nextval('public.row_rule');
  insert into t select g, g from generate_series(1, 500) g;
  insert into u select g, g from generate_series(1, 500) g;
  insert into log select generate_series(1, 50);
  select setval('plain', 1, false), setval('always', 1, false), setval('row_rule', 1, false);
  create materialized view total as select count(*) as n from t;
  create unlogged table scratch (id int primary key);
  insert into scratch values (1);
  create table doubled (id int primary key, twice int generated always as (id * 2) stored);
  insert into doubled select generate_series(1, 10);
  select lo_from_bytea(1001, 'stays'), lo_from_bytea(1002, 'changes'), lo_from_bytea(1003, 'goes');
  create event trigger on_ddl on ddl_command_end execute function count_ddl();
  select setval('ddl', 1, false);`;

const called = async (server: LocalServer, sequence: string): Promise<number> =>
  Number(await value(server, 'app', `select case when is_called then last_value else 0 end from ${sequence}`));

it(
  'fires nothing on the target but what is ENABLE ALWAYS, and brings at ' +
    'the cutover what replication does not carry',
  async () => {
    await createDatabase(servers.source, 'app', script);
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'method: continuous\ncutover: {failback: false}'),
    );
    expect(await workspace.pgm('apply', '--auto-approve')).toMatchObject({ code: 0 });
    // The load fires nothing at all.
    for (const sequence of ['plain', 'always', 'row_rule'])
      expect([sequence, await called(servers.target, sequence)]).toEqual([sequence, 0]);
    expect(await called(servers.target, 'ddl')).toBeLessThanOrEqual(await called(servers.source, 'ddl'));
    const ddl = await called(servers.target, 'ddl');

    await sql(
      servers.source,
      'app',
      `
    insert into t select g, g from generate_series(501, 520) g;
    insert into u select g, g from generate_series(501, 520) g;
    update t set n = 0 where id <= 10;
    delete from t where id <= 5;
    insert into log values (100);
    insert into doubled select generate_series(11, 20);
    select lo_put(1002, 0, 'CHANGED'), lo_unlink(1003), lo_from_bytea(1004, 'is new');
    comment on large object 1004 is 'new';
    refresh materialized view total;`,
    );
    await waitUntil(
      'the target has followed',
      async () => (await value(servers.target, 'app', 'select count(*) from log')) === '51',
    );
    expect(await called(servers.source, 'plain')).toBe(20 + 20 + 10 + 5);
    expect(await called(servers.target, 'plain')).toBe(0);
    expect(await called(servers.target, 'row_rule')).toBe(0);
    expect(await called(servers.target, 'always')).toBe(20);

    expect(await workspace.pgm('cutover', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await workspace.pgm('close', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await called(servers.target, 'ddl')).toBeLessThanOrEqual(Math.max(ddl, await called(servers.source, 'ddl')));
    // On the source it goes on counting while pgm drops its publication there.
    expect(
      (await compareDatabases(servers.source, servers.target, 'app')).filter(line => !line.startsWith('public.ddl:')),
    ).toEqual([]);
    const objects =
      "select oid, lo_get(oid), obj_description(oid, 'pg_largeobject') from pg_largeobject_metadata order by oid";
    expect(await sql(servers.target, 'app', objects)).toEqual(await sql(servers.source, 'app', objects));
    expect(
      await value(servers.target, 'app', "select string_agg(oid::text, ' ' order by oid) from pg_largeobject_metadata"),
    ).toBe('1001 1002 1004');
    expect(await value(servers.target, 'app', 'select n from total')).toBe('515');
  },
);
