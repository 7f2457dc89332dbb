import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { canBeSource, serverBin } from '../support/majors.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, useServers } from '../support/servers.js';
import { runPsql, schemaOf } from './dumps.js';

const folder = join(import.meta.dirname, 'schemas');
const names = readdirSync(folder).map(file => file.replace(/\.sql$/, ''));

// From 14 to 15, which one pg_dump can read: what it sees is compared too.
describe.runIf(serverBin(15) !== undefined && canBeSource(14))('well-known layouts', () => {
  const servers = useServers({
    source: { major: 14, settings: logicalSettings },
    target: { major: 15, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  it(`move unchanged: ${names.join(', ')}`, async () => {
    for (const name of names) {
      await createDatabase(servers.source, name);
      await runPsql(servers.source, name, readFileSync(join(folder, `${name}.sql`), 'utf8'));
    }
    const before = await Promise.all(names.map(name => schemaOf(servers.source, name)));
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'method: continuous\ngoal: cutover\ncutover: {failback: false}'),
    );
    const { code, stderr } = await workspace.pgm('apply', '--auto-approve');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(await workspace.pgm('close', '--auto-approve')).toMatchObject({ code: 0 });
    for (const [index, name] of names.entries()) {
      expect(await compareDatabases(servers.source, servers.target, name)).toEqual([]);
      expect(await schemaOf(servers.target, name)).toEqual(before[index]);
    }
  });
});
