import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';

const password = 'Tr0ub4dor-and-3';

/** Command lines of all processes, where /proc tells them. */
function commandLines(): string {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          return '';
        }
      })
      .join('\n');
  } catch {
    return '';
  }
}

describe('a password', () => {
  const servers = useServers({
    source: { major: 14, settings: logicalSettings },
    target: { major: 18, settings: { ...logicalSettings, log_statement: 'all' } },
  });
  const workspace = useWorkspace();

  it('is in no file, no output and no command line of a migration', async () => {
    for (const server of [servers.source, servers.target])
      await sql(server, 'postgres', `create role mover login superuser password '${password}'`);
    await createDatabase(
      servers.source,
      'vault',
      'create table item (id serial primary key, name text); insert into item (name) ' +
        'select md5(n::text) from generate_series(1, 20000) n',
    );
    workspace.environment.SECRET = password;
    workspace.write(
      'pgm.yaml',
      specText(servers.source, servers.target, 'databases: {include: [vault]}').replaceAll(
        'postgres://postgres@',
        'postgres://mover:${SECRET}@',
      ),
    );
    const seen: string[] = [];
    const watch = setInterval(() => seen.push(commandLines()), 150);
    try {
      for (const command of [
        ['plan', '--out', 'plan.json'],
        ['apply', 'plan.json'],
        ['status', '--json'],
        ['cutover', '--auto-approve', '--json'],
        ['show'],
        ['close', '--auto-approve', '--debug'],
      ]) {
        const { code, stdout, stderr } = await workspace.pgm(...command);
        expect(code, `${command.join(' ')}: ${stderr}`).toBe(0);
        seen.push(stdout, stderr);
      }
    } finally {
      clearInterval(watch);
    }
    seen.push(...readdirSync(workspace.folder).map(name => readFileSync(join(workspace.folder, name), 'utf8')));
    expect(seen.some(text => text.includes('pgm_test_'))).toBe(true);
    expect(seen.filter(text => text.includes(password))).toEqual([]);
  });
});
