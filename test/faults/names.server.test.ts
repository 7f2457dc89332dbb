import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { compareDatabases } from '../support/compare.js';
import { recovery, useOutcomes } from '../support/outcomes.js';
import { specText, useWorkspace } from '../support/pgm.js';
import { createDatabase, logicalSettings, sql, useServers, value } from '../support/servers.js';
import { lostCommits, startWriter } from '../support/writer.js';

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const backwards = Array.from({ length: 95 }, (_, index) => String.fromCharCode(126 - index)).join('');
const settings = { ...logicalSettings, wal_retrieve_retry_interval: '200ms' };
const servers = useServers({
  source: { major: 14, settings, password: printable },
  target: { major: 18, settings, password: backwards },
});
const workspace = useWorkspace();
const told = useOutcomes();

/** Another one each time in the long form; PGM_SEED repeats one. */
const seed = Number(process.env['PGM_SEED'] ?? (process.env['PGM_FAULTS'] === 'all' ? Date.now() % 1_000_000 : 4));

const reserved = [
  'select',
  'table',
  'user',
  'order',
  'all',
  'null',
  'Public',
  'default',
  'primary',
  'to',
  'only',
  'current_user',
];
const awkward = Array.from(`"'\`.;,:$\\%/*-+ \t\n()[]{}<>|&^~@#!?=_aZ09äßИ漢🐘`);

/** PostgreSQL cuts names at 63 bytes; ours are no longer, so that they are what was asked for. */
function fitting(text: string): string {
  let name = '';
  for (const letter of text) if (Buffer.byteLength(name + letter) <= 63) name += letter;
  return name;
}

const anyName = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...reserved) },
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...awkward), minLength: 1, maxLength: 80 }).map(fitting) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .map(fitting)
      .filter(name => name !== '' && !name.includes('\0')),
  },
);
const names = (count: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(
    anyName.filter(name => !/^pg_/i.test(name)),
    { minLength: count, maxLength: count },
  );

interface Hostile {
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
  readonly columns: readonly string[];
  readonly others: readonly string[];
}

const hostile: fc.Arbitrary<Hostile> = fc
  .record({ schemas: names(3), columns: names(6), relations: names(52) })
  .map(({ schemas, columns, relations }) => ({
    schemas,
    columns,
    tables: relations.slice(0, 12),
    others: relations.slice(12),
  }));

/** Tables in schemas, with keys, indexes, sequences, a function and a view, all with names of the worst kind. */
function script({ schemas, tables, columns, others }: Hostile, role: string): string {
  const id = pg.escapeIdentifier;
  const [key = '', text = '', other = '', last = ''] = columns;
  const rest = others[Symbol.iterator]();
  const next = (): string => id(rest.next().value ?? 'none');
  const statements = schemas.map(schema => `create schema ${id(schema)} authorization ${id(role)}`);
  tables.forEach((table, index) => {
    const schema = id(schemas[index % schemas.length] ?? '');
    const name = `${schema}.${id(table)}`;
    statements.push(
      `create table ${name} (${id(key)} bigserial constraint ${next()} primary ` +
        `key, ${id(text)} text default ${pg.escapeLiteral(table)}, ${id(other)} int check ` +
        `(${id(other)} >= 0), ${id(last)} timestamptz default now())`,
      `insert into ${name} (${id(text)}, ${id(other)}) ` +
        `select ${pg.escapeLiteral(table)} || n, n from generate_series(1, 50) n`,
      `create index ${next()} on ${name} (${id(text)})`,
      `comment on table ${name} is ${pg.escapeLiteral(`${table} -- '; drop`)}`,
      `grant select on ${name} to ${id(role)}`,
    );
    if (index % 3 === 0) statements.push(`alter table ${name} owner to ${id(role)}`);
    if (index % 4 === 0)
      statements.push(
        `create view ${schema}.${next()} as select ${id(text)} from ${name}`,
        `create sequence ${schema}.${next()}`,
      );
  });
  return statements.join(';\n');
}

describe(`names of every kind (seed ${seed})`, () => {
  it('come to the target, replicate, switch and go back', { timeout: 300_000 }, async () => {
    const databases = ['my-App', 'a"b', 'x;y', ...(fc.sample(names(1), { seed, numRuns: 1 })[0] ?? [])];
    const roles = fc.sample(names(databases.length), { seed: seed + 1, numRuns: 1 })[0] ?? [];
    const layouts = fc.sample(hostile, { seed, numRuns: databases.length });
    for (const [index, database] of databases.entries()) {
      await sql(
        servers.source,
        'postgres',
        `create role ${pg.escapeIdentifier(roles[index] ?? '')} login password ${pg.escapeLiteral(printable)}`,
      );
      await createDatabase(servers.source, database, script(layouts[index] as Hostile, roles[index] ?? ''));
    }
    const writer = await startWriter(servers.source, 'a"b', { clients: 1, pauseMs: 20 });
    workspace.write(
      'names.yaml',
      specText(
        servers.source,
        servers.target,
        `method: continuous\ndatabases: {include: ${JSON.stringify(databases)}}\nreplication: {lanes: 2}`,
      ),
    );
    const began = performance.now();
    await workspace.succeeds('apply', 'names.yaml', '--auto-approve');
    told(recovery(`names of every kind, seed ${seed}`, began));
    // One of them once more, as the user names it.
    const [layout] = layouts;
    await workspace.succeeds(
      'apply',
      'names.yaml',
      '--auto-approve',
      '--resync',
      `${databases[0] ?? ''}:${layout?.schemas[0] ?? ''}.${layout?.tables[0] ?? ''}`,
    );
    await workspace.succeeds('apply', 'names.yaml', '--auto-approve', '--goal', 'cutover');
    const report = await writer.stop();
    expect(await lostCommits(servers.target, 'a"b', report)).toEqual({ missing: [], foreign: [] });
    for (const database of databases)
      expect(await compareDatabases(servers.source, servers.target, database), database).toEqual([]);
    expect(
      await value(
        servers.target,
        'postgres',
        `select count(*)::int from pg_roles where rolname = any(array[${roles.map(pg.escapeLiteral).join(', ')}])`,
      ),
    ).toBe(String(roles.length));
    await workspace.succeeds('apply', 'names.yaml', '--auto-approve', '--goal', 'synced');
    await workspace.succeeds('apply', 'names.yaml', '--auto-approve', '--goal', 'cutover');
    await workspace.succeeds('apply', 'names.yaml', '--auto-approve', '--goal', 'ready');
    for (const database of databases)
      expect(await compareDatabases(servers.source, servers.target, database), database).toEqual([]);
  });
});
