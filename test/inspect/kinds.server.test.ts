import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds } from '../../src/inspect/kinds.js';
import { runScripts } from '../fidelity/dumps.js';
import { canBeSource, clientVariables, serverBin } from '../support/majors.js';
import { createDatabase, hostOf, sql, useServers } from '../support/servers.js';

const catalogs = new Set(kinds.flatMap(kind => kind.catalogs));
const entries = new Set(kinds.flatMap(kind => kind.entries));

// What came later is in the newest too; what was dropped since 14 nothing knows.
const newest = serverBin(19) === undefined ? 18 : 19;
describe.each(([14, newest] as const).filter(canBeSource))('a server of %s', major => {
  const servers = useServers({ server: { major } }, { leakCheck: false });

  it('has no catalog that the inventory does not name', async () => {
    const found = await sql<{ name: string }>(
      servers.server,
      'postgres',
      `select relname as name from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'`,
    );
    expect(found.length).toBeGreaterThan(50);
    expect(found.map(({ name }) => name).filter(name => !catalogs.has(name))).toEqual([]);
  });

  it('gives no entry to an archive that the inventory does not name', async () => {
    await runScripts(servers.server, 'postgres', 'roles.sql');
    await createDatabase(servers.server, 'all');
    const later = [...(major >= 18 ? ['since-15.sql', 'since-18.sql'] : []), ...(major >= 19 ? ['since-19.sql'] : [])];
    const bin = clientVariables(major).PGM_PG_BIN ?? '';
    await runScripts(servers.server, 'all', 'types.sql', 'objects.sql', ...later);
    const connection = ['-h', hostOf(servers.server), '-p', String(servers.server.port), '-U', 'postgres'];
    const file = join(mkdtempSync(join(tmpdir(), 'kinds-')), 'all.dump');
    execFileSync(join(bin, 'pg_dump'), [...connection, '-Fc', '-C', '-f', file, 'all']);
    const list = execFileSync(join(bin, 'pg_restore'), ['--list', file], { encoding: 'utf8' });
    rmSync(dirname(file), { recursive: true });
    const types = list
      .split('\n')
      .filter(line => /^\d+; /.test(line))
      .map(line => line.replace(/^\d+; \d+ \d+ /, ''));
    expect(types.length).toBeGreaterThan(300);
    expect(types.filter(line => ![...entries].some(entry => line.startsWith(`${entry} `)))).toEqual([]);
  });
});
