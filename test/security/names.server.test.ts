import { describe, expect, it } from 'vitest';
import { quoteIdentifier } from '../../src/postgres/identifiers.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers } from '../support/servers.js';
import { gained, rightsOf } from './rights-of.js';

const forged = '::error file=a.ts::pwned';

/** What whoever may name something on the source writes into a pipeline's log, a terminal, a pull request. */
describe('names write no lines of their own', { timeout: 180_000 }, () => {
  const servers = useServers({
    source: { major: 16, settings: logicalSettings },
    target: { major: 18, settings: logicalSettings },
  });
  const workspace = useWorkspace();

  const database = `d\n${forged}`;
  const hostile = [
    `x\n${forged}`,
    `\n  ✓ shop: nothing to do\r${forged}`,
    '\u001b[2J\u001b]0;t\u0007',
    'a ##[error]b\t',
    'a\u202eb\\',
  ];

  const forges = (text: string): string[] =>
    text.split(/\r|\n/).filter(line => /^\s*::|##\[|\u001b|\u0007|\u202e|^\s*✓ shop: nothing/.test(line));

  it('in plan, apply, status, verify and report, with every kind of name', async () => {
    const actor = `r\n${forged}`;
    const role = quoteIdentifier(actor);
    await sql(servers.source, 'postgres', `create role ${role}`);
    const tables = hostile.map((name, index) => {
      const table = quoteIdentifier(name);
      // One without a key is a finding, a check that nobody trusts another.
      const key = index === 0 ? '' : ' primary key';
      return `create table ${table} (${table} serial${key}, v text check (v <> ''));
          insert into ${table} (v) select 'v' || g from generate_series(1, 10) g;
          alter table ${table} owner to ${role};
          create index ${quoteIdentifier(`i${name}`)} on ${table} (v);
          alter table ${table} add constraint ${quoteIdentifier(`c${name}`)} check (v is not null) not valid;`;
    });
    await createDatabase(
      servers.source,
      database,
      `${tables.join('\n')} create schema ${quoteIdentifier(hostile[1] ?? '')}`,
    );
    workspace.write(
      'pgm.yaml',
      specText(
        servers.source,
        servers.target,
        `databases: {include: [${JSON.stringify(database)}]}\nreplica_identity: {missing: full}`,
      ),
    );
    const before = await rightsOf([servers.source, servers.target], actor);
    const commands = [
      ['plan', '--verbose'],
      ['plan', '--format', 'markdown'],
      ['apply', '--auto-approve'],
      ['status'],
      ['verify', '--verbose'],
      ['report'],
      ['show', '--verbose'],
      ['cutover', '--auto-approve'],
      ['plan', '--goal', 'ready', '--verbose'],
      ['close', '--auto-approve'],
    ];
    for (const command of commands) {
      const { stdout, stderr, code } = await workspace.pgm(...command);
      expect({ command, code, said: code === 0 ? '' : stderr, forged: forges(`${stdout}\n${stderr}`) }).toEqual({
        command,
        code: 0,
        said: '',
        forged: [],
      });
    }
    expect(await compareDatabases(servers.source, servers.target, database)).toEqual([]);
    // The role comes along with what it owns, and no attribute; a switch shuts the database, for everybody.
    const brought = (fact: string): boolean =>
      /^role [\s\S]* superfalse createrolefalse createdbfalse replfalse rlsfalse loginfalse$|^(has|database|set) /.test(
        fact,
      );
    expect(gained(before, await rightsOf([servers.source, servers.target], actor), brought)).toEqual([]);
  });
});
