import { describe, expect, it } from 'vitest';
import { serverBin } from '../support/majors.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, dropDatabases, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';

/** What takes minutes or memory, or needs packages that few machines have: `PGM_FIDELITY=all npm run test:fidelity`. */
describe.runIf(process.env['PGM_FIDELITY'] === 'all' && serverBin(15) !== undefined)('the long form', () => {
  const servers = useServers({
    source: { major: 15, settings: logicalSettings },
    target: { major: 15, settings: logicalSettings },
  });
  const workspace = useWorkspace();
  const continuous = (name: string, database: string): string =>
    specText(
      servers.source,
      servers.target,
      `method: continuous\ndatabases: {include: [${database}]}\ncutover: {failback: false, timeout: 120s}`,
    ).replace('name: test', `name: ${name}`);

  async function cutOver(spec: string): Promise<void> {
    await workspace.succeeds('cutover', spec, '--auto-approve');
    await workspace.succeeds('close', spec, '--auto-approve');
  }

  it('brings a bytea of 500 MB by the copy, and another by replication', async () => {
    const half = "select string_agg(decode(md5(n::text), 'hex'), '') from generate_series(1, 32768000) n";
    await createDatabase(
      servers.source,
      'large',
      'create table t (id int primary key, b bytea); alter table t alter column b set ' +
        `storage external; insert into t values (1, (${half}))`,
    );
    expect(await value(servers.source, 'large', 'select length(b) from t')).toBe('524288000');
    workspace.write('large.yaml', continuous('large', 'large'));
    await workspace.succeeds('apply', 'large.yaml', '--auto-approve');
    await sql(servers.source, 'large', "insert into t select 2, b || '\\x01'::bytea from t");
    await waitUntil(
      'the second row has arrived',
      async () => (await value(servers.target, 'large', 'select count(*) from t')) === '2',
      240_000,
    );
    const sums = 'select id, length(b), md5(b) from t order by id';
    expect(await sql(servers.target, 'large', sums)).toEqual(await sql(servers.source, 'large', sums));
    await cutOver('large.yaml');
    await dropDatabases(servers.source, 'large');
    await dropDatabases(servers.target, 'large');
  }, 480_000);

  it('brings a large object of 500 MB, and its change in the cutover', async () => {
    await createDatabase(
      servers.source,
      'objects',
      "select lo_from_bytea(1, (select string_agg(decode(md5(n::text), 'hex'), '') from " +
        'generate_series(1, 32768000) n)); create table t (id int primary key)',
    );
    workspace.write('objects.yaml', continuous('objects', 'objects'));
    await workspace.succeeds('apply', 'objects.yaml', '--auto-approve');
    await sql(servers.source, 'objects', "select lo_put(1, 1000000, 'changed')");
    await cutOver('objects.yaml');
    expect(await value(servers.target, 'objects', 'select md5(lo_get(1))')).toBe(
      await value(servers.source, 'objects', 'select md5(lo_get(1))'),
    );
    await dropDatabases(servers.source, 'objects');
    await dropDatabases(servers.target, 'objects');
  }, 480_000);

  it('brings PostGIS with its types, indexes and a spatial reference of the user', async ({ skip }) => {
    const available = await value(
      servers.source,
      'postgres',
      "select count(*) from pg_available_extensions where name = 'postgis'",
    );
    if (available !== '1') skip('PostGIS is not installed for this server (Debian: postgresql-15-postgis-3)');
    await createDatabase(
      servers.source,
      'places',
      `
      create extension postgis;
      insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text) values (990001, 'OURS', 1, 'LOCAL_CS["ours"]', '+proj=longlat');
      create table place (id int primary key, at geometry(Point, 4326) not null, area geography(Polygon), shape geometry(GeometryZM), box box2d);
      create index on place using gist (at);
      create index on place using gist (area);
      create view near as select id from place where st_dwithin(at, st_setsrid(st_point(8, 50), 4326), 1);
      insert into place select n, st_setsrid(st_point(n / 10.0, n / 20.0), 4326), st_buffer(st_setsrid(st_point(n / 10.0, n / 20.0), 4326)::geography, 100), st_geomfromtext('LINESTRING ZM (0 0 1 2, 1 1 3 4)'), 'BOX(0 0,1 1)' from generate_series(1, 800) n;`,
    );
    workspace.write('places.yaml', continuous('places', 'places'));
    await workspace.succeeds('apply', 'places.yaml', '--auto-approve');
    await sql(
      servers.source,
      'places',
      'insert into place select id + 1000, at, area, shape, box from place; update place set at = ' +
        'st_translate(at, 1, 1) where id < 100; delete from place where id between 200 and 300',
    );
    await cutOver('places.yaml');
    expect(
      (await compareDatabases(servers.source, servers.target, 'places')).filter(
        line => !line.startsWith('public.spatial_ref_sys'),
      ),
    ).toEqual([]);
    expect(await value(servers.target, 'places', 'select auth_name from spatial_ref_sys where srid = 990001')).toBe(
      'OURS',
    );
    expect(await value(servers.target, 'places', 'select count(*) from spatial_ref_sys')).toBe(
      await value(servers.source, 'places', 'select count(*) from spatial_ref_sys'),
    );
    expect(await value(servers.target, 'places', 'select count(*) from near')).toBe(
      await value(servers.source, 'places', 'select count(*) from near'),
    );
  }, 300_000);
});
