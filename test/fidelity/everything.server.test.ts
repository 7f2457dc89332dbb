import { beforeAll, describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/verify/report.js';
import { compareDatabases } from '../support/compare.js';
import { leftovers } from '../support/leftovers.js';
import { canBeSource, clientVariables, serverBin, type Major } from '../support/majors.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';
import { globalsOf, likeVersion, runScripts, schemaOf } from './dumps.js';

const database = 'my-App';

/** What the event trigger that is ENABLE ALWAYS notes of pgm's own last statements. */
const ownDdl = /^app\.ddl_log(_id_seq)?:/;

const objects = ['types.sql', 'objects.sql'];
const until18 = [...objects, 'since-15.sql', 'since-18.sql'];
interface Move {
  readonly from: Major;
  readonly to: Major;
  /** What that source knows. */
  readonly scripts: readonly string[];
  /** Only with PGM_FIDELITY=all. */
  readonly long?: true;
}
const moves: readonly Move[] = [
  { from: 14, to: 18, scripts: objects },
  { from: 15, to: 15, scripts: [...objects, 'since-15.sql'] },
  { from: 18, to: 18, scripts: until18, ...(serverBin(19) === undefined ? {} : { long: true }) },
  { from: 18, to: 19, scripts: until18, long: true },
  { from: 19, to: 19, scripts: [...until18, 'since-19.sql'] },
];
// One pg_dump, that of the newer or a newer one, reads both sides.
const possible = moves.filter(
  ({ from, to, long }) =>
    canBeSource(from) && canBeSource(to) && (long !== true || process.env['PGM_FIDELITY'] === 'all'),
);

describe.each(possible)('a database of every kind of object, from $from to $to', ({ from, to, scripts }) => {
  const servers = useServers(
    {
      source: { major: from, settings: logicalSettings },
      dumped: { major: to },
      followed: { major: to, settings: logicalSettings },
    },
    { leakCheck: false },
  );
  const workspace = useWorkspace();
  beforeAll(() => {
    Object.assign(workspace.environment, clientVariables(from));
  });
  let before: { schema: string[]; globals: string[] };

  async function expectSame(target: LocalServer): Promise<void> {
    expect(likeVersion(await schemaOf(target, database, to), from, to)).toEqual(likeVersion(before.schema, from, to));
    expect(likeVersion(await globalsOf(target, to), from, to)).toEqual(likeVersion(before.globals, from, to));
    expect(await largeObjects(target)).toEqual(await largeObjects(servers.source));
    expect(await differingRows(servers.source, target)).toEqual([]);
  }

  /** By pgm's own compare; on the source an ENABLE ALWAYS event trigger notes pgm's last statements. */
  async function expectVerified(spec: string): Promise<void> {
    const { databases } = JSON.parse((await workspace.pgm('verify', spec, '--json')).stdout) as VerifyReport;
    const tables = databases.flatMap(each => each.tables);
    expect(tables.length).toBeGreaterThan(30);
    expect(
      tables
        .filter(({ equal }) => !equal)
        .map(({ schema, table }) => `${schema}.${table}:`)
        .filter(name => !ownDdl.test(name)),
    ).toEqual([]);
  }

  it('is filled', async () => {
    await runScripts(servers.source, 'postgres', 'roles.sql');
    // Rules of ICU (16 on) decide how text sorts, as the locale does.
    const sorting = from < 16 ? '' : `template template0 locale_provider icu icu_locale 'de' icu_rules '&V << w <<< W'`;
    await sql(servers.source, 'postgres', `create database "${database}" ${sorting}`);
    await runScripts(servers.source, database, ...scripts, 'database.sql', ...(from < 19 ? ['until-18.sql'] : []));
    before = { schema: await schemaOf(servers.source, database, to), globals: await globalsOf(servers.source, to) };
    expect(before.schema.length).toBeGreaterThan(4000);
  });

  it('arrives by a dump: what pg_dump and pg_dumpall see is equal line by line, and so are all rows', async () => {
    workspace.write('pgm.yaml', specText(servers.source, servers.dumped, 'method: dump'));
    const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect(code, stderr).toBe(0);
    await expectSame(servers.dumped);
    await expectVerified('pgm.yaml');
  });

  it('arrives by replication and cutover as well', async () => {
    const other = 'method: continuous\ngoal: cutover\ncutover: {failback: false}\nreplica_identity: {missing: full}';
    workspace.write(
      'other.yaml',
      specText(servers.source, servers.followed, other).replace('name: test', 'name: other'),
    );
    const { code, stderr } = await workspace.pgm('apply', 'other.yaml', '--auto-approve');
    expect(code, stderr).toBe(0);
    await expectVerified('other.yaml');
    expect(await differingRows(servers.source, servers.followed)).toEqual([]);
    expect(await workspace.pgm('close', 'other.yaml', '--auto-approve')).toMatchObject({ code: 0 });
    await expectSame(servers.followed);
    expect(await ofPgm(servers.source, servers.followed)).toEqual([]);
  });
});

async function differingRows(source: LocalServer, target: LocalServer): Promise<string[]> {
  return (await compareDatabases(source, target, database)).filter(line => !ownDdl.test(line));
}

/** The user's own publications and subscription stay. */
async function ofPgm(...both: readonly LocalServer[]): Promise<string[]> {
  return (await Promise.all(both.map(leftovers))).flat().filter(line => line.includes('pgm'));
}

async function largeObjects(server: LocalServer): Promise<unknown[]> {
  return sql(
    server,
    database,
    'select m.oid, m.lomowner::regrole::text, m.lomacl::text, obj_description(m.oid, ' +
      "'pg_largeobject'), md5(lo_get(m.oid)) from pg_largeobject_metadata m order by 1",
  );
}
