import { describe, expect, it } from 'vitest';
import { findingsFor, ofCode, paste } from '../checks/readiness.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { gained, rightsOf } from './rights-of.js';

/** Makes its owner a superuser where a superuser calls it. */
const evil = `
  create function mal.take() returns void language plpgsql as $f$ begin
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
      execute 'alter role mallory superuser';
    end if;
  end $f$;
  create function mal.evil(int) returns int language plpgsql immutable as $f$ begin perform mal.take(); return $1; end $f$;
  create function mal.hidden(int) returns int language sql immutable as 'select $1 + mal.evil(1)';
  create function mal.plain(int) returns int language plpgsql immutable as $f$ begin return $1; end $f$;
  create function mal.same(int, int) returns boolean language plpgsql immutable as $f$ begin
    perform mal.take(); return true; end $f$;
  create operator mal.=== (leftarg = int, rightarg = int, function = mal.same);`;

/** Each where the planner calls it, whatever the query asks of the table. */
const folded = {
  'mal.expression': 'create index on mal.expression ((id + mal.evil(1)))',
  'mal.predicate': 'create index on mal.predicate (id) where mal.evil(1) = 1',
  'mal.operator': 'create index on mal.operator (id) where 1 operator(mal.===) 1',
  'mal.inlined': 'create index on mal.inlined (mal.hidden(id))',
  'mal.statistics': 'create statistics mal.s on (id + mal.evil(1)), id from mal.statistics',
};
const tables = Object.entries(folded)
  .map(([table, code]) => `create table ${table} (id int primary key, v text); ${code};`)
  .join('\n');

/** Calls that stay calls, and checks, which are only looked at where somebody asks for it, as the database's owner does. */
const harmless = `
  create table mal.fine (id int primary key, v text); create index on mal.fine (mal.plain(id), lower(v));
  create table mal.checked (id int primary key, v text, check (id > 0 or mal.here(1) = 2) no inherit);
  create table mal.bare ();`;

/** As mal.evil, but on this server alone: loading runs checks on the target, of which PGM422 tells. */
const here = (port: number): string =>
  `create function mal.here(int) returns int language plpgsql immutable as $f$ begin
     if current_setting('port') = '${port}' then perform mal.take(); end if; return $1; end $f$;`;

describe('tables that the planner calls code of others for, read from 15 and from 18', { timeout: 180_000 }, () => {
  const servers = useServers({
    source: { major: 15, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  it('are copied without a query and not compared, and the plan says so (PGM423)', async () => {
    const role = 'create role mallory login';
    for (const server of [servers.source, servers.target]) await sql(server, 'postgres', role);
    const rows = [...Object.keys(folded), 'mal.fine', 'mal.checked']
      .map(table => `insert into ${table} select g, repeat('x', 500) from generate_series(1, 3000) g;`)
      .join('\n');
    await createDatabase(
      servers.source,
      'app',
      `create schema mal authorization mallory; grant all on database app to mallory; set role mallory;
       ${evil} ${here(servers.source.port)} ${tables} ${harmless} ${rows}; insert into mal.bare default values; reset role;
       alter database app set constraint_exclusion = on`,
    );
    workspace.write(
      'pgm.yaml',
      specText(
        servers.source,
        servers.target,
        'databases: {include: [app]}\nreplica_identity: {missing: full}\ncopy: {split_above: 64kB, jobs: 2}',
      ),
    );
    const before = await rightsOf([servers.source, servers.target], 'mallory');
    const found = async (): Promise<ReturnType<typeof ofCode>> =>
      ofCode(await findingsFor({ source: servers.source, target: servers.target }), 'PGM423');
    const findings = await found();
    expect(findings.map(({ object }) => object).sort()).toEqual(Object.keys(folded).sort());

    await workspace.succeeds('apply', '--auto-approve');
    const { stdout } = await workspace.succeeds('verify', '--json');
    const report = JSON.parse(stdout) as {
      databases: { tables: { table: string }[]; not_compared: { table: string; reason: string }[] }[];
    };
    expect(report.databases[0]?.tables.map(({ table }) => table)).toEqual(['bare', 'checked', 'fine']);
    expect(report.databases[0]?.not_compared).toHaveLength(findings.length);
    await workspace.succeeds('cutover', '--auto-approve');
    // Rights on the target come with what is brought; nothing else does.
    const brought = (fact: string): boolean => /^has (app )?pg_|^(set|database|file) /.test(fact);
    expect(gained(before, await rightsOf([servers.source, servers.target], 'mallory'), brought)).toEqual([]);

    await workspace.succeeds('rollback', '--auto-approve');
    for (const { remedy } of findings) paste(servers.source, 'app', remedy);
    expect(await found()).toEqual([]);
    // The trap is a real one.
    await sql(
      servers.source,
      'app',
      'alter function mal.evil(int) owner to mallory; select count(*) from mal.expression',
    );
    expect(
      await value(servers.source, 'postgres', "select rolsuper::text from pg_roles where rolname = 'mallory'"),
    ).toBe('true');
    for (const server of [servers.source, servers.target])
      await sql(
        server,
        'app',
        "begin read write; create or replace function mal.take() returns void language plpgsql as 'begin end'; commit",
      );
    expect(await compareDatabases(servers.source, servers.target, 'app')).toEqual([]);
    await workspace.succeeds('destroy', '--auto-approve');
  });
});
