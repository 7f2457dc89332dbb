import type pg from 'pg';
import { sql, withClient, type LocalServer } from './servers.js';

/**
 * Compares a database on two servers by itself, not by pgm: every table's and materialized view's rows in order,
 * as text, and that no sequence is behind. Nobody may write meanwhile.
 * @returns one line a difference; empty: they are equal
 */
export async function compareDatabases(source: LocalServer, target: LocalServer, database: string): Promise<string[]> {
  const [before, after] = await Promise.all([content(source, database), content(target, database)]);
  const differences: string[] = [];
  for (const [relation, digest] of before.relations) {
    const other = after.relations.get(relation);
    if (other === digest) continue;
    differences.push(
      other === undefined
        ? `${relation}: missing`
        : `${relation}: ${digest} here, ${other} there ${await firstDifference(source, target, database, relation)}`,
    );
  }
  for (const relation of after.relations.keys())
    if (!before.relations.has(relation)) differences.push(`${relation}: only on the target`);
  for (const [sequence, value] of before.sequences) {
    const other = after.sequences.get(sequence);
    if (other === undefined || other < value)
      differences.push(`${sequence}: ${String(value)} here, ${other === undefined ? 'missing' : String(other)} there`);
  }
  return differences;
}

interface Content {
  /** Quoted name to row count and hash. */
  readonly relations: ReadonlyMap<string, string>;
  /** Quoted name to the last value given out; 0: none yet. */
  readonly sequences: ReadonlyMap<string, bigint>;
}

const ofUsers = "n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgm', 'aiven_extras')";

const relations = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and ${ofUsers}`;

const sequences = `
  select format('%I.%I', n.schemaname, n.sequencename) as name, coalesce(n.last_value, 0)::text as value
  from (select schemaname as nspname, * from pg_sequences) n
  where ${ofUsers}`;

/** Both servers must write a value the same way. */
const sessionSettings =
  "set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'; set " +
  "extra_float_digits = 1; set bytea_output = 'hex'; set search_path = ''";

/** A row as text; from 19 on 0/0 of a pg_lsn is written 0/00000000. */
const rowText = String.raw`regexp_replace(r::text, '([(,{]|^)([0-9A-F]{1,8}/)0+(?=[0-9A-F]{1,8}([),}]|$))', '\1\2', 'g')`;

const digestOf = (relation: string): string => `
  select count(*) || ' rows ' || coalesce(md5(string_agg(md5(${rowText}), '' order by ${rowText} collate "C")), '') as digest
  from ${relation} r`;

const rowsOf = (relation: string): string => `
  select ${rowText} as row
  from ${relation} r
  order by ${rowText} collate "C"`;

async function content(server: LocalServer, database: string): Promise<Content> {
  return withClient(server, database, async client => {
    await client.query(sessionSettings);
    const digests = new Map<string, string>();
    const found = await client.query<{ name: string }>(relations);
    for (const { name } of found.rows) digests.set(name, await digest(client, name));
    const values = await client.query<{ name: string; value: string }>(sequences);
    return { relations: digests, sequences: new Map(values.rows.map(row => [row.name, BigInt(row.value)])) };
  });
}

async function digest(client: pg.Client, relation: string): Promise<string> {
  try {
    const { rows } = await client.query<{ digest: string }>(digestOf(relation));
    return rows[0]?.digest ?? '';
  } catch (error) {
    // A materialized view that was never filled cannot be read.
    if ((error as { code?: string }).code === '55000') return 'not populated';
    throw error;
  }
}

/** The first row that one side has and the other has not. */
async function firstDifference(
  source: LocalServer,
  target: LocalServer,
  database: string,
  relation: string,
): Promise<string> {
  const read = async (server: LocalServer): Promise<string[]> =>
    (await sql<{ row: string }>(server, database, `${sessionSettings}; ${rowsOf(relation)}`)).map(({ row }) => row);
  const [here, there] = await Promise.all([read(source), read(target)]);
  const [inHere, inThere] = [new Set(here), new Set(there)];
  return (
    `(only here: ${String(here.find(row => !inThere.has(row)))}; only ` +
    `there: ${String(there.find(row => !inHere.has(row)))})`
  );
}
