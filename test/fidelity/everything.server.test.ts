import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { leftovers } from '../support/leftovers.js';
import { serverBin } from '../support/majors.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, type LocalServer } from '../support/servers.js';
import { globalsOf, runScripts, schemaOf } from './dumps.js';

const database = 'my-App';

/** What the event trigger that is ENABLE ALWAYS notes of pgm's own last statements. */
const ownDdl = /^app\.ddl_log(_id_seq)?:/;

// pg_dump of the oldest client that is common reads both sides.
describe.runIf(serverBin(15) !== undefined)('a database of every kind of object', () => {
  const servers = useServers({
    source: { major: 15, settings: logicalSettings },
    dumped: { major: 15 },
    followed: { major: 15, settings: logicalSettings },
  }, { leakCheck: false });
  const workspace = useWorkspace();
  let before: { schema: string[]; globals: string[] };

  it('is filled', async () => {
    await runScripts(servers.source, 'postgres', 'roles.sql');
    await createDatabase(servers.source, database);
    await runScripts(servers.source, database, 'types.sql', 'objects.sql', 'since-15.sql', 'database.sql');
    before = { schema: await schemaOf(servers.source, database), globals: await globalsOf(servers.source) };
    expect(before.schema.length).toBeGreaterThan(4000);
  });

  it('arrives by a dump: what pg_dump and pg_dumpall see is equal line by line, and so are all rows', async () => {
    workspace.write('pgm.yaml', specText(servers.source, servers.dumped, 'method: dump'));
    const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect(code, stderr).toBe(0);
    expect(await schemaOf(servers.dumped, database)).toEqual(before.schema);
    expect(await globalsOf(servers.dumped)).toEqual(before.globals);
    expect((await compareDatabases(servers.source, servers.dumped, database)).filter(line => !ownDdl.test(line))).toEqual([]);
    expect(await largeObjects(servers.dumped)).toEqual(await largeObjects(servers.source));
  });

  it('arrives by replication and cutover as well', async () => {
    const other = 'method: continuous\ngoal: cutover\ncutover: {failback: false}\nreplica_identity: {missing: full}';
    workspace.write('other.yaml', specText(servers.source, servers.followed, other).replace('name: test', 'name: other'));
    expect(await workspace.pgm('apply', 'other.yaml', '--auto-approve')).toMatchObject({ code: 0 });
    expect((await compareDatabases(servers.source, servers.followed, database)).filter(line => !ownDdl.test(line))).toEqual([]);
    expect(await workspace.pgm('close', 'other.yaml', '--auto-approve')).toMatchObject({ code: 0 });
    expect(await schemaOf(servers.followed, database)).toEqual(before.schema);
    expect(await globalsOf(servers.followed)).toEqual(before.globals);
    expect(await largeObjects(servers.followed)).toEqual(await largeObjects(servers.source));
    expect(await ofPgm(servers.source, servers.followed)).toEqual([]);
  });
});

/** The user's own publications and subscription stay. */
async function ofPgm(...both: readonly LocalServer[]): Promise<string[]> {
  return (await Promise.all(both.map(leftovers))).flat().filter(line => line.includes('pgm'));
}

async function largeObjects(server: LocalServer): Promise<unknown[]> {
  return sql(
    server,
    database,
    "select m.oid, m.lomowner::regrole::text, m.lomacl::text, obj_description(m.oid, 'pg_largeobject'), md5(lo_get(m.oid)) from pg_largeobject_metadata m order by 1",
  );
}

describe('the same from 14 to 18', () => {
  const servers = useServers({ source: { major: 14, settings: logicalSettings }, target: { major: 18, settings: logicalSettings } }, { leakCheck: false });
  const workspace = useWorkspace();

  it('arrives with all rows', async () => {
    await runScripts(servers.source, 'postgres', 'roles.sql');
    await createDatabase(servers.source, database);
    await runScripts(servers.source, database, 'types.sql', 'objects.sql', 'database.sql');
    workspace.write('pgm.yaml', specText(servers.source, servers.target, 'method: dump'));
    const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect(code, stderr).toBe(0);
    expect((await compareDatabases(servers.source, servers.target, database)).filter(line => !ownDdl.test(line))).toEqual([]);
    expect(await largeObjects(servers.target)).toEqual(await largeObjects(servers.source));
  });
});
