import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eachFault } from '../faults/each-fault.js';
import { compareDatabases } from '../support/compare.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value, withClient } from '../support/servers.js';

const servers = useServers({
  source: { major: 14, settings: logicalSettings },
  target: { major: 18, settings: logicalSettings },
});
const workspace = useWorkspace();
const apply = ['apply', 'joined.yaml', '--auto-approve'] as const;

/** One table for each case, which all refer to the same one. */
const later: string[] = [];
let over = false;
let writing: Promise<void>;

/** Short transactions on all of them, one after another. Their rows have a parent again also after TRUNCATE. */
async function write(): Promise<void> {
  await withClient(servers.source, 'joined', async client => {
    for (let id = 1; !over; id++) {
      const each = later.map(
        table =>
          `insert into ${table} values (${id}, ${id % 50}); update ${table} set n = n + 1 where id ` +
          `% 7 = ${id % 7}; delete from ${table} where id = ${id - 500};`,
      );
      const parent = `insert into parent values (${id % 50}) on conflict (id) do update set n = parent.n + 1`;
      await client.query(`begin; ${parent}; ${each.join(' ')} commit`).catch(() => client.query('rollback'));
    }
  });
}

async function lanes(): Promise<string | undefined> {
  return value(
    servers.target,
    'joined',
    `select string_agg(subname || ' ' || subslotname || ' ' || n, ',' order by subname) ` +
      'from (select s.subname, s.subslotname, (select count(*) from pg_subscription_rel ' +
      'where srsubid = s.oid) as n from pg_subscription s) s',
  );
}

beforeAll(async () => {
  await createDatabase(
    servers.source,
    'joined',
    `create table parent (id int primary key, n int default 0);
    create table alone (id int primary key);
    insert into parent select generate_series(0, 49)`,
  );
  workspace.write(
    'joined.yaml',
    specText(servers.source, servers.target, 'databases: {include: [joined]}\nreplication: {lanes: 2}'),
  );
  await workspace.succeeds(...apply);
  writing = write();
}, 120_000);

afterAll(async () => {
  over = true;
  await writing;
});

interface Fault {
  readonly name: string;
  /** A statement at which the run is killed. */
  readonly at: RegExp | null;
  readonly when?: 'before' | 'after';
}

const faults: readonly Fault[] = [
  { name: 'without any fault', at: null },
  { name: 'before the lane stands', at: /slot_name = 'pgm_joining'/ },
  { name: 'once the lane stands', at: /slot_name = 'pgm_joining'/, when: 'after' },
  { name: 'within the transaction', at: /alter publication .* add table/, when: 'after' },
  { name: 'behind the border', at: /pg_logical_emit_message\(true, 'pgm', 'join'\)/ },
  { name: 'before the lane knows the table', at: /refresh publication/ },
  { name: 'when the lane knows the table', at: /refresh publication/, when: 'after' },
  { name: 'before the lane has its slot', at: /slot_name = 'pgm_test/ },
  { name: 'when the lane has its slot', at: /slot_name = 'pgm_test/, when: 'after' },
  { name: 'before the other lane is taken down', at: /drop publication/ },
];

describe('a table that refers to one of another lane, while it is written to', () => {
  eachFault(faults, ['behind the border', 'when the lane knows'])(
    'joins that lane, killed $name',
    { timeout: 180_000 },
    async ({ at, when }) => {
      const table = `later_${later.length}`;
      await sql(
        servers.source,
        'joined',
        `create table ${table} (id int primary key, p int references parent, n int default 0)`,
      );
      later.push(table);
      if (at !== null) {
        Object.assign(workspace.environment, {
          NODE_OPTIONS: `--import ${join(import.meta.dirname, '../cutover/kill-at.mjs')}`,
          KILL_AT: at.source,
          KILL_WHEN: when ?? 'before',
        });
        const killed = await workspace.pgm(...apply);
        for (const name of ['NODE_OPTIONS', 'KILL_AT', 'KILL_WHEN'])
          Reflect.deleteProperty(workspace.environment, name);
        expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      }
      await workspace.succeeds(...apply);
      expect(await lanes()).toMatch(new RegExp(`^(pgm_test_\\d+_1) \\1 \\d+,(pgm_test_\\d+_2) \\2 \\d+$`));
      await sql(servers.source, 'joined', `truncate parent, ${later.join(', ')}`);
      expect((await workspace.succeeds(...apply)).code).toBe(0);
      await workspace.succeeds('verify', 'joined.yaml');
    },
  );

  it('loses no change and brings none twice', { timeout: 120_000 }, async () => {
    over = true;
    await writing;
    await workspace.succeeds(...apply, '--goal', 'cutover');
    expect(await compareDatabases(servers.source, servers.target, 'joined')).toEqual([]);
    await workspace.succeeds(...apply, '--goal', 'ready');
  });
});
